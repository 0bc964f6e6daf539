"""`helm test` on a real cluster, with both Helms: it passes where the operator works, else it says what does not."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest

from harness import deployed, topics
from harness import helm as helm_
from harness.chart import CHART
from harness.cluster import Cluster
from harness.deployed import RELEASE
from harness.helm import Helm
from harness.kafka import Broker
from harness.prerequisites import needed

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

HOOKS: Final = "pods,serviceaccounts,roles,rolebindings,configmaps,scoringpipelines"
OF_TEST: Final = "app.kubernetes.io/name=scoring-operator-test"
LABEL: Final = ("-l", OF_TEST)


class Installed(NamedTuple):
    """A release with brokers for its test."""

    cluster: Cluster
    helm: Helm
    namespace: str

    def test(self, *options: str) -> str:
        """Run the test; return what Helm says."""
        return self.helm("-n", self.namespace, "test", RELEASE, "--timeout=280s", *options)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl in the namespace."""
        return self.cluster.kubectl("-n", self.namespace, *arguments)

    def left(self) -> list[str]:
        """Return what a test has left."""
        return self.kubectl("get", HOOKS, *LABEL, "-o", "name").split()


@pytest.fixture(scope="module", params=[4, 3], ids=lambda major: f"helm{major}")
def release(request: pytest.FixtureRequest, cluster: Cluster, kafka: Broker) -> Iterator[Installed]:
    with needed():
        helm = helm_.obtain(request.param, cluster.kubeconfig)
    brokers = f"--set-json=test.bootstrapServers={json.dumps([kafka.pod_bootstrap])}"
    with cluster.namespace("tested") as namespace:
        options = ("--wait", "--timeout=90s", "--take-ownership", brokers, *deployed.values())
        helm("-n", namespace, "install", RELEASE, CHART, *options)
        try:
            yield Installed(cluster, helm, namespace)
        finally:
            helm("-n", namespace, "uninstall", RELEASE, "--wait", "--timeout=60s")


def test_it_passes_where_a_pipeline_scores_and_leaves_nothing(release: Installed, kafka: Broker) -> None:
    said = release.test()

    assert "Phase:          Succeeded" in said
    assert release.left() == []
    scores = asyncio.run(topics.read(kafka.bootstrap, "scoring-operator-test-scores"))
    assert release.namespace.encode() in b"".join(value for score in scores for _, value in score.headers)


def test_without_an_operator_it_fails_and_says_why(release: Installed) -> None:
    changed = ("--reuse-values", "--set=replicas=0", "--set-json=test.bootstrapServers=[]")
    release.helm("-n", release.namespace, "upgrade", RELEASE, CHART, *changed)

    with pytest.raises(RuntimeError, match=r"(?i)failed"):
        release.test()

    log = release.kubectl("logs", f"{RELEASE}-test", "-c", "verify")
    assert log.splitlines()[0] == "ok      ScoringPipelines are served"
    lease = f"{release.namespace}/{release.namespace}.{RELEASE}"
    assert re.search(
        rf"nobody holds the Lease {lease}|the Lease {lease} is of .* there is no pod", log.splitlines()[-1]
    )
    assert release.left() == [f"pod/{RELEASE}-test"]
