"""When each alert fires, when it does not, and that it resolves: series over time, as Prometheus would have them.

Unless a case says otherwise an hour is well, an hour is not, and two are well again; a sample a minute.
"""

from typing import Final, NamedTuple

from harness.rules import Expected, Labels, Story, counter, gauge, selector

NAMESPACE: Final = "shop"
HERE: Final = {"namespace": NAMESPACE}
PIPELINE: Final = {**HERE, "pipeline": "wallets"}
PARTITION: Final = {"topic": "in", "partition": "3"}
DAY: Final = 1440
"""Minutes."""
HALF_HOUR: Final = 30
DAY_S: Final = 86400

Series = dict[str, str]


class Case(NamedTuple):
    """An alert, and what becomes of it."""

    alert: str
    labels: Labels
    """Of the alert when it fires, besides its own."""
    fires: tuple[Series, ...]
    """Each is well, is not, and is well again."""
    quiet: dict[str, Series]
    """What must not fire, by what it is."""
    minutes: tuple[int, int, int] = (55, 115, 235)
    """When it does not fire yet, does, and does no more."""
    step: int = 1
    """Minutes between two samples."""
    quiet_from: int = 0
    """The minute from which on what is quiet is."""

    def stories(self, own: Labels) -> list[Story]:
        """Return what promtool is to judge; `own` are the labels of the alert's rule."""
        before, during, after = self.minutes
        firing = [{**self.labels, **own}]
        moments = ((before, []), (during, firing), (after, []))
        told = [Story(series, [Expected(at, self.alert, labels) for at, labels in moments]) for series in self.fires]
        times = range(self.quiet_from, after + 1, 5 * self.step)
        return told + [Story(series, [Expected(at, self.alert, []) for at in times]) for series in self.quiet.values()]


def hour(well: float | None, ill: float | None) -> str:
    """Return a gauge that is not well for an hour."""
    return gauge((well, 60), (ill, 60), (well, 120))


def bursts(rate: float) -> str:
    """Return a counter that grows by so much a minute for an hour, and else does not."""
    return counter((0, 60), (rate, 60), (0, 120))


def steady(rate: float) -> str:
    """Return a counter that grows by so much a minute."""
    return counter((rate, 240))


def operator(metric: str, /, *, pod: str = "operator-0", **labels: str) -> str:
    """Return a series of an operator's process."""
    return selector(metric, **HERE, job="scoring-operator", pod=pod, **labels)


def worker(metric: str, /, *, pod: str = "a", **labels: str) -> str:
    """Return a series of a pod of the pipeline."""
    return selector(metric, **PIPELINE, job="scoring-worker", pod=pod, **labels)


def up(values: str, *, pod: str = "a", job: str = "scoring-worker") -> Series:
    """Return whether a pod could be scraped."""
    return {selector("up", **PIPELINE, job=job, pod=pod): values}


def conditions(*, namespace: str = NAMESPACE, **values: str) -> Series:
    """Return conditions of the pipeline as both processes of the operator show them; those not named are False.

    Scraping has moved the pipeline's own namespace to `exported_namespace`.
    """
    false = gauge((0, 240))
    types = {kind: values.get(kind, false) for kind in ("Available", "Ready", "Reconciling", "Stalled")}
    which = {"exported_namespace": namespace, "name": "wallets", "status": "True"}
    return {
        operator("scoring_operator_resource_condition", pod=pod, **which, type=kind): shown
        for pod in ("operator-0", "operator-1")
        for kind, shown in {**types, **values}.items()
    }


def reconciles(*, succeeded: str, failed: str) -> Series:
    """Return reconciles by how they ended."""
    ours = {"controller": "scoringpipeline"}
    return {
        operator("controller_runtime_reconcile_total", **ours, result="requeue_after"): succeeded,
        operator("controller_runtime_reconcile_total", **ours, result="error"): failed,
        operator("controller_runtime_reconcile_errors_total", **ours): failed,
    }


def panics(values: str) -> Series:
    """Return reconciles that met a fault of ours."""
    return {operator("controller_runtime_reconcile_panics_total", controller="scoringpipeline"): values}


def delivered(*, scored: str, rejected: str = "") -> Series:
    """Return delivered records by outcome."""
    values = {"scored": scored, "rejected": rejected or counter((0, 240))}
    return {worker("scorer_records_total", outcome=outcome): count for outcome, count in values.items()}


