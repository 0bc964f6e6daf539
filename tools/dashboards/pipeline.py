"""The dashboard of one pipeline: is it fresh, what does it reject, what serves, what do its pods take."""

from typing import Final

from tools.dashboards.panels import RATE, Dashboard, Panel, Query, Section, processes, quantiles, variable
from tools.dashboards.thresholds import threshold

UID: Final = "scoring-pipeline"
ONE: Final = 'namespace="$namespace", pipeline="$pipeline"'
REJECTED: Final = ', outcome="rejected"'


def _rate(metric: str, by: str = "", more: str = "") -> str:
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{{{ONE}{more}}}[{RATE}]))"


FRESHNESS: Final = Section(
    "Freshness",
    [
        Panel(
            "Age of what was scored last",
            [Query(f"max(scorer_partition_lag_seconds{{{ONE}}})", "oldest partition")],
            "s",
            "Of the partition that is furthest behind. Unknown lag has no series: it is never zero by mistake.",
            threshold=threshold("ScoringLagSecondsHigh", "seconds"),
        ),
        Panel(
            "Lag",
            [Query(f"sum by (partition) (scorer_partition_lag_records{{{ONE}}})", "partition {{partition}}")],
            "short",
            "Records that are not delivered yet, by partition.",
        ),
        Panel(
            "From a record's timestamp to its score",
            quantiles("scorer_end_to_end_latency_seconds", ONE),
            "s",
            "Until the brokers have acknowledged the output.",
            threshold=30,
        ),
        Panel(
            "Partitions that are held or stalled",
            [
                Query(f"sum by (reason) (scorer_partition_held{{{ONE}}})", "held: {{reason}}"),
                Query(f"sum(scorer_partition_stalled{{{ONE}}})", "stalled"),
            ],
            "short",
            "Held ones say why; a stalled one has records, brokers that answer, and no progress.",
            fills_gaps=True,
        ),
        Panel(
            "Partitions that pods have",
            [
                Query(f"sum(scorer_assigned_partitions{{{ONE}}})", "assigned"),
                Query(f"count(scorer_build_info{{{ONE}}})", "pods"),
            ],
            "short",
            "Beside the pods that are scraped.",
        ),
        Panel(
            "Rebalances",
            [Query(f"sum(increase(scorer_rebalances_total{{{ONE}}}[10m]))", "in ten minutes")],
            "short",
            "Assignments that pods received from the group.",
            threshold=threshold("ScoringRebalanceStorm", "rebalances"),
            fills_gaps=True,
        ),
    ],
)

THROUGHPUT: Final = Section(
    "Records",
    [
        Panel(
            "Records by outcome",
            [
                Query(_rate("scorer_records_total", "outcome"), "{{outcome}}"),
                Query(_rate("scorer_records_consumed_total"), "consumed"),
            ],
            "ops",
            "Delivered records, counted when the brokers have acknowledged them, and those taken over.",
        ),
        Panel(
            "Rejections by reason",
            [Query(_rate("scorer_record_errors_total", "reason, stage"), "{{reason}} ({{stage}})")],
            "ops",
            "What reasons mean stands in docs/delivery.md.",
            fills_gaps=True,
        ),
        Panel(
            "Share that is rejected",
            [Query(f"{_rate('scorer_records_total', more=REJECTED)} / {_rate('scorer_records_total')}", "rejected")],
            "percentunit",
            "Of all delivered records.",
            threshold=threshold("ScoringRejectionsHigh", "share"),
        ),
        Panel(
            "Time of a step",
            [
                Query(high.expression, f"{stage} p99")
                for stage in ("score", "deliver", "commit")
                for _, high in [quantiles("scorer_process_duration_seconds", f'{ONE}, stage="{stage}"')]
            ],
            "s",
            "Scoring of one call, delivery of one batch, one commit.",
        ),
        Panel(
            "Dead letters",
            [
                Query(_rate("scorer_dlq_records_total", "reason"), "{{reason}}"),
                Query(_rate("scorer_dlq_failures_total", "reason"), "refused: {{reason}}"),
            ],
            "ops",
            "Written, and refused by the brokers for their size.",
            fills_gaps=True,
        ),
        Panel(
            "Trouble with brokers",
            [
                Query(_rate("scorer_produce_retries_total"), "deliveries tried again"),
                Query(_rate("scorer_commit_failures_total"), "commits that failed"),
                Query(_rate("scorer_txn_aborted_total"), "transactions aborted"),
                Query(_rate("scorer_fenced_total"), "fenced"),
                Query(_rate("scorer_records_expired_unread_total"), "records expired unread"),
            ],
            "ops",
            "All of it is zero on a good day.",
            fills_gaps=True,
        ),
    ],
)

