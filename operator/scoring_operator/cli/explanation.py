"""Pure: why a pipeline is Ready or not, as a tree: what the operator judged, and below it the facts that it judged.

The order is that of causes: a spec that is not taken explains pods that are missing, these explain partitions that
nobody scores. So the first branch that is not well is the one to begin with.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from scoring_operator import lanes
from scoring_operator.cli.remedies import remedy
from scoring_operator.cli.troubles import pod_trouble, rollout_troubles
from scoring_operator.conditions import Condition
from scoring_operator.facts import Manifest, PodReport, Sighting
from scoring_service.contract.worker_status import LaneState

SHOWN: Final = 10
"""Of what may be many, like partitions."""


class Node(NamedTuple):
    """One thing, whether it is well, and what is below it."""

    well: bool | None
    """None: nobody knows."""
    what: str
    why: str = ""
    under: tuple["Node", ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the tree for programs."""
        return {
            "well": self.well,
            "what": self.what,
            **({"why": self.why} if self.why else {}),
            **({"under": [node.as_data() for node in self.under]} if self.under else {}),
        }


def explanation(sighting: Sighting) -> Node:
    """Return why a pipeline is Ready or not."""
    ready = condition(sighting.status, Condition.READY)
    said = f"Ready is {ready.get('status', 'Unknown')}"
    why = ": ".join(filter(None, (ready.get("reason", ""), ready.get("message", ""))))
    branches = tuple(filter(None, (branch(sighting) for branch in BRANCHES)))
    return Node(
        _truth(ready.get("status")), said, why or "no operator has judged it yet", (*branches, *_todo(sighting))
    )


def condition(status: Manifest, kind: Condition) -> Manifest:
    """Return a condition; empty if it was never judged."""
    return next((known for known in status.get("conditions") or () if known["type"] == kind), {})


def _truth(status: str | None) -> bool | None:
    return {"True": True, "False": False}.get(status or "")


def _todo(sighting: Sighting) -> Iterator[Node]:
    """Yield what a person can do about it."""
    ready = condition(sighting.status, Condition.READY)
    if ready.get("status") != "True" and (said := remedy(ready.get("reason", ""))):
        yield Node(None, "what to do", said)


def _judged(sighting: Sighting, kind: Condition, what: str, under: Sequence[Node] = ()) -> Node | None:
    """Return a condition that is well if it is True, with what it was judged by; None if it was never judged."""
    said = condition(sighting.status, kind)
    if not said:
        return None
    well = _truth(said["status"])
    return Node(well, what, f"{said['reason']}: {said['message']}", () if well else tuple(under))


def _operator(sighting: Sighting) -> Node:
    meta, status = sighting.pipeline["metadata"], sighting.status
    asked, seen = meta.get("generation", 0), status.get("observedGeneration", 0)
    by = f" by {status['controller']}" if status.get("controller") else ""
    if not status:
        return Node(False, "operator", "none has taken note of it: is one running, and does it watch this namespace?")
    if seen < asked:
        return Node(False, "operator", f"the latest change (generation {asked}) is not acted upon, {seen} is{by}")
    paused = condition(status, Condition.RECONCILIATION_PAUSED)
    if paused.get("status") == "True":
        return Node(False, "operator", paused["message"])
    return Node(True, "operator", f"it has acted on the latest change{by}")


def _spec(sighting: Sighting) -> Node | None:
    return _judged(sighting, Condition.ACCEPTED, "spec")


def _kafka(sighting: Sighting) -> Node | None:
    kept = [
        Node(False, f"pod {name}", said.held_message or said.held) for name, said in lanes.outside(sighting.reports)
    ]
    judged = _judged(sighting, Condition.KAFKA_REACHABLE, "brokers", kept)
    if judged is not None and judged.well and kept:
        return judged._replace(well=False, why="they answer, and refuse what a pod needs", under=tuple(kept))
    return judged


def _revision(sighting: Sighting) -> Node | None:
    told = sighting.status.get("revision") or {}
    wanted = told.get("desired", "")
    behind = [
        Node(False, f"pod {report.pod.name}", f"serves {report.status.serving or 'none'}{_complaint(report)}")
        for report in lanes.present(sighting.reports)
        if report.status is not None and report.status.serving != wanted
    ]
    judged = _judged(sighting, Condition.WEIGHTS_VERIFIED, f"revision {wanted or 'unknown'}", behind)
    refusal = told.get("candidateRefusal")
    return judged and (judged._replace(under=(*judged.under, Node(False, "candidate", refusal))) if refusal else judged)


def _complaint(report: PodReport) -> str:
    said = report.status
    if said is not None and said.refused is not None:
        return f": {said.refused.message}"
    return f": {said.last_error}" if said is not None and said.last_error else ""


def _pods(sighting: Sighting) -> Node:
    deployment = next((child for child in sighting.observed.children if child["kind"] == "Deployment"), None)
    if deployment is None:
        known = sighting.unread.get("deployments")
        return Node(None if known else False, "pods", known or "there is no Deployment of them")
    wanted = deployment["spec"].get("replicas", 0)
    present = [pod for pod in sighting.observed.pods if not pod.terminating]
    ready = sum(pod.ready for pod in present)
    troubles = [Node(False, "Deployment", trouble) for trouble in rollout_troubles(deployment)]
    said = ((pod["metadata"]["name"], pod_trouble(pod, sighting.events)) for pod in sighting.pods)
    troubles += [Node(False, f"pod {name}", trouble) for name, trouble in said if trouble]
    limits = condition(sighting.status, Condition.SCALING_LIMITED)
    limited = f"; {limits['message']}" if limits.get("status") == "True" else ""
    well = ready == wanted and not troubles
    return Node(well, "pods", f"{ready} of {wanted} ready{limited}", () if well else tuple(troubles))


def _partitions(sighting: Sighting) -> Node | None:
    count = sighting.status.get("partitions")
    if count is None:
        return Node(None, "partitions", "no pod knows those of the input topic yet")
    bad = [
        Node(False, f"partition {number}", ": ".join(filter(None, (lane.state.value, lane.reason))))
        for number, lane in sorted(lanes.assigned_lanes(sighting.reports).items())
        if lane.state is not LaneState.READY
    ]
    more = [Node(None, f"{len(bad) - SHOWN} more partitions")] if len(bad) > SHOWN else []
    assigned = sighting.status.get("assignedPartitions")
    well = None if assigned is None else assigned == count and not bad
    return Node(
        well, "partitions", f"{'?' if assigned is None else assigned} of {count} have a pod", (*bad[:SHOWN], *more)
    )


def _unread(sighting: Sighting) -> Node | None:
    if not sighting.unread:
        return None
    return Node(None, "not seen", "", tuple(Node(None, what, why) for what, why in sorted(sighting.unread.items())))


BRANCHES: Final[tuple[Callable[[Sighting], Node | None], ...]] = (
    _operator,
    _spec,
    _kafka,
    _revision,
    _pods,
    _partitions,
    _unread,
)
