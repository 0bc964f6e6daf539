"""The dashboard of a fleet: which pipelines need somebody, and whether their operator does its work."""

from typing import Final

from tools.dashboards import pipeline
from tools.dashboards.panels import RATE, Dashboard, Panel, Query, Section, processes, quantiles, variable
from tools.dashboards.thresholds import threshold

UID: Final = "scoring-fleet"
HERE: Final = 'namespace=~"$namespace"'
"""Of workers: where the pipelines are."""
OPERATOR: Final = 'namespace=~"$operator"'
"""Of the operator: where its release is."""
EACH: Final = "{{namespace}}/{{pipeline}}"


def _counted(condition: str, status: str) -> str:
    selected = f'{OPERATOR}, condition="{condition}", status="{status}"'
    return f"sum(max by (namespace, kind) (scoring_operator_resources{{{selected}}}))"


OVERVIEW: Final = Section(
    "Pipelines",
    [
        Panel(
            "Ready", [Query(_counted("Ready", "True"))], "short", "What runs is what their specs say.", "stat", width=4
        ),
        Panel(
            "Not available",
            [Query(_counted("Available", "False"))],
            "short",
            "Partitions are not scored.",
            "stat",
            threshold=1,
            width=4,
            fills_gaps=True,
        ),
        Panel(
            "Stalled",
            [Query(_counted("Stalled", "True"))],
            "short",
            "Somebody must change something.",
            "stat",
            threshold=1,
            width=4,
            fills_gaps=True,
        ),
        Panel(
            "Paused",
            [Query(f"sum(max by (namespace) (scoring_operator_paused_pipelines{{{OPERATOR}}}))")],
            "short",
            "By the annotation scoring.dev/reconcile.",
            "stat",
            width=4,
            fills_gaps=True,
        ),
        Panel(
            "Records scored",
            [Query(f'sum(rate(scorer_records_total{{{HERE}, outcome="scored"}}[{RATE}]))')],
            "ops",
            "By all pipelines.",
            "stat",
            width=4,
        ),
        Panel(
            "Pods",
            [Query(f"count(scorer_build_info{{{HERE}}})")],
            "short",
            "Workers that are scraped.",
            "stat",
            width=4,
        ),
        Panel(
            "Age of what was scored last",
            [Query(f"max by (namespace, pipeline) (scorer_partition_lag_seconds{{{HERE}}})", EACH)],
            "s",
            "Of the partition of each pipeline that is furthest behind.",
            threshold=threshold("ScoringLagSecondsHigh", "seconds"),
        ),
        Panel(
            "Lag",
            [Query(f"sum by (namespace, pipeline) (scorer_partition_lag_records{{{HERE}}})", EACH)],
            "short",
            "Records that are not delivered yet.",
        ),
        Panel(
            "Records scored, by pipeline",
            [
                Query(
                    f'sum by (namespace, pipeline) (rate(scorer_records_total{{{HERE}, outcome="scored"}}[{RATE}]))',
                    EACH,
                )
            ],
            "ops",
            "Counted when the brokers have acknowledged them.",
        ),
        Panel(
            "Share that is rejected",
            [
                Query(
                    f'sum by (namespace, pipeline) (rate(scorer_records_total{{{HERE}, outcome="rejected"}}[{RATE}]))'
                    f" / sum by (namespace, pipeline) (rate(scorer_records_total{{{HERE}}}[{RATE}]))",
                    EACH,
                )
            ],
            "percentunit",
            "Of all delivered records.",
            threshold=threshold("ScoringRejectionsHigh", "share"),
        ),
        Panel(
            "Partitions held or stalled",
            [
                Query(f"sum by (namespace, pipeline) (scorer_partition_held{{{HERE}}})", f"{EACH} held"),
                Query(f"sum by (namespace, pipeline) (scorer_partition_stalled{{{HERE}}})", f"{EACH} stalled"),
            ],
            "short",
            "Their pipeline's own dashboard says why.",
            fills_gaps=True,
        ),
        Panel(
            "Scalings",
            [
                Query(
                    f"sum by (direction) (increase(scoring_operator_scalings_total{{{OPERATOR}}}[1h]))", "{{direction}}"
                )
            ],
            "short",
            "Writes of replicas within an hour.",
            fills_gaps=True,
        ),
    ],
)

