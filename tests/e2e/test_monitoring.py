"""A real Prometheus finds, scrapes and judges a release by the chart's own monitors, rules and dashboards.

The tests of this module follow one pipeline; each leaves it Ready for the next.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from harness import chart, deployed, prometheus, prometheus_operator, topics
from harness.cluster import Cluster
from harness.dashboards import asked
from harness.deployed import NAME, RELEASE, Deployed
from harness.kafka import Broker
from harness.prerequisites import needed
from harness.prometheus import Prometheus
from harness.waiting import eventually
from harness.wallets import AS_OF, a_swap, a_wallet, encoded
from scoring_service import generate

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS: Final = 3
PODS: Final = 2
RECORDS: Final = 400
WITHIN_S: Final = 90
AT_ONCE: Final = ("ScoringOperatorDown", "ScoringPartitionHeld", "ScoringWeightsRefused")
CHOSEN: Final = ("var-namespace={{ $labels.namespace }}", "var-pipeline={{ $labels.pipeline }}")
MONITORING: Final = {
    "podMonitor": {"enabled": True, "interval": "1s"},
    "rules": {
        "enabled": True,
        "interval": "1s",
        "dashboardUrl": "https://grafana.example/d/scoring-pipeline?" + "&".join(CHOSEN),
        "thresholds": {name: {"for": "0s"} for name in AT_ONCE},
    },
    "dashboards": {"enabled": True},
}
CASE: Final = {
    "name": "single-swap",
    "asOf": AS_OF,
    "inputs": [json.loads(encoded(a_wallet(a_swap())))],
    "expect": [{"zscore": "188.000000000000000000"}],
}
QUIET: Final = {
    "Score differences of the candidate",
    "Rank correlation of the candidate",
    "What the candidate makes of records",
    "Time that the candidate costs",
    "Drift of features",
    "Keys with windows",
    "Requests for scores",
    "Credentials end in",
    "Dead letters",
}
"""Panels of what this pipeline has not."""


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """A release with all of its monitoring, in a namespace of its own."""
    with prometheus_operator.defined(cluster), cluster.namespace("monitoring") as name:
        options = ["--wait", "--timeout=90s", "--take-ownership", f"--set-json=monitoring={json.dumps(MONITORING)}"]
        cluster.helm("-n", name, "install", RELEASE, str(chart.CHART), *options, *deployed.values())
        try:
            yield name
        finally:
            cluster.helm("-n", name, "uninstall", RELEASE, "--wait", "--timeout=60s")


@pytest.fixture(scope="module")
def pipeline(cluster: Cluster, namespace: str, kafka: Broker) -> Deployed:
    """The sample with a golden case and a failure budget, Ready."""
    sample = Deployed(cluster, namespace, kafka)
    sample.manifest["spec"]["goldenCases"] = [CASE]
    sample.manifest["spec"]["delivery"] = {"failureBudget": {"percent": 50, "window": "1m"}}
    asyncio.run(topics.create(kafka.bootstrap, sample.input, sample.success, sample.failure, partitions=PARTITIONS))
    sample.apply()
    sample.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
    return sample


@pytest.fixture(scope="module")
def judge(
    cluster: Cluster, namespace: str, pipeline: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus, by the objects that the release has put into the cluster."""
    monitors = cluster.get(namespace, "podmonitors.monitoring.coreos.com")["items"]
    (rules,) = cluster.get(namespace, "prometheusrules.monitoring.coreos.com")["items"]
    scrapes = [prometheus.scrape_config(monitor, cluster.kubeconfig) for monitor in monitors]
    with needed(), prometheus.running(scrapes, rules, tmp_path_factory.mktemp("prometheus")) as found:
        yield found


def dashboards(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    """Return the dashboards that the release has put into the cluster."""
    maps = cluster.get(namespace, "configmaps", "-l", "grafana_dashboard=1")["items"]
    return [json.loads(text) for one in maps for text in one["data"].values()]


async def test_it_finds_and_scrapes_every_process_of_the_operator_and_every_worker(
    judge: Prometheus, pipeline: Deployed
) -> None:
    def seen() -> Counter[tuple[str, str, str]]:
        return Counter(
            (target["labels"]["job"], target["labels"].get("pipeline", ""), target["health"])
            for target in judge.targets()
        )

    wanted = {("scoring-operator", "", "up"): 2, ("scoring-worker", NAME, "up"): PODS}
    await eventually(seen, lambda found: found == wanted, within_s=WITHIN_S)


async def test_every_query_of_the_dashboards_is_answered_and_those_about_what_there_is_have_data(
    judge: Prometheus, cluster: Cluster, namespace: str, pipeline: Deployed
) -> None:
    wallets = [topics.Record(wallet.value, wallet.key) for wallet in generate.wallets(RECORDS, seed=1)]
    await topics.produce(pipeline.broker.bootstrap, pipeline.input, wallets)
    filled = {"namespace": namespace, "operator": namespace, "pipeline": NAME, "__rate_interval": "30s"}
    drawn = [panel for board in dashboards(cluster, namespace) for panel in asked(board, filled)]

    def empty() -> set[str]:
        return {panel.title for panel in drawn if not panel.is_quiet and not judge.query(panel.expression)} - QUIET

    assert drawn
    assert await eventually(empty, lambda found: not found, within_s=WITHIN_S) == set()


async def test_weights_that_are_refused_fire_their_alert_which_leads_to_the_pipeline_until_they_are_taken_back(
    judge: Prometheus, pipeline: Deployed
) -> None:
    weights = pipeline.manifest["spec"]["scorer"]["walletReputation"]["weights"]
    before = weights["trading"]

    weights["trading"] = 0.04
    pipeline.apply()
    await eventually(judge.firing, lambda firing: "ScoringWeightsRefused" in firing, within_s=WITHIN_S)
    (link,) = judge.said("ScoringWeightsRefused", "dashboard_url")
    assert link.endswith(f"/d/scoring-pipeline?var-namespace={pipeline.namespace}&var-pipeline={NAME}")
    weights["trading"] = before
    pipeline.apply()
    await eventually(judge.firing, lambda firing: "ScoringWeightsRefused" not in firing, within_s=WITHIN_S)


async def test_a_partition_that_is_held_fires_its_alert_until_a_person_lets_it_go_on(
    judge: Prometheus, pipeline: Deployed
) -> None:
    rubbish = [topics.Record(b"rubbish", b"%d" % number) for number in range(RECORDS)]
    await topics.produce(pipeline.broker.bootstrap, pipeline.input, rubbish)
    await eventually(judge.firing, lambda firing: "ScoringPartitionHeld" in firing, within_s=WITHIN_S)
    pipeline.kubectl("annotate", f"scoringpipeline/{NAME}", "scoring.dev/resume=once")
    await eventually(judge.firing, lambda firing: "ScoringPartitionHeld" not in firing, within_s=WITHIN_S)


async def test_an_operator_that_is_gone_fires_its_alert_until_it_is_back(judge: Prometheus, pipeline: Deployed) -> None:
    assert "ScoringOperatorDown" not in judge.firing()

    pipeline.scale_operator(0)
    await eventually(judge.firing, lambda firing: "ScoringOperatorDown" in firing, within_s=WITHIN_S)
    pipeline.scale_operator(2)
    await eventually(judge.firing, lambda firing: "ScoringOperatorDown" not in firing, within_s=WITHIN_S)
