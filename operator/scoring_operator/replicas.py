"""Who decides on replicas, and how many: the step of a reconcile between what the pods say and what is written."""

from collections.abc import Sequence

from scoring_operator import plan
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_operator.look import Clocks, Look
from scoring_operator.scaling import Decision, account, decide
from scoring_operator.status import stamp
from scoring_service.contract.pipeline import Pipeline


def decided(
    look: Look, pipeline: Pipeline | None, observed: Observed, reports: Sequence[PodReport], clocks: Clocks
) -> Decision | None:
    """Return the decision of this look, and remember it; None if none is made: paused, or the spec cannot be read."""
    memory, former = look.memory, observed.former_status
    if pipeline is None or memory.paused:
        return None
    now, wall, replicas = clocks.monotonic(), clocks.wall(), pipeline.spec.replicas
    known = memory.autoscaler or account.recalled(former, pipeline.generation, replicas, now, wall)
    situation = plan.situation(pipeline, look.manifest, observed, reports)
    decision, memory.autoscaler = decide(situation, known, now)
    if memory.autoscaler.replicas != known.replicas:
        memory.scaled = stamp(wall)
    elif not memory.scaled:
        memory.scaled = former["scaling"]["lastScaleTime"]
    return decision


def told(decision: Decision | None, former: Manifest, scaled: str) -> Manifest:
    """Return what status says of it: without a decision what it said before, and nothing in mode Disabled."""
    before: Manifest = former.get("scaling") or {}
    said = before if decision is None else account.told(decision, before, scaled)
    return {"scaling": said} if said else {}