CONTROL_PLANE: Final = Section(
    "Operator",
    [
        Panel(
            "Processes, and who leads",
            [
                Query(f"count by (namespace) (scoring_operator_build_info{{{OPERATOR}}})", "{{namespace}} processes"),
                Query(f"sum by (namespace) (scoring_operator_leader{{{OPERATOR}}})", "{{namespace}} leaders"),
            ],
            "short",
            "One leads, the others wait.",
        ),
        Panel(
            "Reconciles by result",
            [
                Query(
                    f"sum by (result) (rate(controller_runtime_reconcile_total{{{OPERATOR}}}[{RATE}]))",
                    "{{result}}",
                ),
                Query(
                    f"sum(rate(controller_runtime_reconcile_panics_total{{{OPERATOR}}}[{RATE}]))", "faults of its own"
                ),
            ],
            "ops",
            "Looks at pipelines.",
        ),
        Panel(
            "Time of a reconcile",
            quantiles("controller_runtime_reconcile_time_seconds", OPERATOR),
            "s",
            "From its beginning to its end, pods asked included.",
        ),
        Panel(
            "What waits",
            [
                Query(f"max by (namespace) (workqueue_depth{{{OPERATOR}}})", "{{namespace}} pipelines due"),
                Query(
                    f"max by (namespace) (scoring_operator_oldest_unreconciled_seconds{{{OPERATOR}}})",
                    "{{namespace}} longest, s",
                ),
            ],
            "short",
            "Pipelines that are due, and for how many seconds the first of them has been.",
            threshold=threshold("ScoringOperatorQueueStuck", "seconds"),
        ),
        Panel(
            "Generations that statuses are behind",
            [Query(f"max by (namespace) (scoring_operator_generation_lag{{{OPERATOR}}})", "{{namespace}}")],
            "short",
            "Of the pipeline that is furthest behind its spec.",
        ),
        Panel(
            "How late watches are",
            [Query(f"max by (namespace) (scoring_operator_watch_late_seconds{{{OPERATOR}}})", "{{namespace}}")],
            "s",
            "For how long the Lease's watch has owed a change.",
            threshold=threshold("ScoringOperatorWatchStale", "seconds"),
        ),
        Panel(
            "Requests to the API server",
            [
                Query(
                    f"sum by (verb, code) (rate(scoring_operator_api_requests_total{{{OPERATOR}}}[{RATE}]))",
                    "{{verb}} {{code}}",
                )
            ],
            "ops",
            "By verb and status code.",
        ),
        Panel(
            "Time of a request to the API server",
            quantiles("scoring_operator_api_request_duration_seconds", OPERATOR),
            "s",
            "Watches left out.",
        ),
        Panel(
            "Drift that was repaired",
            [Query(f"sum by (kind) (increase(scoring_operator_child_drift_total{{{OPERATOR}}}[30m]))", "{{kind}}")],
            "short",
            "Objects that somebody else had changed or deleted, within half an hour.",
            threshold=threshold("ScoringDriftFight", "writes"),
            fills_gaps=True,
        ),
        Panel(
            "Watches begun anew",
            [
                Query(
                    f"sum by (reason) (increase(scoring_operator_watch_restarts_total{{{OPERATOR}}}[10m]))",
                    "{{reason}}",
                )
            ],
            "short",
            "Within ten minutes.",
            fills_gaps=True,
        ),
        *processes(f'{OPERATOR}, job="scoring-operator"'),
    ],
)

DASHBOARD: Final = Dashboard(
    UID,
    "Scoring: the fleet",
    "Which ScoringPipelines need somebody, and whether their operator does its work.",
    [
        variable("operator", "Operator in", "label_values(scoring_operator_build_info, namespace)", many=True),
        variable("namespace", "Pipelines in", "label_values(scorer_build_info, namespace)", many=True),
    ],
    [OVERVIEW, CONTROL_PLANE],
    links=[{"type": "link", "title": pipeline.DASHBOARD.title, "url": f"/d/{pipeline.UID}", "keepTime": True}],
)
