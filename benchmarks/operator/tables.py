"""The tables of `make bench-operator`, as Markdown: one column for each operator."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from benchmarks.operator.aims import aims, quantile
from benchmarks.operator.run import Result
from benchmarks.peers.tables import NONE, table

_Part = TypeVar("_Part")


def aims_table(result: Result) -> str:
    """Return what is aimed at, and whether it is reached."""
    rows = [(aim.aim, aim.found, "yes" if aim.is_reached else "**no**") for aim in aims(result)]
    return table(("aim", "measured", "reached"), rows)


def side_by_side(results: Sequence[Result]) -> str:
    """Return everything that was measured of every operator."""

    def row(title: str, cell: Callable[[Result], str]) -> tuple[str, ...]:
        return (title, *map(cell, results))

    made, rest, again = _of(lambda r: r.creation), _of(lambda r: r.steady), _of(lambda r: r.restart)
    changed, crowd = _of(lambda r: r.change), _of(lambda r: r.unrelated)
    rows = [
        row("created until all are Ready", made(lambda c: f"{c.all_ready_s:.1f} s")),
        row("… of one pipeline, p50 / p99", made(lambda c: _seconds(c.ready_s))),
        row("… writes per pipeline", made(lambda c: f"{c.writes.total() / c.pipelines:.2f}")),
        row("… reads per pipeline", made(lambda c: f"{c.reads / c.pipelines:.2f}")),
        row("… CPU per pipeline", made(lambda c: f"{1000 * c.cpu_s / c.pipelines:.1f} ms")),
        row("… resident set, peak", made(lambda c: f"{c.peak_rss_mb:.0f} MB")),
        row("at rest: writes per minute", rest(lambda s: f"{60 * s.writes.total() / s.window_s:.1f}")),
        row("… Lease writes per minute", rest(lambda s: f"{60 * s.lease_writes / s.window_s:.1f}")),
        row("… other requests per minute", rest(lambda s: f"{60 * s.reads / s.window_s:.1f}")),
        row("… pods asked per second", rest(lambda s: f"{s.asked_per_s:.1f}")),
        row("… cores", rest(lambda s: f"{s.cores:.3f}")),
        row("… resident set", rest(lambda s: f"{s.rss_mb:.0f} MB")),
        row("drift repaired, p50 / p99", _drift),
        row("changed weight until its ConfigMap, p50 / p99", changed(lambda c: _seconds(c.weights_s))),
        row("changed replicas until the Deployment, p50 / p99", changed(lambda c: _seconds(c.replicas_s))),
        row("all weights changed at once, p50 / p99", changed(lambda c: _seconds(c.all_at_once_s))),
        row("restart, nothing changed: until ready", again(lambda r: f"{r.ready_s:.1f} s")),
        row("… until every pod was asked", again(lambda r: f"{r.asked_s:.1f} s" if r.asked_s else NONE)),
        row("… writes", again(lambda r: str(r.writes.total()))),
        row("… reads", again(lambda r: str(r.reads))),
        row("… resident set", again(lambda r: f"{r.rss_mb:.0f} MB")),
        row("restart after a tenth was changed: until caught up", again(lambda r: f"{r.caught_up_s:.1f} s")),
        row("unrelated Secrets: resident set", crowd(lambda u: f"{u.most_mb - u.before_mb:+.1f} MB")),
        row("connections to the API server, most at once", lambda r: str(r.connections)),
        row("failed at", lambda r: "; ".join(f"{part}: {why}" for part, why in r.problems.items()) or NONE),
    ]
    return table(("", *(result.contestant.name for result in results)), rows)


def writes_table(results: Sequence[Result]) -> str:
    """Return the writes per created pipeline by resource, most first."""
    made = {result.contestant.name: result.creation for result in results if result.creation}
    resources = sorted({resource for part in made.values() for resource in part.writes})
    rows = [
        (resource, *(f"{part.writes[resource] / part.pipelines:.2f}" for part in made.values()))
        for resource in resources
    ]
    return table(("written per created pipeline", *made), rows)


def drift_table(result: Result) -> str:
    """Return how soon each kind of drift was repaired."""
    by_what: dict[str, list[float]] = defaultdict(list)
    for repair in result.drift or ():
        by_what[repair.what].append(1000 * repair.took_s)
    rows = [
        (what, f"{quantile(took, 50):.1f} ms", f"{max(took):.1f} ms", str(len(took))) for what, took in by_what.items()
    ]
    return table(("child", "p50", "longest", "times"), rows)


def _of(part: Callable[[Result], _Part | None]) -> Callable[[Callable[[_Part], str]], Callable[[Result], str]]:
    """Return a way to write a cell from one part of a result; nothing where that is missing."""

    def cell(write: Callable[[_Part], str]) -> Callable[[Result], str]:
        def written(result: Result) -> str:
            found = part(result)
            return NONE if found is None else write(found)

        return written

    return cell


def _seconds(values: Iterable[float]) -> str:
    found = list(values)
    return f"{quantile(found, 50):.3f} / {quantile(found, 99):.3f} s"


def _drift(result: Result) -> str:
    if result.drift is None:
        return NONE
    if result.drift:
        took = [1000 * repair.took_s for repair in result.drift]
        return f"{quantile(took, 50):.1f} / {quantile(took, 99):.1f} ms"
    return "never"
