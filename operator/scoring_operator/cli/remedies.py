"""What a person can do about a reason that a condition gives: the answer to `explain`'s last question."""

from typing import Final

from scoring_operator.conditions import Reason

REMEDIES: Final = {
    Reason.BROKERS_UNREACHABLE: (
        "compare spec.kafka.bootstrapServers with the brokers' addresses, and see whether a NetworkPolicy or TLS is in "
        "the way; it goes on by itself once they answer"
    ),
    Reason.CASES_UNTRIED: "give the workers a newer image: kubectl-scoring upgrade NAME",
    Reason.CONFLICT: "rename or delete the objects that have the names, or give the pipeline another one",
    Reason.CREDENTIALS_INVALID: (
        "see what the brokers say of this user, and put the right password or certificate into the Secret; it is "
        "picked up live"
    ),
    Reason.CREDENTIALS_MISSING: "create the Secret, or the key of it, that the message names; it is picked up live",
    Reason.FAILURE_BUDGET_EXCEEDED: (
        "look at the failure topic; then change the scorer or spec.delivery.failureBudget, or go on: kubectl-scoring "
        "resume NAME"
    ),
    Reason.INVALID_SPEC: "change the field that the message names: kubectl-scoring lint FILE tells more",
    Reason.LANES_STALLED: "see the log of the pod that has the partition; a restart of the pod takes it elsewhere",
    Reason.MANIFEST_REFUSED: "change what the API server refuses: a field of spec.pod, or a policy of the cluster",
    Reason.NOT_AUTHORISED: "give the user what the message names: kubectl-scoring acls FILE prints all of it",
    Reason.NO_READY_PODS: "see what keeps the pods from being ready",
    Reason.NO_VERIFIED_REVISION: "see what the pods say: one of them must build the first revision",
    Reason.OFFSETS_LOST: (
        "set spec.input.onOffsetsLost to Earliest or Latest, or give the group offsets: kubectl-scoring reset NAME"
    ),
    Reason.OUTPUT_UNAVAILABLE: "create the output topic, or give it enough replicas in sync; it goes on by itself",
    Reason.PRODUCER_FENCED: (
        "find who else writes with this group's transactional ids: another cluster with the same clusterId, or a "
        "worker outside of Kubernetes"
    ),
    Reason.RECONCILIATION_PAUSED: "kubectl annotate scoringpipeline NAME scoring.dev/reconcile-",
    Reason.ROLLOUT_STUCK: "see what keeps the new pods from being ready, and change it",
    Reason.SCALED_TO_ZERO: "kubectl scale scoringpipeline NAME --replicas=1",
    Reason.SUSPENDED: "kubectl-scoring resume NAME",
    Reason.UNKNOWN_FIELDS: "upgrade the operator: the definition of ScoringPipelines is newer than it",
    Reason.WEIGHTS_REJECTED: (
        "change the parameter or the golden case that the message names, or go back: kubectl-scoring rollback NAME"
    ),
}
"""Reasons for which something is to be done; the others pass by themselves."""


def remedy(reason: str) -> str:
    """Return what to do about a reason; empty if it passes by itself, or this version does not know it."""
    return next((said for known, said in REMEDIES.items() if known == reason), "")
