"""Whether the pods hear from the brokers: only what they say counts, the operator asks no broker."""

from scoring_operator import lanes
from scoring_operator.conditions.facts import Facts
from scoring_operator.conditions.reasons import Reason, Verdict
from scoring_service.contract.worker_status import HeldReason, WorkerStatus


def reachable(facts: Facts) -> Verdict:
    """Return whether the brokers answer, as of now."""
    answers = {report.pod.name: report.status for report in lanes.present(facts.reports) if report.status is not None}
    cut_off = [pod for pod, status in answers.items() if _is_cut_off(status)]
    if cut_off:
        told = f"{len(cut_off)} of {len(answers)} pods get no answer from the brokers, e.g. {cut_off[0]}"
        return Verdict("False", Reason.BROKERS_UNREACHABLE, told)
    knowing = sum(status.partitions is not None for status in answers.values())
    if knowing:
        return Verdict("True", Reason.BROKERS_ANSWER, f"{knowing} of {len(answers)} pods know the input topic")
    return Verdict("Unknown", Reason.NO_POD_KNOWS, "no pod has told yet what the brokers answer")


def _is_cut_off(status: WorkerStatus) -> bool:
    reasons = {status.held, *(lane.reason for lane in status.lanes)}
    return HeldReason.BROKERS_UNREACHABLE in reasons
