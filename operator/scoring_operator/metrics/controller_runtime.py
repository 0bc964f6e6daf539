"""Families with the names and labels of controller-runtime and client-go: their dashboards and alerts work as they are.

Those of the queue and of reconciles count in the leader alone; a standby shows zeros.
"""

from typing import Final

from scoring_operator.metrics.family import Family, Kind

CONTROLLER: Final = "scoringpipeline"
"""Value of the labels `controller` and `name`, as controller-runtime makes it of the kind."""

EDGES_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

RECONCILES: Final = Family(
    "controller_runtime_reconcile_total",
    Kind.COUNTER,
    "reconciles",
    "Reconciles by result: success, requeue_after (it asked to be called again, as all that live do), error",
    "What share of reconciles fails?",
    ("controller", "result"),
    absent="before the first of its result",
)
RECONCILE_ERRORS: Final = Family(
    "controller_runtime_reconcile_errors_total",
    Kind.COUNTER,
    "reconciles",
    "Reconciles that failed and are tried again",
    "Do reconciles fail?",
    ("controller",),
)
RECONCILE_PANICS: Final = Family(
    "controller_runtime_reconcile_panics_total",
    Kind.COUNTER,
    "reconciles",
    "Reconciles that met a fault of ours and are tried again; they count as errors as well",
    "Is there a bug? Anything above 0 is.",
    ("controller",),
)
RECONCILE_SECONDS: Final = Family(
    "controller_runtime_reconcile_time_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long reconciles took",
    "Are reconciles slow?",
    ("controller",),
    EDGES_S,
)
MAX_CONCURRENT: Final = Family(
    "controller_runtime_max_concurrent_reconciles",
    Kind.GAUGE,
    "reconciles",
    "How many pipelines may be reconciled at the same time",
    "How much could run?",
    ("controller",),
)
ACTIVE_WORKERS: Final = Family(
    "controller_runtime_active_workers",
    Kind.GAUGE,
    "reconciles",
    "How many pipelines are being reconciled",
    "Is everything that could run busy?",
    ("controller",),
)
DEPTH: Final = Family(
    "workqueue_depth",
    Kind.GAUGE,
    "pipelines",
    "Pipelines that are due and wait for a reconcile",
    "Does work pile up?",
    ("controller", "name"),
)
ADDS: Final = Family(
    "workqueue_adds_total",
    Kind.COUNTER,
    "pipelines",
    "Pipelines that became due, or due earlier than they were",
    "How much work comes in?",
    ("controller", "name"),
)
QUEUE_SECONDS: Final = Family(
    "workqueue_queue_duration_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long pipelines that were due waited for their reconcile to begin",
    "Is there too little parallelism?",
    ("controller", "name"),
    EDGES_S,
)
WORK_SECONDS: Final = Family(
    "workqueue_work_duration_seconds",
    Kind.HISTOGRAM,
    "seconds",
    "How long a pipeline that was taken from the queue was worked on",
    "Are reconciles slow?",
    ("controller", "name"),
    EDGES_S,
)
RETRIES: Final = Family(
    "workqueue_retries_total",
    Kind.COUNTER,
    "pipelines",
    "Pipelines that are due again because their reconcile failed",
    "Does the same work come again and again?",
    ("controller", "name"),
)
UNFINISHED: Final = Family(
    "workqueue_unfinished_work_seconds",
    Kind.GAUGE,
    "seconds",
    "Ages of all running reconciles together",
    "Do reconciles hang?",
    ("controller", "name"),
)
LONGEST_RUNNING: Final = Family(
    "workqueue_longest_running_processor_seconds",
    Kind.GAUGE,
    "seconds",
    "Age of the oldest running reconcile",
    "Does one hang? `/livez` fails above 120.",
    ("controller", "name"),
)
REQUESTS: Final = Family(
    "rest_client_requests_total",
    Kind.COUNTER,
    "requests",
    "Answers of the API server to all but watches, those to repeated requests included; code 0 is no answer",
    "Does the API server answer, and how much is it asked?",
    ("code", "host", "method"),
    absent="before the first of its labels",
)
MASTER_STATUS: Final = Family(
    "leader_election_master_status",
    Kind.GAUGE,
    "1",
    "1 while this process leads, by the name of the Lease",
    "Is there exactly one leader? The sum over all processes says.",
    ("name",),
)

CONTROLLER_RUNTIME: Final = (
    RECONCILES,
    RECONCILE_ERRORS,
    RECONCILE_PANICS,
    RECONCILE_SECONDS,
    MAX_CONCURRENT,
    ACTIVE_WORKERS,
    DEPTH,
    ADDS,
    QUEUE_SECONDS,
    WORK_SECONDS,
    RETRIES,
    UNFINISHED,
    LONGEST_RUNNING,
    REQUESTS,
    MASTER_STATUS,
)
