"""What a condition may say: a closed list of reasons, each documented."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Every reason that a condition may carry; closed."""

    ALL_PARTITIONS_SCORED = "AllPartitionsScored"
    """Available: each partition has a pod that scores it."""
    CHILD_DELAYED = "ChildDelayed"
    """A child could not be written for now; it is tried again."""
    INVALID_SPEC = "InvalidSpec"
    """Stalled: the spec cannot be read; the message names the field."""
    LANES_HELD = "LanesHeld"
    """A worker holds a partition back; the message says why."""
    LANES_INITIALISING = "LanesInitialising"
    """A worker has just got a partition and looks for its offset."""
    LANES_STALLED = "LanesStalled"
    """A partition has records and makes no progress."""
    MANIFEST_REFUSED = "ManifestRefused"
    """Stalled: the API server refuses a child; the message is its."""
    MORE_PODS_THAN_PARTITIONS = "MorePodsThanPartitions"
    """ScalingLimited: `spec.replicas` exceeds the partitions; only as many pods run."""
    NAME_TAKEN = "NameTaken"
    """Stalled: an object of a child's name belongs to somebody else."""
    NO_READY_PODS = "NoReadyPods"
    """No pod is ready."""
    NO_VERIFIED_REVISION = "NoVerifiedRevision"
    """No pod has verified a revision yet."""
    NOT_STALLED = "NotStalled"
    """Nothing waits for a person."""
    PARTITIONS_UNASSIGNED = "PartitionsUnassigned"
    """A partition has no pod."""
    PARTITIONS_UNKNOWN = "PartitionsUnknown"
    """No pod knows the input topic's partitions yet."""
    PODS_STARTING = "PodsStarting"
    """Fewer pods are ready, or more exist, than are wanted."""
    REVISION_PENDING = "RevisionPending"
    """The revision of the spec is not served by every ready pod yet."""
    ROLLOUT_IN_PROGRESS = "RolloutInProgress"
    """Pods of the former template still run."""
    ROLLOUT_STUCK = "RolloutStuck"
    """Stalled: the Deployment has made no progress for its deadline."""
    SCALED_TO_ZERO = "ScaledToZero"
    """`spec.replicas` is 0: nothing is scored, offsets are kept."""
    SETTLED = "Settled"
    """Nothing is left to do."""
    SPEC_ACCEPTED = "SpecAccepted"
    """Accepted: the spec can be read and the cluster takes what follows from it."""
    SPEC_REALISED = "SpecRealised"
    """Ready: what runs is what the spec says."""
    STATUS_UNREACHABLE = "StatusUnreachable"
    """A ready pod does not answer when asked for its status."""
    WEIGHTS_REJECTED = "WeightsRejected"
    """Stalled: a pod refuses the revision of the spec; the former one scores on."""
    WITHIN_PARTITIONS = "WithinPartitions"
    """ScalingLimited is False: every pod asked for can have a partition."""


class Verdict(NamedTuple):
    """What one condition says."""

    status: str
    """`True`, `False` or `Unknown`."""
    reason: Reason
    message: str
