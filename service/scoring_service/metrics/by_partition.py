"""What is so of each assigned partition. Its series vanish with it, and are no more than a pod can bear.

A pod with at most 50 partitions shows each. With more it shows one series instead, `partition="all"`: the sum of the
records behind, the longest of the seconds, how many are stalled or held; offsets do not add up and are left out. So
`sum` and `max` over pods mean the same in both cases.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.metrics.counts import PartitionGauges
from scoring_service.metrics.family import Family, Kind, Reading, Scrape

MAX_PARTITIONS: Final = 50
ALL: Final = "all"
LABELS: Final = ("topic", "partition")

One = Callable[[PartitionGauges], float | None]
Together = Callable[[Iterable[float]], float]


def _each(one: One, together: Together | None = None) -> Callable[[Scrape], Iterable[Reading]]:
    """Return what reads a gauge of every partition; `together` makes one value of many, if there is such."""

    def read(scrape: Scrape) -> Iterable[Reading]:
        topic, partitions = scrape.metrics.topic, scrape.metrics.partitions
        known = [(str(p), value) for p, gauges in partitions.items() if (value := one(gauges)) is not None]
        if len(partitions) <= MAX_PARTITIONS:
            return [Reading((topic, partition), value) for partition, value in known]
        if together is None or not known:
            return ()
        return [Reading((topic, ALL), together(value for _, value in known))]

    return read


def _held(scrape: Scrape) -> Iterable[Reading]:
    topic, partitions = scrape.metrics.topic, scrape.metrics.partitions
    held = [(str(partition), gauges.held) for partition, gauges in partitions.items() if gauges.held]
    if len(partitions) > MAX_PARTITIONS:
        held = [(ALL, reason) for _, reason in held]
    return [Reading((topic, *where), count) for where, count in Counter(held).items()]


BY_PARTITION: Final = (
    Family(
        "scorer_partition_lag_records",
        Kind.GAUGE,
        "records",
        "Records up to the last stable offset that are not yet delivered",
        "How far behind is the pipeline, and on which partition?",
        _each(lambda g: g.lag_records, sum),
        LABELS,
        "while unknown, which is not 0",
    ),
    Family(
        "scorer_partition_lag_seconds",
        Kind.GAUGE,
        "seconds",
        "Age of the last delivered record; 0 without lag",
        "How old is what is being scored?",
        _each(lambda g: g.lag_seconds, max),
        LABELS,
        "while unknown; with lag, before the first delivery",
    ),
    Family(
        "scorer_partition_stalled",
        Kind.GAUGE,
        "partitions",
        "1 if the partition has records, brokers that answer, no reason to wait, and no progress",
        "Does something stand still that should not?",
        _each(lambda g: float(g.is_stalled), sum),
        LABELS,
    ),
    Family(
        "scorer_partition_held",
        Kind.GAUGE,
        "partitions",
        "1 while the partition is held, by reason: one of `/status`",
        "What must be mended before records flow again?",
        _held,
        (*LABELS, "reason"),
        "while it is not held",
    ),
    Family(
        "scorer_position",
        Kind.GAUGE,
        "offset",
        "Offset of the next record to deliver",
        "Where exactly is the worker?",
        _each(lambda g: g.position),
        LABELS,
        "while unknown; beyond 50 partitions",
    ),
    Family(
        "scorer_committed_offset",
        Kind.GAUGE,
        "offset",
        "Offset that the group would resume from",
        "What would a restart repeat?",
        _each(lambda g: g.committed),
        LABELS,
        "while nothing is committed; beyond 50 partitions",
    ),
)