REVISIONS: Final = Section(
    "Weights",
    [
        Panel(
            "Revisions on pods",
            [Query(f"count by (revision, role) (scorer_revision_info{{{ONE}}})", "{{role}} {{revision}}")],
            "short",
            "Pods by the revision that they serve, or refuse.",
        ),
        Panel(
            "Conditions",
            [
                Query(
                    'max by (type) (scoring_operator_resource_condition{exported_namespace="$namespace", '
                    'name="$pipeline", status="True"})',
                    "{{type}}",
                )
            ],
            "short",
            "1 where one is True. The operator exports them with monitoring.rules.enabled.",
        ),
        Panel(
            "Score differences of the candidate",
            [
                Query(
                    f"sum by (le) (rate(scorer_candidate_score_delta_bucket{{{ONE}}}[{RATE}]))",
                    "at most {{le}}",
                )
            ],
            "ops",
            "Shadow: the candidate's score less the serving one's, as a share of the score's range; cumulative.",
        ),
        Panel(
            "Rank correlation of the candidate",
            [Query(f"avg by (revision) (scorer_candidate_rank_correlation{{{ONE}}})", "{{revision}}")],
            "short",
            "Spearman's, over the last 1,000 compared records of each pod.",
        ),
        Panel(
            "What the candidate makes of records",
            [
                Query(_rate("scorer_candidate_records_total", "revision, outcome"), "{{outcome}}"),
                Query(_rate("scorer_candidate_errors_total", "revision, reason"), "alone failed: {{reason}}"),
            ],
            "ops",
            "The serving revision answers whatever the candidate does.",
            fills_gaps=True,
        ),
        Panel(
            "Time that the candidate costs",
            [Query(_rate("scorer_candidate_seconds_total", "revision"), "{{revision}}")],
            "percentunit",
            "Seconds of scoring per second, all pods together.",
            fills_gaps=True,
        ),
        Panel(
            "Drift of features",
            [
                Query(f"max by (feature) (scorer_drift_psi{{{ONE}}})", "{{feature}}: stability index"),
                Query(f"max by (feature) (scorer_drift_ks{{{ONE}}})", "{{feature}}: share of the critical value"),
            ],
            "short",
            "Of scorers with a reference: both above their limits is drift, see the alert ScoringFeatureDrift.",
        ),
        Panel(
            "Keys with windows",
            [
                Query(f"sum by (pod) (scorer_window_keys{{{ONE}}})", "{{pod}}"),
                Query(
                    f"sum by (pod) (scorer_window_keys_on_several_partitions{{{ONE}}})",
                    "{{pod}}, on several partitions",
                ),
            ],
            "short",
            "Of scorers that keep windows of earlier records.",
        ),
    ],
)

PODS: Final = Section(
    "Pods",
    [
        *processes(ONE),
        Panel(
            "How late the event loop is",
            quantiles("scorer_event_loop_lag_seconds", ONE),
            "s",
            "Heartbeats and probes are answered there.",
        ),
        Panel(
            "In flight",
            [Query(f"sum by (pod) (scorer_in_flight_records{{{ONE}}})", "{{pod}}")],
            "short",
            "Records taken over and not delivered.",
        ),
        Panel(
            "Requests for scores",
            [Query(_rate("scorer_api_requests_total", "code"), "{{code}}")],
            "ops",
            "By status code, where spec.api is set.",
            fills_gaps=True,
        ),
        Panel(
            "Credentials end in",
            [Query(f"min by (kind) (scorer_credentials_not_after_timestamp_seconds{{{ONE}}}) - time()", "{{kind}}")],
            "s",
            "Until the first certificate in use expires.",
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    UID,
    "Scoring: one pipeline",
    "Whether a ScoringPipeline is fresh, what it rejects, which weights serve, and what its pods take.",
    [
        variable("namespace", "Namespace", "label_values(scorer_build_info, namespace)", many=False),
        variable(
            "pipeline", "Pipeline", 'label_values(scorer_build_info{namespace="$namespace"}, pipeline)', many=False
        ),
    ],
    [FRESHNESS, THROUGHPUT, REVISIONS, PODS],
)