def lag(partition: str, values: str) -> Series:
    """Return what waits in a partition."""
    return {worker("scorer_partition_lag_records", topic="in", partition=partition): values}


def serving(pod: str, revision: str, values: str) -> Series:
    """Return which revision a pod serves."""
    return {worker("scorer_revision_info", pod=pod, revision=revision, role="serving"): values}


def tried(*, records: str, errors: str) -> Series:
    """Return what a candidate makes of its share."""
    return {
        worker("scorer_candidate_records_total", revision="r2", outcome="scored"): records,
        worker("scorer_candidate_errors_total", revision="r2", reason="exception"): errors,
    }


def drifted(*, psi: str, ks: str, pod: str = "a") -> Series:
    """Return how far a feature is from its reference."""
    return {
        worker("scorer_drift_psi", pod=pod, feature="ret_std"): psi,
        worker("scorer_drift_ks", pod=pod, feature="ret_std"): ks,
    }


def fresh(*, all_: str, in_time: str, edge: str = "30") -> Series:
    """Return how many records were scored, and how many of them in time."""
    return {
        worker("scorer_end_to_end_latency_seconds_count"): all_,
        worker("scorer_end_to_end_latency_seconds_bucket", le=edge): in_time,
        worker("scorer_end_to_end_latency_seconds_bucket", le="0.3"): counter((0, 1)),
    }


def complete(*, scored: str, lost: str) -> Series:
    """Return how many records were scored and how many were lost."""
    return {**delivered(scored=scored), worker("scorer_records_expired_unread_total"): lost}


def days(well: float, ill: float) -> str:
    """Return a counter of five days, the middle ones of which are not well, a sample every half hour."""
    return counter((well, DAY), (ill, 3 * DAY), (well, DAY), step=HALF_HOUR)


def stale(*runs: tuple[float, int]) -> Series:
    """Return for how many changes the status is behind over five days, the middle ones of which are these runs."""
    return {operator("scoring_operator_generation_lag"): gauge((0, DAY), *runs, (0, DAY), step=HALF_HOUR)}


SLOW: Final = (DAY - 60, 4 * DAY - 60, 5 * DAY - 60)
"""When a story of five days is well, is not, and is well again."""

