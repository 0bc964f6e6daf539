"""What a condition may say: a closed list of reasons, each documented."""

from enum import StrEnum
from typing import Final, NamedTuple


class Reason(StrEnum):
    """Every reason that a condition may carry; closed.

    Each docstring names the conditions that say it, and what it means. Ready and Reconciling repeat the reason of
    whatever keeps the pipeline from being what its spec says; they are named only where nobody else says it.
    """

    ALL_PARTITIONS_SCORED = "AllPartitionsScored"
    """Available: each partition has a pod that scores it."""
    AUTOSCALING_DISABLED = "AutoscalingDisabled"
    """ScalingActive: `spec.autoscaling.mode` is `Disabled`: a person or another autoscaler decides on replicas."""
    BROKERS_ANSWER = "BrokersAnswer"
    """KafkaReachable: a pod knows the input topic from the brokers."""
    BROKERS_UNREACHABLE = "BrokersUnreachable"
    """Available, KafkaReachable: a pod gets no answer from the brokers. It goes on by itself once they are back."""
    CASES_UNTRIED = "CasesUntried"
    """Stalled, WeightsVerified: the spec has golden cases, and the workers' image is too old to know them. Upgrade the
     image."""
    CHILD_DELAYED = "ChildDelayed"
    """Ready: a child could not be written for now; the message says why. It is tried again."""
    CONFLICT = "Conflict"
    """Accepted, Stalled: objects of the children's names belong to somebody else; the message names them all.
    Delete them, or give the pipeline another name."""
    CREDENTIALS_INVALID = "CredentialsInvalid"
    """Available: the brokers refuse the name, the password or the certificate, or a file of them cannot be read.
    Mend the Secret: it is read again without a restart."""
    CREDENTIALS_MISSING = "CredentialsMissing"
    """Available: a Secret, or a key of it, is not there; the message names both. Create it: it is read without a
    restart."""
    FAILURE_BUDGET_EXCEEDED = "FailureBudgetExceeded"
    """Stalled: more records of a partition would fail than `spec.delivery.failureBudget` allows. Change the scorer
    or the budget, or go on with `kubectl-scoring resume`."""
    FOREIGN_AUTOSCALER = "ForeignAutoscaler"
    """ScalingActive: another autoscaler writes the scale subresource, so this one steps back; the message names it.
    Delete it and set another number with `kubectl scale`, or set `spec.autoscaling.mode` to `Disabled`."""
    INVALID_SPEC = "InvalidSpec"
    """Accepted, ScalingActive, Stalled, WeightsVerified: the spec cannot be read; the message names the
    field. What ran before runs on."""
    LANES_HELD = "LanesHeld"
    """Available: a worker holds partitions back; the message says which and why."""
    LANES_INITIALISING = "LanesInitialising"
    """Available: a worker has just got a partition and looks for its offset."""
    LANES_STALLED = "LanesStalled"
    """Available: a partition has records and makes no progress. The worker rebuilds its client, then restarts."""
    LOAD_UNKNOWN = "LoadUnknown"
    """ScalingActive: the load cannot be measured, so replicas stay; the message begins with the reason that
    `status.scaling` has."""
    MANIFEST_REFUSED = "ManifestRefused"
    """Accepted, Stalled: the API server refuses a child; the message is its. Change the spec."""
    MORE_PODS_THAN_PARTITIONS = "MorePodsThanPartitions"
    """ScalingLimited: `spec.replicas` exceeds the partitions; only as many pods run."""
    NO_POD_KNOWS = "NoPodKnows"
    """KafkaReachable: no pod runs, or none has asked the brokers yet."""
    NO_READY_PODS = "NoReadyPods"
    """Available: no pod is ready."""
    NO_VERIFIED_REVISION = "NoVerifiedRevision"
    """Available: no pod has verified a revision yet."""
    NOT_AUTHORISED = "NotAuthorised"
    """Available: the brokers know the client and refuse what it needs; the message names the missing permission.
    Grant it: it is tried again."""
    NOT_PAUSED = "NotPaused"
    """ReconciliationPaused: the operator writes what follows from the spec."""
    NOT_STALLED = "NotStalled"
    """Stalled: nothing waits for a person."""
    OFFSETS_LOST = "OffsetsLost"
    """Stalled: the group has committed before and the brokers know none of its offsets any more. Set
    `spec.input.onOffsetsLost`, or give the group offsets."""
    OUTPUT_UNAVAILABLE = "OutputUnavailable"
    """Available: an output topic is missing or forbidden, or has too few replicas. It goes on by itself once it is
    there."""
    PARTITIONS_UNASSIGNED = "PartitionsUnassigned"
    """Available: partitions have no pod."""
    PARTITIONS_UNKNOWN = "PartitionsUnknown"
    """Available, ScalingLimited: no pod knows the input topic's partitions yet."""
    PODS_STARTING = "PodsStarting"
    """Ready: fewer pods are ready, or more exist, than are wanted."""
    PRODUCER_FENCED = "ProducerFenced"
    """Available: somebody else writes with this pipeline's transactional ids. Find who it is: another cluster with
    the same group, say."""
    RECONCILIATION_PAUSED = "ReconciliationPaused"
    """ReconciliationPaused, ScalingActive, Stalled: the annotation `scoring.dev/reconcile` is `paused`, so nothing is
    written but this status. Remove the annotation to go on."""
    REPLICAS_DECIDED = "ReplicasDecided"
    """ScalingActive: the operator decides on replicas; `status.scaling` says on how many, and why."""
    REVISION_PENDING = "RevisionPending"
    """WeightsVerified: the revision of the spec, or its golden cases, are not verified on every ready pod
    yet."""
    ROLLOUT_IN_PROGRESS = "RolloutInProgress"
    """Ready: pods of the former template still run."""
    ROLLOUT_STUCK = "RolloutStuck"
    """Stalled: the Deployment has made no progress for 300 s; the message says what its pods lack, if they say so.
    Mend that, or change the spec back."""
    SCALED_TO_ZERO = "ScaledToZero"
    """Available: `spec.replicas` is 0. Offsets are kept for as long as the brokers do."""
    SETTLED = "Settled"
    """Reconciling: nothing is left to do."""
    SPEC_ACCEPTED = "SpecAccepted"
    """Accepted: the spec can be read and the cluster takes what follows from it."""
    SPEC_REALISED = "SpecRealised"
    """Ready: what runs is what the spec says."""
    STATUS_UNREACHABLE = "StatusUnreachable"
    """Available: a ready pod that may hold partitions does not answer when asked for its status."""
    SUSPENDED = "Suspended"
    """Available, ScalingActive, ScalingLimited: `spec.suspend` is true. Offsets are kept for as long as the
    brokers do."""
    UNKNOWN_FIELDS = "UnknownFields"
    """Accepted, Stalled: the definition is newer than this operator, which does not know fields of the spec; the
    message names them. All the rest of the spec is done. Upgrade the operator."""
    WEIGHTS_REJECTED = "WeightsRejected"
    """Stalled, WeightsVerified: a pod cannot build the revision of the spec, or it misses a golden case; the
    message names it. The former revision scores on."""
    WEIGHTS_TRIED = "WeightsTried"
    """WeightsVerified: every ready pod has built the revision of the spec, and its golden cases hold there."""
    WITHIN_PARTITIONS = "WithinPartitions"
    """ScalingLimited: every pod asked for can have a partition."""
    WORKERS_HELD = "WorkersHeld"
    """Available: a pod has not joined the group, for a reason that this operator does not know yet; the message
    says it."""


AT_REST: Final = (Reason.SCALED_TO_ZERO, Reason.SUSPENDED)
"""Reasons for which nothing is scored because a person wants it so."""


class Verdict(NamedTuple):
    """What one condition says."""

    status: str
    """`True`, `False` or `Unknown`."""
    reason: Reason
    message: str
