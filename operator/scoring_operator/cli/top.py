"""`kubectl-scoring top`: what pipelines, or the pods of one, get done and what they use for it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from rich.console import RenderableType

from scoring_operator import lanes
from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import UNKNOWN, age, answer, number, table
from scoring_operator.cli.lag import drain_s, rate_of
from scoring_operator.cli.options import Context, Format, Kubeconfig, Namespace, OneOrAll, Output
from scoring_operator.cli.quantities import in_mebibytes, in_millicores
from scoring_operator.errors import OperatorError
from scoring_operator.facts import PodReport, Sighting

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.reader import Reader

Usage = Mapping[str, tuple[str, str]]
"""Processor and memory of pods, as quantities, by the pod's name."""

FIGURES: Final = ("LAG", "RATE/S", "DRAIN", "SCORED", "FAILED", "CPU(m)", "MEMORY(Mi)")
OF_ALL: Final = ("NAME", "PODS", *FIGURES)
OF_ONE: Final = ("POD", "PARTITIONS", *FIGURES)


def top(
    name: OneOrAll = "",
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Show what pipelines get done, or with a name its pods: lag, records a second, scores and failures so far.

    They count since a pod began. Processor and memory are shown where the cluster measures them (metrics.k8s.io). Pods
    are asked through the API server: you need to get pods/proxy. What nobody can tell is shown as –, or null.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline.
    """

    async def look(one: "Reader") -> list[dict[str, Any]]:
        names = [name] if name else [pipeline["metadata"]["name"] for pipeline in await one.pipelines()]
        seen = await asyncio.gather(*(_seen(one, each) for each in names))
        return [figures for each in seen for figures in (by_pod(*each) if name else [of_all(*each)])]

    rows = read(login(namespace, kubeconfig, context), look)
    answer(output, rows, lambda: as_table(rows, of_one=bool(name)))


def as_table(rows: Sequence[dict[str, Any]], *, of_one: bool) -> RenderableType:
    """Return the figures for people: of the pods of one pipeline, or of pipelines."""
    if not rows:
        return "no pods" if of_one else "no pipelines"
    head = OF_ONE if of_one else OF_ALL
    return table(head, map(_cells, rows), head[1:])


async def _seen(one: "Reader", name: str) -> tuple[Sighting, Usage]:
    sighting, usage = await one.sighting(name), dict[str, tuple[str, str]]()
    with suppress(OperatorError):  # most clusters measure, some do not
        usage = await one.usage(name)
    return sighting, usage


def of_all(sighting: Sighting, usage: Usage) -> dict[str, Any]:
    """Return the figures of a pipeline."""
    reports = lanes.present(sighting.reports)
    records = lanes.lag(reports, lanes.partitions(reports))
    return {"name": sighting.pipeline["metadata"]["name"], "pods": len(reports), **_figures(reports, records, usage)}


def by_pod(sighting: Sighting, usage: Usage) -> list[dict[str, Any]]:
    """Return the figures of each pod."""
    return [
        {
            "name": report.pod.name,
            "partitions": None if report.status is None else len(report.status.lanes),
            **_figures(
                [report], None if report.status is None else lanes.lag([report], len(report.status.lanes)), usage
            ),
        }
        for report in lanes.present(sighting.reports)
    ]


def _figures(reports: Sequence[PodReport], records: int | None, usage: Usage) -> dict[str, Any]:
    answers = [report.status for report in reports if report.status is not None]
    used = [usage[report.pod.name] for report in reports if report.pod.name in usage]
    rate = rate_of(reports)
    return {
        "lag": records,
        "recordsPerSecond": round(rate, 1) if answers else None,
        "drainSeconds": drain_s(records, rate),
        "scored": sum(said.scored_total for said in answers) if answers else None,
        "failed": sum(said.rejected_total for said in answers) if answers else None,
        "cpuMillicores": sum(in_millicores(cpu) for cpu, _ in used) if used else None,
        "memoryMebibytes": sum(in_mebibytes(memory) for _, memory in used) if used else None,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    name, count, records, rate, seconds, *counts = row.values()
    drain = UNKNOWN if seconds is None else age(seconds)
    return [name, number(count), number(records), number(rate), drain, *map(number, counts)]
