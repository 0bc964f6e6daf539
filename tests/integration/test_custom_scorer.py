"""A scorer of another package, in local mode on a real Kafka: found, checked, changed live, refused by name."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import packages, topics
from harness.kafka import Broker
from harness.prerequisites import needed
from harness.topics import Record
from scoring_operator.api.admission import Admission
from scoring_operator.cli.local_mode import LocalMode, local_mode
from scoring_operator.cli.snapshot import Snapshot
from scoring_operator.cluster.local.launch import launcher
from scoring_operator.facts import Key

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

AS_OF_MS = 1_704_499_200_000
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a worker inherits that has the package."""
    with needed():
        return packages.install(tmp_path_factory.mktemp("package"))


@pytest.fixture
async def local(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[LocalMode]:
    async with local_mode(launcher(tmp_path / "logs"), tmp_path / "volumes", environment) as running:
        yield running


async def a_manifest(bootstrap: str) -> Manifest:
    """Return the package's own sample with topics that exist."""
    manifest: Manifest = yaml.safe_load((packages.SAMPLE / "pipeline.yaml").read_text())
    names = [topics.unique(stem) for stem in ("events", "pulses", "failures")]
    await topics.create(bootstrap, *names, partitions=2)
    manifest["metadata"] = {"namespace": "default", "name": topics.unique("pulse")}
    manifest["spec"]["kafka"]["bootstrapServers"] = [bootstrap]
    manifest["spec"]["input"]["topic"] = names[0]
    manifest["spec"]["output"] = {"successTopic": names[1], "failureTopic": names[2]}
    return manifest


def with_scorer(manifest: Manifest, name: str = "pulse", **parameters: Any) -> Manifest:
    changed = copy.deepcopy(manifest)
    changed["spec"]["scorer"] = {"custom": {"name": name, "parameters": parameters}}
    return changed


def condition(snapshot: Snapshot, kind: str) -> Manifest:
    found: list[Manifest] = snapshot.status.get("conditions", [])
    return next((known for known in found if known["type"] == kind), {"status": "Unknown", "message": ""})


class Runs:
    """One pipeline in local mode."""

    def __init__(self, local: LocalMode, bootstrap: str, manifest: Manifest) -> None:
        self._local, self._bootstrap, self._manifest = local, bootstrap, manifest
        self._key = Key(manifest["metadata"]["namespace"], manifest["metadata"]["name"])

    def apply(self, manifest: Manifest) -> None:
        admitted = Admission().admit(manifest, self._local.stored(self._key))
        self._local.apply(admitted.manifest)

    async def until(self, is_so: Callable[[Snapshot], bool]) -> Snapshot:
        async with asyncio.timeout(120):
            while not is_so(seen := await self._local.snapshot(self._key)):  # noqa: ASYNC110 - pods do not tell
                await asyncio.sleep(0.05)
        return seen

    async def until_ready(self) -> Snapshot:
        generation = (self._local.stored(self._key) or {})["metadata"]["generation"]
        return await self.until(
            lambda seen: (
                seen.status.get("observedGeneration") == generation and condition(seen, "Ready")["status"] == "True"
            )
        )

    async def produce(self, *values: bytes) -> None:
        records = [Record(value, timestamp_ms=AS_OF_MS) for value in values]
        await topics.produce(self._bootstrap, self._manifest["spec"]["input"]["topic"], records)

    async def outputs(self, which: str, count: int) -> list[Record]:
        topic = self._manifest["spec"]["output"][which]
        return list(await topics.read_at_least(self._bootstrap, topic, count, within_s=120))


@asynccontextmanager
async def a_pipeline(local: LocalMode, broker: Broker, **scorer: Any) -> AsyncIterator[tuple[Runs, Manifest]]:
    manifest = await a_manifest(broker.bootstrap)
    runs = Runs(local, broker.bootstrap, manifest)
    runs.apply(with_scorer(manifest, **scorer))
    yield runs, manifest


async def test_a_packages_scorer_scores_and_its_parameters_change_live(local: LocalMode, kafka: Broker) -> None:
    async with a_pipeline(local, kafka, half=100) as (runs, manifest):
        before = await runs.until_ready()
        await runs.produce(b'{"address": "0xa", "events": 100}', b'{"address": "", "events": 1}')
        await runs.outputs("successTopic", 1)
        (failure,) = await runs.outputs("failureTopic", 1)
        runs.apply(with_scorer(manifest, half=300))
        after = await runs.until_ready()
        await runs.produce(b'{"address": "0xb", "events": 100}')
        scores = await runs.outputs("successTopic", 2)

    scored = {json.loads(score.value)["address"]: json.loads(score.value)["pulse"] for score in scores}
    assert scored == {"0xa": 500.0, "0xb": 250.0}
    assert json.loads(failure.value)["reason"] == "schema"
    assert before.pids == after.pids
    assert before.status["revision"]["serving"] != after.status["revision"]["serving"]
    assert after.status["revisions"][0]["scorer"] == {"custom": {"name": "pulse", "parameters": {"half": 300}}}


async def test_parameters_that_the_package_refuses_leave_the_former_ones_scoring(
    local: LocalMode, kafka: Broker
) -> None:
    async with a_pipeline(local, kafka, half=100) as (runs, manifest):
        await runs.until_ready()
        runs.apply(with_scorer(manifest, half="many"))
        stalled = await runs.until(lambda seen: condition(seen, "Stalled")["status"] == "True")
        await runs.produce(b'{"address": "0xa", "events": 100}')
        (score,) = await runs.outputs("successTopic", 1)

    assert "scorer.custom.parameters.half: Expected `float`, got `str`" in condition(stalled, "Stalled")["message"]
    assert condition(stalled, "Available")["status"] == "True"
    assert json.loads(score.value)["pulse"] == 500.0


async def test_a_broken_package_refuses_its_own_pipeline_by_name_and_no_other(local: LocalMode, kafka: Broker) -> None:
    async with (
        a_pipeline(local, kafka, name="brokenPulse") as (broken, _),
        a_pipeline(local, kafka, half=100) as (sound, _),
    ):
        stalled = await broken.until(lambda seen: condition(seen, "Stalled")["status"] == "True")
        await sound.until_ready()

    said = "scorer.custom.name: brokenPulse (pulse_scorer_broken:Pulse) cannot be imported: RuntimeError: no model"
    assert said in condition(stalled, "Stalled")["message"]
    assert [pod.pod.restarts for pod in stalled.reports] == [0]
