"""The ops listener, asked as a client asks: probes, metrics, status, and the documented routes."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness import twin
from scoring_service.contract.names import STATUS_MAX_BYTES
from scoring_service.contract.worker_status import LaneState, LaneStatus, WorkerStatus
from scoring_service.http.listener import listening
from scoring_service.http.ops import bounded
from scoring_service.stream.memory import MemoryBroker
from scoring_service.worker.worker import Worker


class Listener:
    def __init__(self, worker: Worker, broker: MemoryBroker, port: int) -> None:
        self.worker = worker
        self.broker = broker
        self._port = port

    async def get(self, path: str) -> tuple[int, str]:
        """Return status code and body."""

        def ask() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as answer:
                with answer:
                    return answer.code, answer.read().decode()

        return await asyncio.to_thread(ask)


@pytest.fixture
async def ops(tmp_path: Path) -> AsyncIterator[Listener]:
    """A worker that has scored three records, and its listener."""
    broker = twin.a_broker()
    async with twin.running(broker, tmp_path) as worker, listening(worker, "127.0.0.1", 0) as port:
        twin.feed(broker, 3)
        await broker.until(lambda: len(broker.records(twin.SUCCESS)) == 3)
        await twin.until(lambda: worker.metrics.scored == 3)
        yield Listener(worker, broker, port)


async def test_probes_answer_ok_or_why_not(ops: Listener) -> None:
    assert await ops.get("/livez") == (200, "ok")
    assert await ops.get("/readyz") == (200, "ok")

    ops.worker.health.is_draining = True

    assert await ops.get("/livez") == (200, "ok")
    assert await ops.get("/readyz") == (503, "draining before it stops")


async def test_an_outage_of_the_brokers_does_not_drop_readiness(ops: Listener) -> None:
    ops.broker.is_down = True
    await twin.until(lambda: ops.worker.trouble.latest != "")

    assert await ops.get("/readyz") == (200, "ok")

    ops.broker.is_down = False


async def test_status_is_what_the_contract_says(ops: Listener) -> None:
    code, body = await ops.get("/status")

    status = WorkerStatus.decode(body.encode())
    assert code == 200
    assert (status.pipeline, status.pod, status.version) == ("shop/wallets", "pod-a", "9.9.9")
    assert (status.input_topic, status.group, status.partitions) == (twin.INPUT, twin.GROUP, 3)
    assert (status.scored_total, status.rejected_total, status.ready) == (3, 0, True)
    assert [(lane.partition, lane.position) for lane in status.lanes] == [(0, 1), (1, 1), (2, 1)]
    assert status.serving == ops.worker.revisions.current.revision  # type: ignore[union-attr]


async def test_metrics_are_an_exposition(ops: Listener) -> None:
    code, body = await ops.get("/metrics")

    assert code == 200
    assert "scorer_records_consumed_total 3.0\n" in body


async def test_the_documented_routes_answer_in_the_documented_shapes(ops: Listener) -> None:
    answers = {path: await ops.get(path) for path in ("/", "/health", "/stats", "/api/v1/health", "/api/v1/stats")}
    found = {path: json.loads(body) for path, (_, body) in answers.items()}

    assert {code for code, _ in answers.values()} == {200}
    assert "service" in found["/"]
    assert list(found["/api/v1/health"]) == ["status", "timestamp", "version", "uptime_seconds"]
    assert found["/health"]["status"] == "healthy"
    assert list(found["/api/v1/stats"]) == [
        "total_processed",
        "successful_processed",
        "failed_processed",
        "average_processing_time_ms",
        "uptime_seconds",
        "last_processed_timestamp",
    ]
    assert found["/stats"]["total_processed"] == found["/stats"]["successful_processed"] == 3
    assert found["/stats"]["last_processed_timestamp"] is not None


async def test_health_says_unhealthy_while_nothing_can_be_scored(ops: Listener) -> None:
    ops.worker.health.is_draining = True

    code, body = await ops.get("/health")

    assert (code, json.loads(body)["status"]) == (503, "unhealthy")


async def test_the_version_names_the_revision_that_serves(ops: Listener) -> None:
    code, body = await ops.get("/version")

    assert code == 200
    assert json.loads(body)["revision"] == ops.worker.status().serving


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/config", "/admin/restart-kafka"])
async def test_nothing_else_is_served(ops: Listener, path: str) -> None:
    assert (await ops.get(path))[0] == 404


def test_a_status_never_exceeds_its_limit() -> None:
    lanes = tuple(LaneStatus(partition=n, state=LaneState.READY, position=10**12) for n in range(5000))

    body = bounded(WorkerStatus(version="1", pipeline="a/b", lanes=lanes))

    assert len(body) <= STATUS_MAX_BYTES
    assert WorkerStatus.decode(body).lanes[0] == lanes[0]
