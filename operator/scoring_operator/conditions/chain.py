"""Chains of pure checks: the first that fails gives status, reason and message. What several of them say is here."""

from collections.abc import Callable, Iterable

from scoring_operator import lanes
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict
from scoring_service.contract.worker_status import HeldReason, WorkerStatus

Check = Callable[[Facts], Verdict | None]
"""Returns a verdict when it fails, None when it passes."""

_KNOWN = {str(reason) for reason in HeldReason} & {str(reason) for reason in Reason}


def first(checks: Iterable[Check], facts: Facts) -> Verdict | None:
    """Return the verdict of the first check that fails; None if all pass."""
    return next((verdict for check in checks if (verdict := check(facts)) is not None), None)


def complaint(facts: Facts) -> str:
    """Return what a pod says is wrong with the live file, to be put behind a message; empty if none does."""
    return f"; {facts.revisions.complaint}" if facts.revisions.complaint else ""


def obstacle(facts: Facts) -> str:
    """Return why pods are not made or do not run, to be put behind a message; empty if nobody says."""
    if facts.rollout.failure:
        return f"; {facts.rollout.failure}"
    waiting = [report.pod for report in lanes.present(facts.reports) if report.pod.waiting]
    return f"; {waiting[0].name}: {waiting[0].waiting}" if waiting else ""


def rejection(facts: Facts) -> str:
    """Return why the pods refuse the revision of the spec."""
    return f"revision {facts.revisions.refused}: {facts.revisions.refusal}"


def untried(facts: Facts) -> str:
    """Return why the golden cases of the spec have not been tried; empty if they could be."""
    if not facts.revisions.untried:
        return ""
    return (
        f"the workers' image knows no golden cases: revision {facts.revisions.serving} is built and not tried; change "
        "the image with kubectl-scoring upgrade or spec.pod.image"
    )


def outside(facts: Facts) -> Verdict | None:
    """Return why pods have not joined the group, if it is for something outside of them."""
    found = lanes.outside(facts.reports)
    if not found:
        return None
    pod, status = found[0]
    reason = Reason(status.held) if status.held in _KNOWN else Reason.WORKERS_HELD
    told = f"{len(found)} of {facts.wanted} pods have not joined the group, e.g. {pod}: {_words(status, reason)}"
    return Verdict("False", reason, told)


def _words(status: WorkerStatus, reason: Reason) -> str:
    if reason is Reason.WORKERS_HELD:
        return ": ".join(filter(None, (status.held, status.held_message)))
    return status.held_message or status.held
