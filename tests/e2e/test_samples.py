"""Every sample manifest with golden cases on a real cluster: its pods make of known records what the sample says."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness import deployed, samples, topics
from harness.cluster import Cluster
from harness.kafka import Broker
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.golden.comparing import first_difference

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

TRIED = [path for path in samples.PATHS if yaml.safe_load(path.read_text())["spec"].get("goldenCases")]
STAMPS = ("timestamp", "processing_time_ms")


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace with an operator from the chart."""
    with cluster.namespace("samples") as name, deployed.operator(cluster, name):
        yield name


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.stem)
def test_a_sample_becomes_ready_and_scores_as_its_cases_say(
    path: Path, namespace: str, cluster: Cluster, kafka: Broker
) -> None:
    manifest = yaml.safe_load(path.read_text("utf-8"))
    name, spec = manifest["metadata"]["name"], manifest["spec"]
    source, success, failure = (topics.unique(stem) for stem in ("in", "scores", "failures"))
    spec["kafka"]["bootstrapServers"] = [kafka.pod_bootstrap]
    spec["input"]["topic"], spec["output"] = source, {"successTopic": success, "failureTopic": failure}
    cases = msgspec.convert(spec["goldenCases"], tuple[GoldenCase, ...])
    asyncio.run(topics.create(kafka.bootstrap, source, success, failure, partitions=len(cases)))

    cluster.kubectl("-n", namespace, "apply", "--validate=strict", "-f", "-", stdin=json.dumps(manifest))
    cluster.kubectl("-n", namespace, "wait", "--for=condition=Ready", f"scoringpipeline/{name}", "--timeout=120s")
    found = asyncio.run(outcomes(kafka, cases, source, success, failure))

    for partition, case in enumerate(cases):
        for offset, expected in enumerate(case.expect):
            came = found.get((partition, offset))
            if expected is None:
                assert came is None
            else:
                assert first_difference(expected, came, case.tolerance) is None, (case.name, offset)
    cluster.kubectl("-n", namespace, "delete", "scoringpipeline", name, "--wait")


async def outcomes(
    kafka: Broker, cases: tuple[GoldenCase, ...], source: str, success: str, failure: str
) -> dict[tuple[int, int], dict[str, Any]]:
    """Write each case to a partition of its own; return what became of every record that has an outcome."""
    records = [
        topics.Record(msgspec.json.encode(value), partition=partition, timestamp_ms=round(case.as_of * 1000))
        for partition, case in enumerate(cases)
        for value in case.inputs
    ]
    await topics.produce(kafka.bootstrap, source, records)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for topic, is_failure in ((success, False), (failure, True)):
        expected = [each for case in cases for each in case.expect if each is not None]
        count = sum((each.keys() == {"reason"}) == is_failure for each in expected)
        if not count:
            continue
        for record in await topics.read_at_least(kafka.bootstrap, topic, count, within_s=60):
            place = dict(record.headers)["scoring-source"].decode().rsplit("/", 2)
            body = json.loads(record.value)
            kept = {"reason": body["reason"]} if is_failure else body
            found[int(place[1]), int(place[2])] = {n: v for n, v in kept.items() if n not in STAMPS}
    return found
