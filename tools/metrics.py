"""Keeps the pages of metrics equal to the tables of metric families: `python -m tools.metrics [--check]`.

`docs/metrics.md` is made of the worker's table, `docs/operator-metrics.md` of the operator's.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Final

from tools import operator_metrics
from tools.generated import ROOT, keep
from tools.tables import LINE_LENGTH, rows

from scoring_service.contract.names import METRICS_PATH
from scoring_service.metrics import Metrics, Scrape
from scoring_service.metrics.by_partition import ALL, BY_PARTITION, MAX_PARTITIONS
from scoring_service.metrics.by_request import BY_REQUEST
from scoring_service.metrics.candidate import CANDIDATE
from scoring_service.metrics.counters import COUNTERS
from scoring_service.metrics.drift import DRIFT
from scoring_service.metrics.exposition import edge_label
from scoring_service.metrics.family import Buckets, Family, Kind
from scoring_service.metrics.gauges import GAUGES
from scoring_service.metrics.histograms import HISTOGRAMS
from scoring_service.metrics.process import process_families, stored_name
from scoring_service.metrics.table import MAX_SERIES
from scoring_service.metrics.windows import WINDOWS

INTRODUCTION: Final = f"""\
# Metrics of a worker

<!-- Written by `make generate`; edit `service/scoring_service/metrics` instead. -->

`GET {METRICS_PATH}` on the ops port, in Prometheus' text format, without keys. Names, labels and units on this page are
a public contract. Namespace, pipeline and pod are no labels here: the scraper knows whom it asks, and adds them. There
are no `_created` series.

A pod shows at most {MAX_SERIES} series, whatever happens to it.

## Accounts

    delivered = scored + rejected + absorbed                  all of `scorer_records_total`
    consumed  = delivered + in flight + abandoned

Both hold in every scrape: one scrape shows one moment. A record is delivered when the brokers have acknowledged its
output; at least once it may be delivered again after a restart, and is then counted again. Duplicate *transactions*
lie inside one record and are a counter of their own.
"""

SECTIONS: Final[Sequence[tuple[str, str, Sequence[Family]]]] = (
    (
        "Counters",
        "They count from the start of a worker to its end, and carry no partition: a counter must neither vanish nor "
        "begin anew when its partition goes to another pod, and one for each partition that a pod ever had would have "
        "no bound.",
        COUNTERS,
    ),
    ("Gauges", "Of the whole worker, at the moment of the scrape.", GAUGES),
    (
        "Gauges of partitions",
        "Only of partitions that are assigned to the pod: the series of one that goes vanish with the next scrape. "
        f'With more than {MAX_PARTITIONS} partitions there is one series for all, `partition="{ALL}"`: the sum of the '
        "records behind (of those known), the longest of the seconds, how many are stalled, how many are held for each "
        "reason; offsets do not add up and are left out. `sum` and `max` over pods mean the same in both cases.",
        BY_PARTITION,
    ),
    (
        "Of windows",
        "Of scorers that keep windows of earlier records, at the moment of the scrape.",
        WINDOWS,
    ),
    (
        "Drift",
        "Of a scorer that knows what it was made for, over all partitions of the pod together. Drift is a change that "
        "is both large and no chance: of few windows the index is large by itself, of many the slightest change is no "
        "chance.",
        DRIFT,
    ),
    (
        "Of a candidate",
        "Of `spec.candidate`, counted when its records are delivered. They carry its revision: the series of a "
        "candidate that goes vanish with the next scrape, those of another one begin at 0.",
        CANDIDATE,
    ),
    ("Histograms", "The edges of their buckets lie where a promise has a limit.", HISTOGRAMS),
    (
        "Requests",
        "Of the api listener, where the pipeline has `spec.api`. What is scored by request is counted here alone.",
        BY_REQUEST,
    ),
)

COLUMNS: Final = ("metric", "labels", "unit", "what it says", "what it answers", "no series")
PROCESS_COLUMNS: Final = ("metric", "type", "what it says")


def page() -> str:
    """Return the page."""
    sections = [f"## {title}\n\n{fill(text, LINE_LENGTH)}\n\n{_table(families)}" for title, text, families in SECTIONS]
    return "\n".join([INTRODUCTION, *sections, _process()])


def _table(families: Iterable[Family]) -> str:
    return rows(COLUMNS, (_cells(family) for family in families))


def _cells(family: Family) -> Iterator[str]:
    yield f"`{family.name}`"
    yield ", ".join(f"`{label}`" for label in family.labels)
    yield family.unit
    yield f"{family.meaning}{_edges(family)}"
    yield family.answers
    yield family.absent


def _edges(family: Family) -> str:
    if family.kind is not Kind.HISTOGRAM:
        return ""
    first = next(iter(family.read(Scrape(Metrics()))), None)
    if first is None:
        return ""  # it says its edges itself
    assert isinstance(first.value, Buckets)  # noqa: S101 - it is a histogram
    return ". Edges: " + " ".join(edge_label(edge) for edge, _ in first.value.at_most)


def _process() -> str:
    found = sorted(process_families(), key=lambda metric: metric.name)
    said = ((f"`{stored_name(metric)}`", metric.type, metric.documentation) for metric in found)
    table = rows(PROCESS_COLUMNS, said)
    return f"## The process\n\nWhat every Prometheus client says, under its usual names; on Linux.\n\n{table}"


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check` write nothing and return 1 if that would have changed one."""
    pages = {ROOT / "docs/metrics.md": page(), ROOT / "docs/operator-metrics.md": operator_metrics.page()}
    return keep(pages, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
