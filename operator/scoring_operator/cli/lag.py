"""`kubectl-scoring lag`: what waits in each partition, and how long it will take."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import typer
from rich.console import Group, RenderableType

from scoring_operator import lanes
from scoring_operator.cli.access import login, read
from scoring_operator.cli.answer import UNKNOWN, age, answer, number, table
from scoring_operator.cli.options import EXIT_INCOMPLETE, Context, Format, Kubeconfig, Name, Namespace, Output
from scoring_operator.facts import PodReport, Sighting

COLUMNS: Final = ("PARTITION", "POD", "STATE", "POSITION", "END", "LAG", "COMMITTED")
RIGHT: Final = ("PARTITION", "POSITION", "END", "LAG", "COMMITTED")


def lag(
    name: Name,
    namespace: Namespace = "",
    kubeconfig: Kubeconfig = None,
    context: Context = "",
    output: Output = Format.TABLE,
) -> None:
    """Show what waits in each partition of a pipeline, as the pods say it, and how long it takes at their present rate.

    Offsets end at the last stable one, behind which a reader of committed records sees nothing. Unknown is not zero: it
    is shown as –, or null. Pods are asked through the API server: you need to get pods/proxy.

    Exit codes: 0 done; 1 the cluster does not answer or refuses; 2 there is no such pipeline; 3 the lag of some
    partition is not known.
    """
    sighting = read(login(namespace, kubeconfig, context), lambda one: one.sighting(name))
    data = as_data(sighting)
    answer(output, data, lambda: as_text(sighting, data))
    raise typer.Exit(EXIT_INCOMPLETE if data["records"] is None else 0)


def as_data(sighting: Sighting) -> dict[str, Any]:
    """Return the lag for programs: of all partitions together, null while that of one is not known, and of each."""
    meta, count = sighting.pipeline["metadata"], _partitions(sighting)
    records, rate = lanes.lag(sighting.reports, count), rate_of(sighting.reports)
    return {
        "pipeline": f"{meta['namespace']}/{meta['name']}",
        "records": records,
        "recordsPerSecond": round(rate, 1),
        "drainSeconds": drain_s(records, rate),
        "partitions": [*_rows(sighting, count)],
    }


def as_text(sighting: Sighting, data: dict[str, Any]) -> RenderableType:
    """Return the lag for people."""
    seconds = data["drainSeconds"]
    took = "" if seconds is None else f", {age(seconds)} at {data['recordsPerSecond']:,.0f}/s"
    waiting = "the lag is not known" if data["records"] is None else f"{data['records']:,} records wait{took}"
    shown = [table(COLUMNS, map(_cells, data["partitions"]), RIGHT)] if data["partitions"] else []
    unseen = [f"not seen: {what}: {why}" for what, why in sorted(sighting.unread.items())]
    return Group(*shown, f"{data['pipeline']}: {waiting}", *unseen)


def rate_of(reports: Sequence[PodReport]) -> float:
    """Return the records that are delivered in a second, over all pods that answer."""
    return sum(report.status.records_per_second for report in reports if report.status is not None)


def drain_s(records: int | None, rate: float) -> float | None:
    """Return the seconds until nothing waits any more, if nothing came; None if nobody can tell."""
    if records == 0:
        return 0.0
    return None if records is None or rate <= 0 else round(records / rate, 1)


def _partitions(sighting: Sighting) -> int | None:
    said = lanes.partitions(sighting.reports)
    known: int | None = sighting.status.get("partitions")
    return known if said is None else said


def _rows(sighting: Sighting, count: int | None) -> Iterator[dict[str, Any]]:
    assigned = lanes.assigned_lanes(sighting.reports)
    pods = {
        lane.partition: report.pod.name for report in sighting.reports if report.status for lane in report.status.lanes
    }
    for partition in range(max(count or 0, *(known + 1 for known in assigned), 0)):
        lane = assigned.get(partition)
        yield {
            "partition": partition,
            "pod": None if lane is None else pods[partition],
            "state": None if lane is None else lane.state.value,
            "reason": "" if lane is None else lane.reason,
            "position": None if lane is None else lane.position,
            "end": None if lane is None else lane.last_stable_offset,
            "lag": None if lane is None else lane.lag,
            "committed": None if lane is None else lane.committed_offset,
        }


def _cells(row: dict[str, Any]) -> list[str]:
    state = ": ".join(filter(None, (row["state"], row["reason"]))) or UNKNOWN
    offsets = (number(row[name]) for name in ("position", "end", "lag", "committed"))
    return [str(row["partition"]), row["pod"] or UNKNOWN, state, *offsets]
