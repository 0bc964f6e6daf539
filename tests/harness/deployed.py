"""The sample pipeline on a real cluster, with an operator from the chart, as a person sees it through kubectl."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import OPERATOR_IMAGE, SERVICE_IMAGE, Cluster
from harness.kafka import Broker
from harness.state import REPOSITORY
from harness.topics import unique

NAME = "wallet-reputation"
RELEASE = "scoring-operator"
CHILDREN = "deployments,replicasets,pods,services,configmaps,serviceaccounts,poddisruptionbudgets,networkpolicies"
OF_PIPELINE = f"scoring.dev/pipeline={NAME}"


class Deployed:
    """One namespace with an operator and at most one pipeline."""

    def __init__(self, cluster: Cluster, namespace: str, broker: Broker) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.broker = broker
        self.input, self.success, self.failure = (unique(stem) for stem in ("wallets", "scores", "failures"))
        self.manifest: dict[str, Any] = yaml.safe_load((REPOSITORY / f"manifests/{NAME}.yaml").read_text())
        self.weights: dict[str, tuple[float, float]] = {}
        """Of liquidity provision and trading, by revision: for the oracle."""
        spec = self.manifest["spec"]
        spec["kafka"]["bootstrapServers"] = [broker.pod_bootstrap]
        spec["input"]["topic"] = self.input
        spec["output"] = {"successTopic": self.success, "failureTopic": self.failure}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl in the namespace and return what it prints."""
        return self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)

    def apply(self) -> None:
        """Apply the manifest as it stands."""
        self.kubectl("apply", "--validate=strict", "-f", "-", stdin=yaml.safe_dump(self.manifest))

    def status(self) -> dict[str, Any]:
        """Return the status of the pipeline; empty before there is one."""
        status: dict[str, Any] = self.cluster.get(self.namespace, "scoringpipeline", NAME).get("status", {})
        return status

    def conditions(self) -> dict[str, str]:
        """Return the conditions by type."""
        return {condition["type"]: condition["status"] for condition in self.status().get("conditions", [])}

    def pods(self) -> list[dict[str, Any]]:
        """Return the worker pods that are not on their way out."""
        pods: list[dict[str, Any]] = self.cluster.get(self.namespace, "pods", "-l", OF_PIPELINE)["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def reports(self) -> list[dict[str, Any]]:
        """Return the `/status` of every pod that answers."""
        reports = []
        for pod in self.pods():
            try:
                body = self.cluster.http(self.namespace, pod["metadata"]["name"], 9090, "/status")
            except RuntimeError:  # it has not begun to listen, or has just stopped
                continue
            reports.append(json.loads(body))
        return reports

    def ready_partitions(self) -> list[list[int]]:
        """Return the partitions that each pod scores now."""
        return [
            sorted(lane["partition"] for lane in report["lanes"] if lane["state"] == "Ready")
            for report in self.reports()
        ]

    def serving(self) -> list[str]:
        """Return the revision that each pod serves."""
        return [report["serving"] for report in self.reports()]

    def lag(self) -> int | None:
        """Return the records that all pods together still have to score; None while one does not know."""
        lanes = [lane for report in self.reports() for lane in report["lanes"]]
        if any(lane.get("lastStableOffset") is None or lane.get("position") is None for lane in lanes):
            return None
        lag: int = sum(lane["lastStableOffset"] - lane["position"] for lane in lanes)
        return lag

    def live_file(self) -> str:
        """Return `scorer.json` as the ConfigMap has it."""
        content: str = self.cluster.get(self.namespace, f"configmap/{NAME}-live")["data"]["scorer.json"]
        return content

    def write_live_file(self, content: str) -> None:
        """Write `scorer.json` behind the operator's back."""
        patch = json.dumps({"data": {"scorer.json": content}})
        self.kubectl("patch", f"configmap/{NAME}-live", "--type=merge", "-p", patch)

    def scale_operator(self, replicas: int) -> None:
        """Ask for so many pods of the operator: 0 stops it, 1 starts it again."""
        self.kubectl("scale", "deployment/scoring-operator", f"--replicas={replicas}")

    def operator_pods(self) -> list[str]:
        """Return the pods of the operator, those on their way out included."""
        return self.kubectl("get", "pods", "-l", "app.kubernetes.io/name=scoring-operator", "-o", "name").split()

    def restarts(self) -> Counter[str]:
        """Return the restarts by pod; a pod that was replaced has another name."""
        return Counter(
            {
                pod["metadata"]["name"]: sum(c["restartCount"] for c in pod["status"].get("containerStatuses", []))
                for pod in self.pods()
            }
        )

    def children(self) -> list[str]:
        """Return kind and name of everything the pipeline owns, pods included."""
        return self.kubectl("get", CHILDREN, "-l", OF_PIPELINE, "-o", "name").split()


@contextmanager
def operator(
    cluster: Cluster, namespace: str, image: str = OPERATOR_IMAGE, repository: Path = REPOSITORY
) -> Iterator[None]:
    """Have the operator of the chart in a namespace, from the image built here; both may be of another revision."""
    # the definition outlives a release, so a cluster that is used again has it from the release of a former test
    _helm(cluster, namespace, "install", image, repository, "--take-ownership")
    try:
        yield
    finally:
        cluster.helm("-n", namespace, "uninstall", RELEASE, "--wait", "--timeout=60s")


def upgrade(cluster: Cluster, namespace: str) -> None:
    """Replace chart and image by those of this revision; return when all pods of the operator are the new ones."""
    _helm(cluster, namespace, "upgrade", OPERATOR_IMAGE, REPOSITORY, "--reset-values")
    cluster.kubectl("-n", namespace, "rollout", "status", f"deployment/{RELEASE}", "--timeout=90s")


def values(image: str = OPERATOR_IMAGE) -> list[str]:
    """Return the options with which Helm installs the images that were built here."""
    repository, _, tag = image.partition(":")
    said = {
        "image.repository": repository,
        "image.tag": tag,
        "image.pullPolicy": "Never",
        "workers.image": SERVICE_IMAGE,
        "workers.pullPolicy": "Never",
    }
    return [f"--set-string={name}={value}" for name, value in said.items()]


def _helm(cluster: Cluster, namespace: str, verb: str, image: str, source: Path, *options: str) -> None:
    chart = str(source / "charts/scoring-operator")
    cluster.helm("-n", namespace, verb, RELEASE, chart, "--wait", "--timeout=90s", *options, *values(image))
