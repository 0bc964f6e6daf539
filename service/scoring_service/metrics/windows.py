"""What lanes remember of earlier records, for scorers that keep windows."""

from collections.abc import Callable, Iterable
from typing import Final

from scoring_service.metrics.counts import Windows
from scoring_service.metrics.family import Family, Kind, Reading, Scrape, of


def _of(read: Callable[[Windows], float | None]) -> Callable[[Scrape], Iterable[Reading]]:
    def readings(scrape: Scrape) -> Iterable[Reading]:
        found = scrape.metrics.windows()
        return () if found is None else of(read(found))

    return readings


WINDOWS: Final = (
    Family(
        "scorer_window_keys",
        Kind.GAUGE,
        "keys",
        "Keys that the assigned partitions have windows of",
        "How much does the scorer remember, and does it come near its bound?",
        _of(lambda windows: windows.keys),
        absent="for a scorer without windows",
    ),
    Family(
        "scorer_window_keys_on_several_partitions",
        Kind.GAUGE,
        "keys",
        "Keys that several assigned partitions have windows of: each has a part of their records",
        "Do producers put all records of a key on one partition?",
        _of(lambda windows: windows.on_several),
        absent="for a scorer without windows, and above 20,000 keys",
    ),
)
