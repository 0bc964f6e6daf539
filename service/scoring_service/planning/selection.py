"""Where to begin in each partition so that the last records of a topic are read, and no others."""

from collections.abc import Mapping

from scoring_service.stream.ports import Bounds


def begins(bounds: Mapping[int, Bounds], count: int) -> dict[int, int]:
    """Return the first offset to read in each partition, so that `count` offsets are read in all, or all there are.

    Each partition gives in proportion to what it holds; what rounding leaves over comes from those that were cut most.
    An offset is no record where transactions or compaction have left a gap: fewer may then be found.
    """
    held = {partition: of.last_stable - of.log_start for partition, of in bounds.items()}
    total = sum(held.values())
    wanted = min(count, total)
    shares = {partition: wanted * size // total if total else 0 for partition, size in held.items()}
    cut_most = sorted(held, key=lambda partition: (-(wanted * held[partition] % total) if total else 0, partition))
    for partition in cut_most[: wanted - sum(shares.values())]:
        shares[partition] += 1
    return {partition: of.last_stable - shares[partition] for partition, of in bounds.items()}
