"""Pure: one pipeline at one moment → a table, a line of JSON, or the lines that say what changed."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from scoring_operator import lanes
from scoring_operator.cli.snapshot import Snapshot
from scoring_operator.facts import Manifest, PodReport

UNKNOWN: Final = "–"
COLOURS: Final = {"True": "green", "False": "red"}


def as_data(snapshot: Snapshot) -> dict[str, Any]:
    """Return name, spec of the scorer, status, and each pod with what it reported."""
    pipeline = snapshot.pipeline
    return {
        "namespace": pipeline["metadata"]["namespace"],
        "name": pipeline["metadata"]["name"],
        "generation": pipeline["metadata"]["generation"],
        "scorer": pipeline["spec"]["scorer"],
        "status": snapshot.status,
        "pods": [_pod(report, snapshot.pids.get(report.pod.name)) for report in snapshot.reports],
    }


def summary(snapshot: Snapshot) -> dict[str, str]:
    """Return the facts that a person looks for first, by their name, in order."""
    status, statuses = snapshot.status, [report.status for report in snapshot.reports if report.status]
    lag = lanes.lag(snapshot.reports, lanes.partitions(snapshot.reports))
    return {
        "Available": _condition(status, "Available").get("status", "Unknown"),
        "Ready": _condition(status, "Ready").get("status", "Unknown"),
        "Replicas": f"{status.get('readyReplicas', 0)}/{snapshot.pipeline['spec']['replicas']}",
        "Partitions": f"{status.get('assignedPartitions', UNKNOWN)}/{status.get('partitions', UNKNOWN)}",
        "Lag": UNKNOWN if lag is None else f"{lag:,}",
        "Rate": f"{sum(said.records_per_second for said in statuses):,.0f}/s",
        "Scored": f"{sum(said.scored_total for said in statuses):,}",
        "Failed": f"{sum(said.rejected_total for said in statuses):,}",
        "Revision": serving(snapshot),
    }


def serving(snapshot: Snapshot) -> str:
    """Return the revisions that the pods serve now, joined; most often one."""
    found = {report.status.serving for report in snapshot.reports if report.status and report.status.serving}
    return " ".join(sorted(found)) or UNKNOWN


def table(snapshot: Snapshot) -> Table:
    """Return the pipeline and its pods for a terminal."""
    metadata, facts = snapshot.pipeline["metadata"], summary(snapshot)
    why = _condition(snapshot.status, "Ready").get("message", "")
    said = "\n".join(filter(None, [why, *map(_api, snapshot.reports)]))
    shown = Table(title=f"{metadata['namespace']}/{metadata['name']}", caption=said, expand=True)
    for name in facts:
        shown.add_column(name, overflow="fold")
    shown.add_row(*(Text(fact, style=COLOURS.get(fact, "")) for fact in facts.values()))
    shown.add_section()
    for report in snapshot.reports:
        shown.add_row(*_row(report, snapshot.pids.get(report.pod.name)))
    return shown


def changes(before: Snapshot | None, after: Snapshot) -> Iterator[str]:
    """Yield one line for each thing that changed and does not change all the time."""
    old, new = ({} if before is None else _steady(before)), _steady(after)
    for name, value in new.items():
        if old.get(name) != value:
            yield f"{name}: {value}" if name not in old else f"{name}: {old[name]} → {value}"
    for name in old.keys() - new.keys():
        yield f"{name}: gone"


def _steady(snapshot: Snapshot) -> dict[str, str]:
    status = snapshot.status
    revision = status.get("revision", {})
    found = {kind["type"]: f"{kind['status']} ({kind['reason']})" for kind in status.get("conditions", ())}
    found["revision"] = revision.get("serving", UNKNOWN)
    if refused := revision.get("refused"):
        found["refused revision"] = f"{refused}: {_condition(status, 'Stalled').get('message', '')}"
    for report in snapshot.reports:
        found[f"pod {report.pod.name}"] = _state(report)
        if address := _api(report):
            found[f"api of {report.pod.name}"] = address
    return found


def _api(report: PodReport) -> str:
    """Return where a pod scores by request; empty if it does not."""
    if report.status is None or report.status.api_port is None:
        return ""
    return f"http://{report.pod.address.rpartition(':')[0]}:{report.status.api_port}"


def _state(report: PodReport) -> str:
    pod = report.pod
    state = "stopping" if pod.terminating else "ready" if pod.ready else "starting"
    return f"{state}, restarts {pod.restarts}"


def _row(report: PodReport, pid: int | None) -> list[str]:
    said = report.status
    pod = report.pod.name
    facts = [f"pid {pid}", _state(report), pod.rpartition("-")[2]] if pid else [pod, _state(report), ""]
    if said is None:
        return [*facts, *[UNKNOWN] * 6]
    lag = lanes.lag([report], len(said.lanes))
    counts = [UNKNOWN if lag is None else f"{lag:,}", f"{said.records_per_second:,.0f}/s"]
    return [*facts, str(len(said.lanes)), *counts, f"{said.scored_total:,}", f"{said.rejected_total:,}", said.serving]


def _pod(report: PodReport, pid: int | None) -> dict[str, Any]:
    pod, said = report.pod, report.status
    facts: dict[str, Any] = {"name": pod.name, "pid": pid, "ready": pod.ready, "terminating": pod.terminating}
    facts |= {"restarts": pod.restarts, "address": pod.address}
    return facts | ({} if said is None else {"status": json.loads(said.encode())})


def _condition(status: Manifest, kind: str) -> Manifest:
    return next((known for known in status.get("conditions", ()) if known["type"] == kind), {})
