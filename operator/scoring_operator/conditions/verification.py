"""Whether what the spec says of the scorer has been tried by the pods: built, and held against its golden cases."""

from scoring_operator.conditions.chain import complaint, rejection, untried
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict


def verified(facts: Facts) -> Verdict:
    """Return whether the desired revision is verified. Stopped pods change nothing: what was verified stays so."""
    revisions = facts.revisions
    if not revisions.desired:
        problem = facts.problem or (Reason.INVALID_SPEC, "the spec cannot be read")
        return Verdict("Unknown", *problem)
    if revisions.refused:
        return Verdict("False", Reason.WEIGHTS_REJECTED, rejection(facts))
    if not revisions.verified:
        told = f"revision {revisions.desired} has not been tried by every ready pod yet{complaint(facts)}"
        return Verdict("Unknown", Reason.REVISION_PENDING, told)
    if told := untried(facts):
        return Verdict("Unknown", Reason.CASES_UNTRIED, told)
    return Verdict("True", Reason.WEIGHTS_TRIED, f"revision {revisions.desired} is built and its golden cases hold")
