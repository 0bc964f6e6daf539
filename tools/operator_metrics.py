"""The page of the operator's metrics, made of its table of metric families."""

from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Final

from tools.tables import LINE_LENGTH, rows

from scoring_operator.metrics import Family, Kind
from scoring_operator.metrics.controller_runtime import CONTROLLER_RUNTIME
from scoring_operator.metrics.own import OWN

INTRODUCTION: Final = """\
# Metrics of the operator

<!-- Written by `make generate`; edit `operator/scoring_operator/metrics` instead. -->

`GET /metrics` on port 8080, in Prometheus' text format, beside `/livez` and `/readyz`. Names, labels and units on this
page are a public contract. Every process of the operator exports all of it; one of them leads, the others wait, so a
sum over all is what the operator does. There are no `_created` series. `process_*` are as in every Prometheus client.
"""

SECTIONS: Final[Sequence[tuple[str, str, Sequence[Family]]]] = (
    (
        "Names of controller-runtime",
        "Names, labels and meanings are those of controller-runtime and client-go, so that their dashboards and alerts "
        "work as they are. Their `controller` and `name` are `scoringpipeline`.",
        CONTROLLER_RUNTIME,
    ),
    ("Names of our own", "What those have no name for, and the same in one vocabulary.", OWN),
)
COLUMNS: Final = ("metric", "type", "labels", "unit", "what it says", "what it answers", "no series")


def page() -> str:
    """Return the page."""
    sections = (
        f"## {title}\n\n{fill(text, LINE_LENGTH)}\n\n{rows(COLUMNS, map(_cells, families))}"
        for title, text, families in SECTIONS
    )
    return "\n".join([INTRODUCTION, *sections])


def _cells(family: Family) -> Iterator[str]:
    yield f"`{family.name}`"
    yield family.kind
    yield ", ".join(f"`{label}`" for label in family.labels)
    yield family.unit
    yield f"{family.meaning}{_edges(family)}"
    yield family.answers
    yield family.absent


def _edges(family: Family) -> str:
    return f". Edges: {' '.join(f'{edge:g}' for edge in family.edges)}" if family.kind is Kind.HISTOGRAM else ""
