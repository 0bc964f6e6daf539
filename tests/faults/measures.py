"""Figures of a run, from the stamps of its outputs. Pure."""

from collections import defaultdict
from itertools import pairwise

from faults.ledger import EXACTLY_ONCE, SOURCE, Evidence


def silence_s(evidence: Evidence, partitions: frozenset[int] | None = None) -> float:
    """Return the longest time in seconds in which one input partition had no output: between its first and its last.

    Args:
        evidence: Of a run that fed all its partitions steadily.
        partitions: Those that count; all if None.
    """
    gaps = [
        after - before
        for partition, times in _times_ms(evidence).items()
        if partitions is None or partition in partitions
        for before, after in pairwise(times)
    ]
    return max(gaps, default=0) / 1000


def resumed_s(evidence: Evidence, at_s: float) -> float:
    """Return how many seconds after a moment (Unix seconds) the last of the partitions had an output again."""
    later = [[time for time in times if time >= at_s * 1000] for times in _times_ms(evidence).values()]
    return max((min(times) / 1000 - at_s if times else float("inf") for times in later), default=float("inf"))


def duplicate_share(evidence: Evidence) -> float:
    """Return the outputs beyond the first of each record, as a share of the records."""
    made = [read.header(SOURCE) for read in (*evidence.successes, *evidence.failures)]
    return (len(made) - len(set(made))) / max(1, len(evidence.inputs))


def most_in_flight(guarantee: str) -> int:
    """Return how many records of one partition a worker may hold: two batches, a full buffer, and one poll on top."""
    batch = 1500 if guarantee == EXACTLY_ONCE else 500
    return 3 * batch + 2000


def _times_ms(evidence: Evidence) -> dict[int, list[int]]:
    """Return when the first outputs of the records of each input partition were made, in order."""
    first: dict[str, int] = {}
    for read in (*evidence.successes, *evidence.failures):
        source = read.header(SOURCE)
        first[source] = min(read.timestamp_ms, first.get(source, read.timestamp_ms))
    times: dict[int, list[int]] = defaultdict(list)
    for source, time in first.items():
        times[int(source.rsplit("/", 2)[1])].append(time)
    return {partition: sorted(found) for partition, found in times.items()}
