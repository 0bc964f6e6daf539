"""What the project aims at, beside what a run has found."""

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.operator.run import Result

LEAST_QUANTILES = 2


class Aim(NamedTuple):
    """One line of the table."""

    aim: str
    found: str
    is_reached: bool


def aims(result: Result) -> list[Aim]:
    """Return what could be judged."""
    return [*_creation(result), *_latencies(result), *_steady(result), *_restart(result), *_footprint(result)]


def quantile(values: list[float], percent: int) -> float:
    """Return a percentile; of a single value that value."""
    if len(values) < LEAST_QUANTILES:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _creation(result: Result) -> Iterator[Aim]:
    if made := result.creation:
        yield Aim(
            f"{made.pipelines} pipelines created, until all are Ready: at most 60 s",
            f"{made.all_ready_s:.1f} s",
            made.all_ready_s <= 60,
        )
        each = made.writes.total() / made.pipelines
        yield Aim("writes per created pipeline: at most 6", f"{each:.2f}", each <= 6)


def _latencies(result: Result) -> Iterator[Aim]:
    if result.drift:
        p50 = 1000 * quantile([repair.took_s for repair in result.drift], 50)
        yield Aim("drift repair, p50: at most 20 ms", f"{p50:.1f} ms", p50 <= 20)
    if changed := result.change:
        p99 = quantile([*changed.weights_s, *changed.replicas_s], 99)
        yield Aim("spec change until the child is updated, p99: at most 2 s", f"{p99:.3f} s", p99 <= 2)


def _steady(result: Result) -> Iterator[Aim]:
    if rest := result.steady:
        count = rest.writes.total()
        yield Aim(
            f"writes but the Lease's on idle topics, in {rest.window_s / 60:.0f} min: none", str(count), not count
        )
        yield Aim("cores with polling: at most 0.15", f"{rest.cores:.3f}", rest.cores <= 0.15)
        yield Aim("resident set: at most 200 MB", f"{rest.rss_mb:.0f} MB", rest.rss_mb <= 200)


def _restart(result: Result) -> Iterator[Aim]:
    if again := result.restart:
        found = max(again.asked_s or 0.0, again.caught_up_s)
        yield Aim("restart until everything is looked at and caught up: at most 30 s", f"{found:.1f} s", found <= 30)


def _footprint(result: Result) -> Iterator[Aim]:
    if crowd := result.unrelated:
        grown = crowd.most_mb - crowd.before_mb
        yield Aim(
            f"{crowd.secrets} unrelated Secrets of 1 MB change the resident set by at most 10 MB",
            f"{grown:+.1f} MB",
            grown <= 10,
        )
    yield Aim("connections to the API server: at most 32", str(result.connections), result.connections <= 32)
