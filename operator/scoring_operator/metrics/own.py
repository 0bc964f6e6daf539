"""Families of this product: what controller-runtime has no name for, and the same in one vocabulary."""

from typing import Final

from scoring_operator.metrics.controller_runtime import EDGES_S
from scoring_operator.metrics.family import Family, Kind

P: Final = "scoring_operator_"
OPT_IN: Final = "unless `SCORING_RESOURCE_METRICS` is true"
LATE_EDGES_S: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)

OWN_RECONCILES: Final = Family(
    f"{P}reconcile_total",
    Kind.COUNTER,
    "reconciles",
    "Reconciles by result: success, error (retried), crash (a fault of ours, retried)",
    "Do reconciles get through?",
    ("kind", "result"),
    absent="before the first of its result",
)
OWN_RECONCILE_ERRORS: Final = Family(
    f"{P}reconcile_errors_total",
    Kind.COUNTER,
    "reconciles",
    "Failed reconciles by the class of their error: ClusterUnavailable, Conflict, NotLeading, …",
    "Why do reconciles fail?",
    ("reason",),
    absent="before the first of its reason",
)
OWN_RECONCILE_SECONDS: Final = Family(
    f"{P}reconcile_duration_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long reconciles took",
    "Are reconciles slow?",
    edges=EDGES_S,
)
QUEUE_DEPTH: Final = Family(
    f"{P}queue_depth",
    Kind.GAUGE,
    "pipelines",
    "Pipelines that are due and wait for a reconcile",
    "Does work pile up?",
)
QUEUE_WAIT: Final = Family(
    f"{P}queue_wait_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long pipelines that were due waited for their reconcile to begin",
    "Is there too little parallelism?",
    edges=EDGES_S,
)
OLDEST: Final = Family(
    f"{P}oldest_unreconciled_seconds",
    Kind.GAUGE,
    "seconds",
    "How long the pipeline that waits longest has been due",
    "Is any pipeline left lying?",
)
RESOURCES: Final = Family(
    f"{P}resources",
    Kind.GAUGE,
    "pipelines",
    "Pipelines by condition and its status: True, False or Unknown; those without the condition are in none",
    "How many pipelines are not Ready, not Available, Stalled?",
    ("kind", "condition", "status"),
    absent="for a condition that no pipeline has",
)
RESOURCE_CONDITION: Final = Family(
    f"{P}resource_condition",
    Kind.GAUGE,
    "1",
    "1 for the status that a condition of a pipeline has, 0 for the others",
    "Which pipeline is not Ready?",
    ("namespace", "name", "type", "status"),
    absent=f"{OPT_IN}: it has 30 series for each pipeline",
)
SCALING_DECISIONS: Final = Family(
    f"{P}scaling_decisions",
    Kind.GAUGE,
    "pipelines",
    "Pipelines by the reason of the present decision on their replicas, as in status.scaling",
    "Which autoscalers act, rest, are blind or have stepped back?",
    ("reason",),
    absent="for a reason that no pipeline has, and of pipelines in mode Disabled",
)
SCALINGS: Final = Family(
    f"{P}scalings_total",
    Kind.COUNTER,
    "writes",
    "Writes of spec.replicas by direction: up or down",
    "Do replicas go up and down?",
    ("direction",),
)
DESIRED_REPLICAS: Final = Family(
    f"{P}scaling_desired_replicas",
    Kind.GAUGE,
    "replicas",
    "Replicas that the autoscaler of a pipeline wants",
    "Does it want something else than there is? Compare with `status.replicas`.",
    ("namespace", "name"),
    absent=f"{OPT_IN}; in mode Disabled",
)
DRAIN_SECONDS: Final = Family(
    f"{P}scaling_drain_seconds",
    Kind.GAUGE,
    "seconds",
    "How long what waits would take at the present rate, as the autoscaler of a pipeline measures it",
    "Is it far from its target?",
    ("namespace", "name"),
    absent=f"{OPT_IN}; while it cannot be measured",
)
GENERATION_LAG: Final = Family(
    f"{P}generation_lag",
    Kind.GAUGE,
    "generations",
    "The most changes of one pipeline's spec that its status does not speak of yet",
    "Does the operator keep up with what people ask for?",
)
LEADER: Final = Family(f"{P}leader", Kind.GAUGE, "1", "1 while this process leads, else 0", "Who leads?")
LEADER_TRANSITIONS: Final = Family(
    f"{P}leader_transitions_total",
    Kind.COUNTER,
    "changes",
    "Changes of the leader that this process has seen",
    "Do leaders come and go?",
)
WATCH_LAST_EVENT: Final = Family(
    f"{P}watch_last_event_timestamp_seconds",
    Kind.GAUGE,
    "seconds since 1970",
    "When a watch last showed an object of a resource",
    "Are watches alive? That of `leases` moves every two seconds, while there is a leader.",
    ("resource",),
    absent="before the first object of its resource",
)
WATCH_RESTARTS: Final = Family(
    f"{P}watch_restarts_total",
    Kind.COUNTER,
    "lists",
    "Times that a watch had to list its resource again from the start, by reason: listed_again is all that can be told",
    "Are watches cut off for longer than the API server remembers?",
    ("reason",),
)
WATCH_LATE: Final = Family(
    f"{P}watch_late_seconds",
    Kind.GAUGE,
    "seconds",
    "For how long a version of the Lease that was read or written has not come through the watch",
    "Is the watch deaf? `/livez` fails above 30.",
)
API_REQUESTS: Final = Family(
    f"{P}api_requests_total",
    Kind.COUNTER,
    "requests",
    "Answers of the API server to all but watches; code 0 is no answer",
    "What is the API server asked for, and what does it refuse?",
    ("verb", "resource", "code"),
    absent="before the first of its labels",
)
API_REQUEST_SECONDS: Final = Family(
    f"{P}api_request_duration_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long the API server took to answer, or we to give up",
    "Is the API server slow?",
    edges=EDGES_S,
)
CHILD_DRIFT: Final = Family(
    f"{P}child_drift_total",
    Kind.COUNTER,
    "writes",
    "Children written because somebody else had changed (repaired) or deleted (recreated) them",
    "Does anybody fight the operator?",
    ("kind", "action"),
    absent="before the first of its labels",
)
ORPHANS: Final = Family(
    f"{P}orphans",
    Kind.GAUGE,
    "objects",
    "Objects of ours that no pipeline controls: their ownerReferences were taken away, or their pipeline was orphaned",
    "Is something left behind?",
)
PAUSED: Final = Family(
    f"{P}paused_pipelines",
    Kind.GAUGE,
    "pipelines",
    "Pipelines whose reconciliation a person has paused: nothing of them is repaired",
    "Has somebody forgotten to let the operator go on?",
)
FOREIGN: Final = Family(
    f"{P}foreign_pipelines",
    Kind.GAUGE,
    "pipelines",
    "Pipelines that this operator sees and leaves to another release",
    "Do two releases see the same pipelines?",
)
STATUS_CONFLICTS: Final = Family(
    f"{P}status_write_conflicts_total",
    Kind.COUNTER,
    "writes",
    "Writes of a status that met a newer version of the pipeline and were decided on again",
    "Do two writers meet?",
)
LOOP_LAG: Final = Family(
    f"{P}event_loop_lag_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How late the event loop woke up, measured once a second",
    "Is the process starved, or stuck in something that does not wait? `/livez` fails above 5.",
    edges=LATE_EDGES_S,
)
BUILD_INFO: Final = Family(
    f"{P}build_info", Kind.GAUGE, "1", "1, with the version of the operator", "Which version runs where?", ("version",)
)

OWN: Final = (
    OWN_RECONCILES,
    OWN_RECONCILE_ERRORS,
    OWN_RECONCILE_SECONDS,
    QUEUE_DEPTH,
    QUEUE_WAIT,
    OLDEST,
    RESOURCES,
    RESOURCE_CONDITION,
    SCALING_DECISIONS,
    SCALINGS,
    DESIRED_REPLICAS,
    DRAIN_SECONDS,
    GENERATION_LAG,
    LEADER,
    LEADER_TRANSITIONS,
    WATCH_LAST_EVENT,
    WATCH_RESTARTS,
    WATCH_LATE,
    API_REQUESTS,
    API_REQUEST_SECONDS,
    CHILD_DRIFT,
    ORPHANS,
    PAUSED,
    FOREIGN,
    STATUS_CONFLICTS,
    LOOP_LAG,
    BUILD_INFO,
)