OPERATOR: Final = (
    Case(
        "ScoringOperatorDown",
        HERE,
        fires=({operator("scoring_operator_build_info", version="1"): hour(1, None)},),
        quiet={
            "one of two processes": {
                operator("scoring_operator_build_info", version="1"): hour(1, None),
                operator("scoring_operator_build_info", version="1", pod="operator-1"): gauge((1, 240)),
            },
            "a restart": {operator("scoring_operator_build_info", version="1"): gauge((1, 60), (None, 4), (1, 176))},
        },
    ),
    Case(
        "ScoringOperatorNoLeader",
        HERE,
        fires=(
            {
                operator("scoring_operator_leader"): gauge((1, 60), (0, 180)),
                operator("scoring_operator_leader", pod="operator-1"): gauge((0, 120), (1, 120)),
            },
        ),
        quiet={
            "a take-over": {
                operator("scoring_operator_leader"): gauge((1, 60), (0, 180)),
                operator("scoring_operator_leader", pod="operator-1"): gauge((0, 61), (1, 179)),
            }
        },
    ),
    Case(
        "ScoringOperatorReconcileErrors",
        HERE,
        fires=(reconciles(succeeded=steady(10), failed=bursts(2)),),
        quiet={
            "one burst": reconciles(succeeded=steady(10), failed=counter((0, 60), (20, 1), (0, 179))),
            "a small share": reconciles(succeeded=steady(100), failed=bursts(2)),
            "a few, and nothing else": reconciles(succeeded=counter((0, 240)), failed=bursts(0.3)),
        },
    ),
    Case(
        "ScoringOperatorReconcileCrash",
        HERE,
        fires=(panics(counter((0, 60), (1, 1), (0, 179))),),
        minutes=(55, 65, 235),
        quiet={
            "one long ago": panics(counter((0, 240), start=3)),
            "errors": {**panics(counter((0, 240))), **reconciles(succeeded=steady(1), failed=steady(1))},
        },
    ),
    Case(
        "ScoringOperatorWatchStale",
        HERE,
        fires=(
            {
                operator("scoring_operator_watch_late_seconds"): gauge((0, 240)),
                operator("scoring_operator_watch_late_seconds", pod="operator-1"): gauge(
                    (0, 60), *[(0, 1), (20, 1), (40, 1)] * 20, (0, 120)
                ),
            },
        ),
        quiet={
            "once, mended by a restart": {
                operator("scoring_operator_watch_late_seconds"): gauge((0, 60), (40, 2), (0, 178))
            },
            "a little all the time": {operator("scoring_operator_watch_late_seconds"): gauge((5, 240))},
        },
    ),
    Case(
        "ScoringOperatorQueueStuck",
        HERE,
        fires=(
            {
                operator("scoring_operator_oldest_unreconciled_seconds"): hour(1, 200),
                operator("scoring_operator_oldest_unreconciled_seconds", pod="operator-1"): gauge((0, 240)),
            },
        ),
        quiet={
            "the first minutes of a new leader": {
                operator("scoring_operator_oldest_unreconciled_seconds"): gauge((0, 60), (200, 4), (0, 176))
            }
        },
    ),
    Case(
        "ScoringDriftFight",
        {**HERE, "kind": "Deployment"},
        fires=({operator("scoring_operator_child_drift_total", kind="Deployment", action="repaired"): bursts(1)},),
        quiet={
            "somebody trying something": {
                operator("scoring_operator_child_drift_total", kind="Deployment", action="repaired"): counter(
                    (None, 60), (1, 8), (0, 172)
                )
            },
            "a few of each kind": {
                operator("scoring_operator_child_drift_total", kind=kind, action="recreated"): counter(
                    (0, 60), (1, 6), (0, 174)
                )
                for kind in ("Deployment", "Service", "ConfigMap")
            },
        },
    ),
    Case(
        "ScoringPipelineNotReady",
        PIPELINE | {"type": "Ready"},
        fires=(
            conditions(Ready=hour(1, 0), Reconciling=hour(0, 1), Available=gauge((1, 240))),
            conditions(Ready=hour(1, 0), Stalled=hour(0, 1), Available=gauge((1, 240))),
        ),
        quiet={
            "suspended": conditions(),
            "paused": conditions(Stalled=hour(0, 1), Ready=hour(1, 0), ReconciliationPaused=hour(0, 1)),
            "a rollout": conditions(
                Ready=gauge((1, 60), (0, 14), (1, 166)), Reconciling=gauge((0, 60), (1, 14), (0, 166))
            ),
        },
    ),
    Case(
        "ScoringPipelineNotAvailable",
        PIPELINE | {"type": "Available"},
        fires=(
            conditions(Available=hour(1, 0), Ready=hour(1, 0), Reconciling=hour(0, 1)),
            conditions(Available=hour(1, 0), Ready=hour(1, 0), Stalled=hour(0, 1)),
        ),
        quiet={
            "suspended": conditions(),
            "on its way to a suspension": conditions(Reconciling=gauge((0, 60), (1, 2), (0, 178))),
            "refused weights": conditions(Available=gauge((1, 240)), Stalled=hour(0, 1)),
        },
    ),
    Case(
        "ScoringPipelineStatusStale",
        HERE,
        fires=(
            {
                operator("scoring_operator_generation_lag"): hour(0, 1),
                operator("scoring_operator_generation_lag", pod="operator-1"): hour(0, 1),
            },
        ),
        quiet={"a take-over": {operator("scoring_operator_generation_lag"): gauge((0, 60), (2, 4), (0, 176))}},
    ),
    Case(
        "ScoringPipelinePausedLong",
        PIPELINE | {"type": "ReconciliationPaused"},
        fires=(conditions(ReconciliationPaused=gauge((0, 60), (1, 26 * 60), (0, 120), step=5)),),
        quiet={"a day's work": conditions(ReconciliationPaused=gauge((0, 60), (1, 23 * 60), (0, 300), step=5))},
        minutes=(55, 60 + 25 * 60, 60 + 26 * 60 + 115),
        step=5,
    ),
)

