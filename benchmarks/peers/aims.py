"""What the project aims at, beside what a run has found: by medians, with how far off where it is behind."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.peers.rate import Held
from benchmarks.peers.run import GUARANTEES, USUAL_SIZE, Figures
from benchmarks.peers.tables import median, table

BEST = ("scorer-crc", "scorer")
"""Our at-least-once row: with every switch that is on in the image, or without the last if it was not measured."""
BEST_EXACTLY = ("scorer-exactly-crc", "scorer-exactly")
_BEHIND_IN_BOTH = ("quix", "faststream", "faust")


class Aim(NamedTuple):
    """One line of the table."""

    aim: str
    found: str
    is_reached: bool


def aims(figures: Figures) -> str:
    """Return the table of what could be judged."""
    found = [*_ahead(figures), *_bytewax(figures), *_exactly(figures), *_rate(figures), *_silences(figures)]
    return table(("aim", "measured", "reached"), [(a.aim, a.found, "yes" if a.is_reached else "**no**") for a in found])


def _rate_of(figures: Figures, size: int, names: tuple[str, ...]) -> float | None:
    """Return records per CPU-second of the first of some contestants that has any."""
    runs = next((runs for name in names if (runs := figures.drains.get((size, name)))), None)
    return median(runs, lambda run: run.per_cpu_s) if runs else None


def _ahead(figures: Figures) -> Iterator[Aim]:
    for size, label in figures.labels.items():
        for ours, suffix, peers in (
            (BEST, "", _BEHIND_IN_BOTH),
            (BEST_EXACTLY, ", both exactly-once", ("quix-exactly",)),
        ):
            own = _rate_of(figures, size, ours)
            for peer in peers:
                other = _rate_of(figures, size, (peer,))
                if own and other:
                    what = f"ahead of {peer} at {label}{suffix if peer == 'quix-exactly' else ''}"
                    yield Aim(what, f"{own / other:.2f} times", own > other)
        exact = _rate_of(figures, size, BEST_EXACTLY)
        for peer in ("faststream", "faust"):  # which have no exactly-once of their own
            other = _rate_of(figures, size, (peer,))
            if exact and other:
                yield Aim(f"exactly-once ahead of {peer} at {label}", f"{exact / other:.2f} times", exact > other)


def _bytewax(figures: Figures) -> Iterator[Aim]:
    own, other = (_rate_of(figures, USUAL_SIZE, names) for names in (BEST, ("bytewax",)))
    if own and other:
        yield Aim("within 10 % of Bytewax at 5 KB", f"{own / other:.0%} of it", own >= 0.9 * other)
        most = [
            max(run.peak_rss_mb for (_, name), runs in figures.drains.items() if name == wanted for run in runs)
            for wanted in (BEST[1], "bytewax")
        ]
        yield Aim("a tenth of Bytewax's memory", f"{most[0]:.0f} of {most[1]:.0f} MiB", most[0] <= most[1] / 10)


def _exactly(figures: Figures) -> Iterator[Aim]:
    for partitions, share in ((1, 0.8), (6, 0.6)):
        least, exact = (figures.guarantee_drains.get((partitions, name)) for name in GUARANTEES)
        if least and exact:
            ratio = median(exact, lambda run: run.per_cpu_s) / median(least, lambda run: run.per_cpu_s)
            what = f"exactly-once at least {share:.0%} of at-least-once, {partitions} partitions per pod"
            yield Aim(what, f"{ratio:.0%}", ratio >= share)


def _rate(figures: Figures) -> Iterator[Aim]:
    limits: tuple[tuple[str, str, Callable[[Held], float], float, str], ...] = (
        ("scorer", "cores at 2,000/s", lambda run: run.cores, 0.2, ".2f"),
        ("scorer", "p99 at 2,000/s, at-least-once, ms", lambda run: run.p99_ms, 50, ".0f"),
        ("scorer-exactly", "p99 at 2,000/s, exactly-once, ms", lambda run: run.p99_ms, 300, ".0f"),
    )
    for name, what, value, limit, digits in limits:
        if runs := figures.held.get(name):
            found, left = median(runs, value), sum(run.unanswered for run in runs)
            text = f"{found:{digits}}" + (f", but {left} records unanswered" if left else "")
            yield Aim(f"{what}: at most {limit:g}", text, found <= limit and not left)


def _silences(figures: Figures) -> Iterator[Aim]:
    for signalled, limit in (("SIGKILL", 11.0), ("SIGTERM", 2.5)):
        for name in GUARANTEES:
            if runs := figures.silences.get((signalled, name)):
                worst = max(run.longest_s for run in runs)
                aim = f"{name}: silent at most {limit:g} s after {signalled} (session timeout 6 s)"
                yield Aim(aim, f"{worst:.1f} s at worst", worst <= limit)
