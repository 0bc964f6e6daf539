"""What goes wrong on this machine stays small: no worker is left behind, and starts never storm."""

import asyncio
import shutil
import signal
import sys

import pytest
from structlog.testing import capture_logs

from harness.pipelines import a_pipeline
from scoring_operator.cluster.local.launch import Output, launcher
from scoring_operator.cluster.local.pod import Identity, LocalPod, Timing
from scoring_operator.cluster.local.workload import Machine, Workload
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children
from scoring_service.contract.names import ENV_POD_NAME, LISTENING_EVENT
from scoring_service.contract.scorer_file import ScorerFile

LISTEN = f"""
import json, time
print("a line", flush=True)
print(json.dumps({{"event": "{LISTENING_EVENT}", "port": 4711}}), flush=True)
time.sleep(60)
"""
QUICK = Timing(back_off_first_s=0.01, back_off_most_s=0.01, probe_unready_s=0.001)
PATIENT = Timing(back_off_first_s=60, back_off_most_s=60)


class Mistake(Exception):
    """Something that nobody foresaw."""


class LostWorker:
    """Runs, but cannot be waited for."""

    pid = 1

    def __init__(self):
        self.signals = []

    async def listening(self):
        return ""

    async def ended(self):
        raise Mistake

    def terminate(self):
        self.signals.append("TERM")

    def kill(self):
        self.signals.append("KILL")


class Starts:
    """Counts how often a worker is asked for, and never starts one."""

    def __init__(self, failure):
        self.count = 0
        self._failure = failure

    async def __call__(self, environment):
        self.count += 1
        raise self._failure


async def probe(address):
    return True


def a_pod(launch, timing=QUICK):
    return LocalPod(Identity("shop", "wallets-1", "uid", "template", frozenset()), {}, launch, probe, timing)


def a_deployment():
    pipeline = a_pipeline()
    decisions = Decisions(ScorerFile(proposed=pipeline.block), 1, "local")
    (made,) = (
        child for child in children(pipeline, WorkerDefaults(image="local"), decisions) if child["kind"] == "Deployment"
    )
    return {**made, "metadata": {**made["metadata"], "generation": 1}}


async def turns(count=200):
    """Let everything that is due run."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def followed(tmp_path):
    made = []

    def follow(launch, timing):
        made.append(Workload(Machine(tmp_path, launch, probe, {}, timing), lambda: None))
        made[-1].follow(a_deployment())
        return made[-1]

    yield follow
    for workload in made:
        await workload.close()


async def test_a_worker_whose_log_cannot_be_written_serves_on(tmp_path):
    worker = await _launched(tmp_path)
    shutil.rmtree(tmp_path)
    try:
        assert await worker.listening() == "127.0.0.1:4711"
    finally:
        worker.kill()
        assert await worker.ended() == -signal.SIGKILL


async def _launched(logs):
    return await launcher(logs, (sys.executable, "-c", LISTEN))({ENV_POD_NAME: "pod-1"})


def test_lines_are_written_again_once_they_can_be(tmp_path):
    output = Output(tmp_path / "logs" / "pod-1.log")

    with capture_logs() as said:
        output.append(b"lost\n")
        output.append(b"lost\n")
    (tmp_path / "logs").mkdir()
    output.append(b"kept\n")

    assert [(line["event"], line["reason"]) for line in said] == [
        ("lines of a worker's log are dropped", "No such file or directory")
    ]
    assert (tmp_path / "logs" / "pod-1.log").read_bytes() == b"kept\n"


async def test_a_worker_that_cannot_be_waited_for_is_killed():
    worker = LostWorker()

    async def launch(environment):
        return worker

    with pytest.raises(Mistake):
        await a_pod(launch).run(1, lambda: None)

    assert worker.signals == ["KILL"]


async def test_a_worker_that_is_gone_already_can_be_killed(tmp_path):
    worker = await launcher(tmp_path, (sys.executable, "-c", ""))({ENV_POD_NAME: "pod-1"})
    process = worker._process
    await worker.ended()

    process._transport._returncode = None  # as between the end and the loop's hearing of it
    worker.kill()

    assert process.returncode is None


@pytest.mark.parametrize("failure", [Mistake(), OSError(24, "Too many open files")], ids=["mistake", "too many files"])
async def test_a_pod_that_fails_is_not_followed_by_another_at_once(followed, failure):
    starts = Starts(failure)

    with capture_logs():
        workload = followed(starts, PATIENT)
        await turns()

    assert starts.count == 1
    assert workload.status()["readyReplicas"] == 0


async def test_a_pod_that_failed_is_replaced_after_a_while(followed):
    starts = Starts(Mistake())

    with capture_logs() as said:
        followed(starts, QUICK)
        async with asyncio.timeout(10):
            while starts.count < 3:  # noqa: ASYNC110 - whatever the pods do next
                await asyncio.sleep(0.001)

    assert {line["event"] for line in said} == {"pod failed"}