WORKERS: Final = (
    Case(
        "ScoringScorerDown",
        PIPELINE,
        fires=(up(gauge((1, 240))) | up(hour(1, 0), pod="b"),),
        quiet={
            "a restart": up(gauge((1, 60), (0, 4), (1, 176))),
            "a pod that has gone": up(hour(1, None)) | up(gauge((1, 240)), pod="b"),
            "somebody else's target": up(hour(1, 0), job="shop/own"),
        },
    ),
    Case(
        "ScoringLagSecondsHigh",
        PIPELINE,
        fires=(
            {
                worker("scorer_partition_lag_seconds", **PARTITION): gauge((0, 60), (400, 52), (None, 128)),
                worker("scorer_partition_lag_seconds", pod="b", **PARTITION): gauge((None, 112), (400, 8), (0, 120)),
            },
        ),
        quiet={
            "a rebalance": {worker("scorer_partition_lag_seconds", **PARTITION): gauge((0, 60), (400, 4), (0, 176))},
            "a little": {worker("scorer_partition_lag_seconds", **PARTITION): gauge((250, 240))},
        },
    ),
    Case(
        "ScoringLagGrowingForecast",
        PIPELINE,
        fires=(
            lag("0", counter((0, 60), (100, 60), (-50, 120)))
            | lag("1", gauge((7, 240)))
            | delivered(scored=steady(10)),
        ),
        quiet={
            "a short burst": lag("0", counter((0, 60), (400, 5), (-400, 5), (0, 170))) | delivered(scored=steady(10)),
            "another partition becomes known": lag("0", gauge((10, 240)))
            | lag("1", gauge((None, 60), (5000, 180)))
            | delivered(scored=steady(10)),
            "a partition is not known for a while": lag("0", gauge((10, 240)))
            | lag("1", gauge((5000, 60), (None, 60), (5000, 120)))
            | delivered(scored=steady(10)),
            "much waits and does not grow": lag("0", counter((1, 240), start=9000)) | delivered(scored=steady(10)),
            "little for so fast a pipeline": lag("0", counter((10, 240))) | delivered(scored=steady(6000)),
        },
    ),
    Case(
        "ScoringPartitionStalled",
        PIPELINE | PARTITION,
        fires=(
            {
                worker("scorer_partition_stalled", **PARTITION): gauge((0, 60), (1, 54), (None, 126)),
                worker("scorer_partition_stalled", pod="b", **PARTITION): gauge((None, 114), (1, 6), (0, 120)),
            },
        ),
        quiet={"helps itself": {worker("scorer_partition_stalled", **PARTITION): gauge((0, 60), (1, 2), (0, 178))}},
    ),
    Case(
        "ScoringPartitionHeld",
        PIPELINE | {"reason": "OutputUnavailable"},
        fires=(
            {
                worker("scorer_partition_held", topic="in", partition=partition, reason="OutputUnavailable"): hour(
                    None, 1
                )
                for partition in ("0", "1")
            },
        ),
        quiet={
            "drains": {worker("scorer_partition_held", **PARTITION, reason="Draining"): gauge((1, 240))},
            "soon goes on": {
                worker("scorer_partition_held", **PARTITION, reason="BrokersUnreachable"): gauge(
                    (None, 60), (1, 4), (None, 176)
                )
            },
        },
    ),
    Case(
        "ScoringDataExpiredUnread",
        PIPELINE,
        fires=(
            {worker("scorer_records_expired_unread_total"): counter((0, 60), (5, 1), (0, 179))},
            {worker("scorer_records_expired_unread_total", pod="b"): gauge((None, 60), (7, 180))},
        ),
        minutes=(55, 62, 235),
        quiet={
            "a new pod": {worker("scorer_records_expired_unread_total"): gauge((None, 60), (0, 180))},
            "told long ago": {worker("scorer_records_expired_unread_total"): gauge((7, 240))},
        },
        quiet_from=20,
    ),
    Case(
        "ScoringRejectionsHigh",
        PIPELINE,
        fires=(delivered(scored=steady(90), rejected=bursts(10)),),
        quiet={
            "one burst": delivered(scored=steady(10), rejected=counter((0, 60), (200, 1), (0, 179))),
            "a small share": delivered(scored=steady(98), rejected=bursts(2)),
            "a large share of next to nothing": delivered(scored=steady(1), rejected=bursts(1)),
        },
    ),
    Case(
        "ScoringDeadLettersRefused",
        PIPELINE | {"reason": "oversize"},
        fires=(
            {worker("scorer_dlq_failures_total", reason="oversize"): gauge((None, 70), (1, 170))},
            {worker("scorer_dlq_failures_total", reason="oversize"): counter((0, 70), (1, 2), (0, 168), start=3)},
        ),
        minutes=(65, 75, 235),
        quiet={"told long ago": {worker("scorer_dlq_failures_total", reason="oversize"): gauge((3, 240))}},
        quiet_from=65,
    ),
    Case(
        "ScoringRebalanceStorm",
        PIPELINE,
        fires=({worker("scorer_rebalances_total"): bursts(2)},),
        quiet={
            "a rollout": {worker("scorer_rebalances_total"): counter((0, 60), (2, 10), (0, 170))},
            "fifteen pods, one each": {
                worker("scorer_rebalances_total", pod=str(pod)): bursts(0.5) for pod in range(15)
            },
        },
    ),
    Case(
        "ScoringCommitFailures",
        PIPELINE,
        fires=({worker("scorer_commit_failures_total"): bursts(1)},),
        quiet={
            "one burst": {worker("scorer_commit_failures_total"): counter((0, 60), (20, 1), (0, 179))},
            "two": {worker("scorer_commit_failures_total"): counter((0, 60), (1, 2), (0, 178))},
        },
    ),
    Case(
        "ScoringFencedRepeatedly",
        PIPELINE,
        fires=(
            {
                worker("scorer_fenced_total"): bursts(0.3),
                worker("scorer_fenced_total", pod="b"): bursts(0.3),
            },
        ),
        quiet={"two": {worker("scorer_fenced_total"): counter((0, 60), (1, 2), (0, 178))}},
    ),
    Case(
        "ScoringRevisionMismatchAcrossPods",
        PIPELINE,
        fires=(
            serving("a", "r1", gauge((1, 240))) | serving("b", "r1", hour(1, None)) | serving("b", "r2", hour(None, 1)),
        ),
        quiet={
            "a change": serving("a", "r1", gauge((1, 60), (None, 180)))
            | serving("a", "r2", gauge((None, 60), (1, 180)))
            | serving("b", "r1", gauge((1, 63), (None, 177)))
            | serving("b", "r2", gauge((None, 63), (1, 177))),
            "one revision": serving("a", "r1", gauge((1, 240))) | serving("b", "r1", gauge((1, 240))),
        },
    ),
    Case(
        "ScoringWeightsRefused",
        PIPELINE | {"revision": "r2"},
        fires=(
            serving("a", "r1", gauge((1, 240)))
            | {worker("scorer_revision_info", revision="r2", role="refused"): hour(None, 1)},
        ),
        quiet={
            "a moment": {
                worker("scorer_revision_info", revision="r2", role="refused"): gauge((None, 60), (1, 1), (None, 179))
            },
            "all serve": serving("a", "r1", gauge((1, 240))) | serving("b", "r2", gauge((1, 240))),
        },
    ),
    Case(
        "ScoringCandidateFailing",
        PIPELINE | {"revision": "r2"},
        fires=(tried(records=steady(95), errors=bursts(5)),),
        quiet={
            "one burst": tried(records=steady(95), errors=counter((0, 60), (95, 1), (0, 179))),
            "hardly ever": tried(records=steady(1000), errors=bursts(5)),
            "of next to nothing": tried(records=steady(5), errors=bursts(1)),
        },
    ),
    Case(
        "ScoringFeatureDrift",
        PIPELINE | {"feature": "ret_std"},
        fires=(
            drifted(psi=hour(0.1, 0.8), ks=hour(0.5, 2.5)),
            drifted(psi=hour(None, 0.8), ks=hour(None, 2.5))
            | drifted(pod="b", psi=gauge((0.1, 240)), ks=gauge((0.4, 240))),
        ),
        quiet={
            "large, of few windows": drifted(psi=gauge((0.74, 240)), ks=gauge((0.66, 240))),
            "no chance, and small": drifted(psi=gauge((0.05, 240)), ks=gauge((3, 240))),
            "a large one in one pod and a sure one in another": drifted(psi=gauge((0.8, 240)), ks=gauge((0.5, 240)))
            | drifted(pod="b", psi=gauge((0.1, 240)), ks=gauge((2, 240))),
            "a quarter of an hour": drifted(
                psi=gauge((0.1, 60), (0.8, 15), (0.1, 165)), ks=gauge((0.5, 60), (2.5, 15), (0.5, 165))
            ),
        },
    ),
    Case(
        "ScoringCertificateExpiresSoon",
        PIPELINE | {"kind": "certificate"},
        fires=(
            {
                worker("scorer_credentials_not_after_timestamp_seconds", kind="certificate"): gauge(
                    (30 * DAY_S, 60), (10 * DAY_S, 120), (100 * DAY_S, 120)
                ),
                worker("scorer_credentials_not_after_timestamp_seconds", pod="b", kind="certificate"): gauge(
                    (100 * DAY_S, 300)
                ),
            },
        ),
        minutes=(55, 175, 295),
        quiet={
            "a renewal on its way": {
                worker("scorer_credentials_not_after_timestamp_seconds", kind="ca"): gauge(
                    (15 * DAY_S, 60), (10 * DAY_S, 50), (100 * DAY_S, 190)
                )
            },
            "two weeks and a day": {
                worker("scorer_credentials_not_after_timestamp_seconds", kind="ca"): gauge((15 * DAY_S, 300))
            },
        },
    ),
)

