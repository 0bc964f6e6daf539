"""Every command by which a runbook finds out what is wrong runs against a release, and says something."""

import asyncio
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from harness import deployed, kafka_programs, prometheus_operator, runbooks, topics
from harness.cluster import SCRIPT, Cluster
from harness.commands import COMMAND, ended
from harness.deployed import NAME, RELEASE, Deployed
from harness.feed import feeding
from harness.kafka import Broker
from harness.prerequisites import needed
from harness.waiting import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTITIONS: Final = 3
REJECTED_PER_S: Final = 20
COMMANDS: Final = sorted({one for page in runbooks.RUNBOOKS for one in runbooks.diagnosis(page.read_text("utf-8"))})
QUIET: Final = {
    "kubectl -n scores get events --field-selector reason=DriftRepaired",
    "kubectl -n scores get events --field-selector type=Warning",
    "kubectl -n scores get hpa",
    "kubectl -n scores get podmonitors",
    "kubectl -n scores get scoringpipeline wallet-reputation -o jsonpath='{.spec.kafka.tls}'",
}
"""About what this release need not have: they end well and may print nothing."""


class Desk:
    """Where somebody with a runbook sits: a release that rejects records, and the programs that runbooks name."""

    def __init__(self, pipeline: Deployed, folder: Path) -> None:
        self.pipeline = pipeline
        self.worker = pipeline.pods()[0]["metadata"]["name"]
        manifest = folder / "pipeline.yaml"
        manifest.write_text(yaml.safe_dump(pipeline.manifest))
        output = pipeline.manifest["spec"]["output"]
        self._names = {
            "scores": pipeline.namespace,
            "kafka:9092": pipeline.broker.bootstrap,
            "wallet-transactions": pipeline.input,
            "wallet-scores-failure": pipeline.failure,
            "wallet-dead-letters": output["deadLetterTopic"],
            "pipeline.yaml": str(manifest),
            "POD": self.worker,
            "POD:8080": f"{pipeline.operator_pods()[0].removeprefix('pod/')}:8080",
        }

    def words(self, command: str) -> list[str]:
        """Return what is started for a command of a runbook."""
        program, *words = shlex.split(runbooks.filled(command, self._names))
        if program in kafka_programs.CLASSES:
            with needed():
                return [*kafka_programs.started(program), *words]
        return [*{"kubectl": [str(SCRIPT), "kubectl"], "kubectl-scoring": [str(COMMAND)]}[program], *words]

    async def restart_worker(self) -> None:
        """Kill a pod's processes, so that its container has a former one; return when all score and lag is known."""
        await asyncio.to_thread(self.pipeline.cluster.kill, self.pipeline.namespace, self.worker)
        await eventually(lambda: self.pipeline.restarts()[self.worker], bool, within_s=60)
        ready = ("--for=condition=Ready", f"pod/{self.worker}", f"scoringpipeline/{NAME}", "--timeout=120s")
        await asyncio.to_thread(self.pipeline.kubectl, "wait", *ready)
        await eventually(self.pipeline.status, lambda status: "lag" in status, within_s=60)


@pytest.fixture(scope="module")
def desk(cluster: Cluster, kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The sample with dead letters and the Secret of a user, Ready, after one of its containers was started again."""
    with (
        prometheus_operator.defined(cluster),
        cluster.namespace("runbooks") as namespace,
        deployed.operator(cluster, namespace),
    ):
        sample = Deployed(cluster, namespace, kafka)
        dead = sample.manifest["spec"]["output"]["deadLetterTopic"] = topics.unique("dead")
        names = (sample.input, sample.success, sample.failure, dead)
        asyncio.run(topics.create(kafka.bootstrap, *names, partitions=PARTITIONS))
        sample.kubectl("create", "secret", "generic", "kafka-user", "--from-literal=password=none")
        sample.kubectl("annotate", "secret/kafka-user", "example.dev/renewed=yesterday")
        sample.apply()
        sample.kubectl("wait", "--for=condition=Ready", f"scoringpipeline/{NAME}", "--timeout=120s")
        found = Desk(sample, tmp_path_factory.mktemp("desk"))
        asyncio.run(found.restart_worker())
        yield found


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_of_a_diagnosis_ends_well_and_says_something(command: str, desk: Desk) -> None:
    broker, rubbish = desk.pipeline.broker, [topics.Record(b"rubbish")]
    kubeconfig = str(desk.pipeline.cluster.kubeconfig)

    async with feeding(broker.bootstrap, desk.pipeline.input, rubbish, REJECTED_PER_S):
        answer = await ended(*desk.words(command), KUBECONFIG=kubeconfig)

    assert answer.code == 0, answer.said
    assert answer.out.strip() or command in QUIET, answer.said


async def test_a_command_about_a_pipeline_that_is_not_there_does_not_end_well(desk: Desk) -> None:
    command = f"kubectl -n scores describe deployment {RELEASE}-of-nobody"

    assert (await ended(*desk.words(command))).code != 0
