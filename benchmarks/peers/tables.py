"""The tables of `make bench-peers`, as Markdown."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.peers.contestants import Entry
from benchmarks.peers.faults import Silence
from benchmarks.peers.rate import Held
from benchmarks.peers.run import GUARANTEES, PARTITIONS, RATE, Figures
from benchmarks.report import spread, thousands

NONE = "–"


def contestants(entries: Sequence[Entry], versions: Mapping[str, str], figures: Figures) -> str:
    """Return who took part, with which settings, and why somebody has no figures."""
    rows = [
        (
            entry.title,
            versions.get(entry.name, NONE),
            entry.settings,
            entry.lacks,
            _verified(entry, figures),
        )
        for entry in entries
    ]
    return table(("contestant", "versions", "settings", "cannot carry", "verified"), rows)


def backlogs(entries: Sequence[Entry], figures: Figures) -> str:
    """Return records per CPU-second at every size, the wall clock beside it, and the largest resident set."""
    sizes = list(figures.labels)
    rows = []
    for entry in entries:
        by_size = [figures.drains.get((size, entry.name), []) for size in sizes]
        runs = [run for found in by_size for run in found]
        if runs:
            per_cpu = [over(found, lambda run: run.per_cpu_s, thousands) for found in by_size]
            wall = " / ".join(
                thousands(median(found, lambda run: run.per_wall_s)) if found else NONE for found in by_size
            )
            rows.append((entry.title, *per_cpu, wall, f"{max(run.peak_rss_mb for run in runs):.0f} MiB"))
    labels = [f"{figures.labels[size]}, per CPU-second" for size in sizes]
    return table(("contestant", *labels, "wall clock, records/s", "peak RSS"), rows)


def rates(entries: Sequence[Entry], figures: Figures) -> str:
    """Return cores and latency at the fixed rate."""
    rows = [(entry.title, *_held(found)) for entry in entries if (found := figures.held.get(entry.name))]
    head = (f"contestant at {RATE:,}/s", "cores", "p50 ms", "p99 ms", "unanswered", "doubled", "peak RSS")
    return table(head, rows)


def silences(entries: Sequence[Entry], figures: Figures) -> str:
    """Return the longest silence of a partition after each signal, with what was lost or doubled."""
    rows = []
    for entry in entries:
        cells = []
        for name in ("SIGKILL", "SIGTERM"):
            found = figures.silences.get((name, entry.name), [])
            cells.append(_silent(found))
            cells.append(f"{sum(r.missing for r in found)} / {sum(r.doubled for r in found)}" if found else NONE)
        if cells != [NONE] * len(cells):
            rows.append((entry.title, *cells))
    head = ("contestant", "after SIGKILL", "lost / doubled", "after SIGTERM", "lost / doubled")
    return table(head, rows)


def _silent(found: Sequence[Silence]) -> str:
    longest = over(found, lambda run: run.longest_s, lambda value: f"{value:.1f} s")
    notes = ["until the run's end"] if any(run.missing for run in found) else []
    notes += ["the other ended too"] if any(run.survivor_ended for run in found) else []
    return "; ".join([longest, *notes])


def guarantees(figures: Figures) -> str:
    """Return exactly-once beside at-least-once by partitions per pod."""
    rows = []
    for partitions in PARTITIONS:
        least, exact = (figures.guarantee_drains.get((partitions, name), []) for name in GUARANTEES)
        held = [figures.guarantee_held.get((partitions, name), []) for name in GUARANTEES]
        ratios = [
            f"{median(exact, value) / median(least, value):.0%}" if least and exact else NONE
            for value in (lambda run: run.per_cpu_s, lambda run: run.per_wall_s)
        ]
        per_cpu = [over(found, lambda run: run.per_cpu_s, thousands) for found in (least, exact)]
        waits = [
            " / ".join(over(found, value, lambda ms: f"{ms:.0f}") for value in (lambda r: r.p50_ms, lambda r: r.p99_ms))
            for found in held
        ]
        rows.append((str(partitions), *per_cpu, *ratios, *waits))
    head = (
        "partitions per pod",
        "at-least-once, per CPU-second",
        "exactly-once, per CPU-second",
        "ratio",
        "ratio by wall clock",
        f"at-least-once p50 / p99 ms at {RATE:,}/s",
        "exactly-once p50 / p99 ms",
    )
    return table(head, rows)


def _verified(entry: Entry, figures: Figures) -> str:
    found = [f"counts and scores equal; headers: {headers}"] if (headers := figures.verified.get(entry.name)) else []
    problems = [f"**failed** ({what}): {why}" for (what, name), why in figures.problems.items() if name == entry.name]
    return "; ".join(found + problems) or NONE


def _held(found: Sequence[Held]) -> list[str]:
    return [
        over(found, lambda run: run.cores, lambda value: f"{value:.2f}"),
        over(found, lambda run: run.p50_ms, lambda ms: f"{ms:.0f}"),
        over(found, lambda run: run.p99_ms, lambda ms: f"{ms:.0f}"),
        str(sum(run.unanswered for run in found)),
        str(sum(run.doubled for run in found)),
        f"{max(run.peak_rss_mb for run in found):.0f} MiB",
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)])


def over(runs: Sequence[Any], value: Callable[[Any], float], shown: Callable[[float], str]) -> str:
    """Return `median (lowest–highest)` over runs, or a dash for none."""
    return spread(map(value, runs), shown) if runs else NONE


def median(runs: Sequence[Any], value: Callable[[Any], float]) -> float:
    """Return the median over runs."""
    return statistics.median(map(value, runs))