SLOS: Final = (
    Case(
        "ScoringFreshnessBurnFast",
        PIPELINE,
        fires=(
            fresh(all_=steady(100), in_time=counter((100, 60), (80, 60), (100, 120))),
            fresh(all_=steady(100), in_time=counter((100, 60), (93, 60), (100, 120)), edge="30.0"),
        ),
        quiet={
            "next to no traffic": fresh(all_=steady(2), in_time=counter((0, 240))),
            "as promised": fresh(all_=steady(1000), in_time=steady(996)),
            "two minutes": fresh(all_=steady(100), in_time=counter((100, 60), (50, 2), (100, 178))),
        },
    ),
    Case(
        "ScoringFreshnessBurnSlow",
        PIPELINE,
        fires=(fresh(all_=days(100, 100), in_time=days(100, 99)),),
        quiet={
            "as promised": fresh(all_=days(100, 100), in_time=days(100, 99.7)),
            "next to no traffic": fresh(all_=days(0.1, 0.1), in_time=days(0.1, 0)),
        },
        minutes=SLOW,
        step=HALF_HOUR,
    ),
    Case(
        "ScoringCompletenessBurnFast",
        PIPELINE,
        fires=(complete(scored=steady(100), lost=bursts(1)),),
        quiet={
            "next to no traffic": complete(scored=steady(2), lost=steady(1)),
            "as promised": complete(scored=steady(100_000), lost=steady(1)),
        },
    ),
    Case(
        "ScoringCompletenessBurnSlow",
        PIPELINE,
        fires=(complete(scored=days(100, 100), lost=days(0, 0.02)),),
        quiet={
            "as promised": complete(scored=days(100, 100), lost=days(0, 0.005)),
            "next to no traffic": complete(scored=days(0.1, 0.1), lost=days(0, 0.1)),
        },
        minutes=SLOW,
        step=HALF_HOUR,
    ),
    Case(
        "ScoringControlPlaneBurnFast",
        HERE,
        fires=({operator("scoring_operator_generation_lag"): hour(0, 1)},),
        quiet={
            "installed a moment ago": {
                operator("scoring_operator_generation_lag"): gauge((None, 210), (1, 10), (0, 20))
            },
            "a change every hour": {operator("scoring_operator_generation_lag"): gauge(*[(0, 59), (1, 1)] * 4)},
        },
    ),
    Case(
        "ScoringControlPlaneBurnSlow",
        HERE,
        fires=(stale(*[(0, 150), (1, 30)] * 24),),
        quiet={
            "installed a moment ago": {
                operator("scoring_operator_generation_lag"): gauge(
                    (None, 4 * DAY), (1, 60), (0, DAY - 60), step=HALF_HOUR
                )
            },
            "once in three days": stale((0, 2 * DAY), (1, 30), (0, DAY - 30)),
        },
        minutes=SLOW,
        step=HALF_HOUR,
    ),
)

CASES: Final = (*OPERATOR, *WORKERS, *SLOS)
