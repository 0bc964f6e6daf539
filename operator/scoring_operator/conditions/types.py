"""The types of conditions: a closed list, each documented. kstatus knows Ready, Reconciling and Stalled."""

from enum import StrEnum


class Condition(StrEnum):
    """What is judged."""

    AVAILABLE = "Available"
    """Every partition is scored on some verified revision. What lasts less than a minute (a rebalance, a silent pod)
    does not change it. Alerts use it."""
    READY = "Ready"
    """Available, and exactly what the spec says: generation, template and revision. A rebalance or a changed number of
    pods of less than a minute does not change it."""
    RECONCILING = "Reconciling"
    """It is on its way to what the spec says, by itself."""
    STALLED = "Stalled"
    """It is not on its way: a person must change something. Never True together with Reconciling."""
    ACCEPTED = "Accepted"
    """The spec can be read, and the cluster takes what follows from it."""
    WEIGHTS_VERIFIED = "WeightsVerified"
    """What the spec says of the scorer can be built and passes its golden cases, on every ready pod."""
    KAFKA_REACHABLE = "KafkaReachable"
    """The pods hear from the brokers; Unknown while no pod can tell."""
    SCALING_ACTIVE = "ScalingActive"
    """The operator decides on `spec.replicas`, by the partitions or by the load that it measures, and tells in
    `status.scaling`. What keeps it from measuring for less than five minutes does not change it."""
    SCALING_LIMITED = "ScalingLimited"
    """More pods are asked for than the input topic has partitions: only as many run."""
    RECONCILIATION_PAUSED = "ReconciliationPaused"
    """A person has told the operator to write nothing but status: `scoring.dev/reconcile: paused`."""
