"""Pure: facts → `status` of the ScoringPipeline. What moves by itself (lag) is rounded: each write is seen by many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scoring_operator import lanes
from scoring_operator.conditions import Condition, Facts, Rollout, Verdict
from scoring_operator.facts import Manifest, Pod

MESSAGE_LENGTH: Final = 1024
FAILURE_LENGTH: Final = 512
REFUSAL_LENGTH: Final = 256
"""Of what a pod says of a candidate: the definition takes no more, and pods are of any image."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What status says of the pipeline itself; empty where the spec cannot be read."""

    generation: int
    selector: str
    image: str = ""
    upgrade: str = ""
    """What a person annotated the pipeline with to ask for the image that it has."""
    group: str = ""


def status(
    identity: Identity, facts: Facts, verdicts: Mapping[Condition, Verdict], former: Manifest, now: datetime
) -> Manifest:
    """Return the whole status.

    Args:
        identity: Of the pipeline.
        facts: What was observed.
        verdicts: By condition type.
        former: The status so far; its transition times outlive judgements that stay.
        now: Wall clock, for judgements that flip.
    """
    pods = lanes.present(facts.reports)
    return {
        "observedGeneration": identity.generation,
        "replicas": len(pods),
        "readyReplicas": sum(report.pod.ready for report in pods),
        "selector": identity.selector,
        **_known("partitions", facts.partitions),
        **_known("assignedPartitions", lanes.assigned(facts.reports, facts.partitions)),
        **_lag(lanes.lag(facts.reports, facts.partitions)),
        "revision": _filled(
            desired=facts.revisions.desired,
            serving=facts.revisions.serving,
            refused=facts.revisions.refused,
            candidate=facts.candidacy.running,
            candidateRefusal=facts.candidacy.refusal[:REFUSAL_LENGTH],
        ),
        **_filled(image=identity.image, upgrade=identity.upgrade),
        "input": _filled(group=identity.group),
        **_filled(firstCommitTime=_first_commit(facts, former, now), idleSince=_idle_since(facts, former, now)),
        "conditions": conditions(verdicts, former.get("conditions") or [], identity.generation, now),
    }


def conditions(
    verdicts: Mapping[Condition, Verdict], former: list[Manifest], generation: int, now: datetime
) -> list[Manifest]:
    """Return the conditions; `lastTransitionTime` changes only where the status does."""
    known = {condition["type"]: condition for condition in former}
    moment = stamp(now)
    return [
        {
            "type": str(kind),
            "status": verdict.status,
            "observedGeneration": generation,
            "lastTransitionTime": known[kind]["lastTransitionTime"]
            if known.get(kind, {}).get("status") == verdict.status
            else moment,
            "reason": str(verdict.reason),
            "message": verdict.message[:MESSAGE_LENGTH],
        }
        for kind, verdict in verdicts.items()
    ]


def statuses(former: Manifest) -> dict[str, str]:
    """Return the status of each condition by its type."""
    return {condition["type"]: condition["status"] for condition in former.get("conditions") or ()}


def rollout(deployment: Manifest | None, pods: Sequence[Pod]) -> Rollout:
    """Return how far a Deployment has brought its template: as its status tells, once that is about it."""
    if deployment is None:
        return Rollout(complete=False)
    said: dict[str, Any] = deployment.get("status") or {}
    conditions = {condition["type"]: condition for condition in said.get("conditions") or ()}
    stuck = (conditions.get("Progressing") or {}).get("status") == "False"
    failing = conditions.get("ReplicaFailure") or {}
    failure = failing.get("message", "")[:FAILURE_LENGTH] if failing.get("status") == "True" else ""
    if said.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return Rollout(not any(pod.is_former for pod in pods if not pod.terminating), failure=failure)
    return Rollout(said.get("updatedReplicas", 0) == said.get("replicas", 0), stuck, failure)


def rounded(records: int) -> int:
    """Return a lag with two significant digits, so that it does not change at every look."""
    if records < 100:
        return records
    unit: int = 10 ** (len(str(records)) - 2)
    return round(records / unit) * unit


def _first_commit(facts: Facts, former: Manifest, now: datetime) -> str:
    """Return when the group was first seen to have committed: what was said once stays, whatever is seen later."""
    said: str = former.get("firstCommitTime", "")
    return said or (stamp(now) if lanes.has_committed(facts.reports) else "")


def _idle_since(facts: Facts, former: Manifest, now: datetime) -> str:
    """Return since when the group has had no member because nobody wants one; empty while a pod runs or should."""
    if facts.wanted > 0 or any(not report.pod.ended for report in facts.reports):
        return ""
    return former.get("idleSince", "") or stamp(now)


def stamp(now: datetime) -> str:
    """Return a moment as status writes it: whole seconds of UTC."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _lag(records: int | None) -> Manifest:
    return {} if records is None else {"lag": {"records": rounded(records)}}


def _known(name: str, value: int | None) -> Manifest:
    return {} if value is None else {name: value}


def _filled(**texts: str) -> Manifest:
    return {name: text for name, text in texts.items() if text}
