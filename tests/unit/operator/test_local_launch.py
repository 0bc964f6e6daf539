"""Worker processes: found by the port that they announce, stopped on demand, never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest

from scoring_operator.cluster.local.launch import launcher
from scoring_service.contract.names import ENV_POD_NAME, LISTENING_EVENT

ANNOUNCE = f"""
import json, time
print("not json")
print(json.dumps({{"event": "something else", "port": 1}}))
print("x" * (2 << 20))
print(json.dumps({{"event": "{LISTENING_EVENT}", "port": 4711}}), flush=True)
"""
STAY = "import time\ntime.sleep(60)\n"
DRAIN = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"


@pytest.fixture
def start(tmp_path):
    @asynccontextmanager
    async def starting(code):
        worker = await launcher(tmp_path, (sys.executable, "-c", code))({ENV_POD_NAME: "pod-1"})
        try:
            yield worker
        finally:
            worker.kill()
            await worker.ended()

    return starting


async def test_the_announced_port_becomes_the_address(start):
    async with start(ANNOUNCE + STAY) as worker:
        assert await worker.listening() == "127.0.0.1:4711"


async def test_a_worker_that_ends_before_it_listens_has_no_address(start):
    async with start("raise SystemExit(3)") as worker:
        assert await worker.listening() == ""
        assert await worker.ended() == 3


async def test_a_worker_may_drain_when_it_is_asked_to_end(start):
    async with start(DRAIN + ANNOUNCE + STAY) as worker:
        await worker.listening()

        worker.terminate()

        assert await worker.ended() == 7


async def test_a_killed_worker_ends_at_once(start):
    async with start(ANNOUNCE + STAY) as worker:
        worker.kill()

        assert await worker.ended() == -signal.SIGKILL


async def test_output_goes_to_a_file_named_after_the_pod(start, tmp_path):
    async with start("print('to stdout', flush=True)\nimport sys\nprint('to stderr', file=sys.stderr)") as worker:
        await worker.ended()

    assert (tmp_path / "pod-1.log").read_text() == "to stdout\nto stderr\n"


async def test_signals_to_this_process_group_do_not_reach_a_worker(start):
    async with start(ANNOUNCE + STAY) as worker:
        assert os.getpgid(worker.pid) != os.getpgid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_worker_dies_with_a_parent_that_is_killed(tmp_path):
    parent = f"""
import asyncio, sys
from pathlib import Path
from scoring_operator.cluster.local.launch import launcher
async def main():
    launch = launcher(Path({str(tmp_path)!r}), (sys.executable, "-c", {ANNOUNCE + STAY!r}))
    worker = await launch({{"{ENV_POD_NAME}": "p"}})
    await worker.listening()
    print(worker.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as started:
        child = int(started.stdout.readline())
        handle = os.pidfd_open(child)

        started.kill()

    try:
        asyncio.run(asyncio.wait_for(_readable(handle), 5))
    finally:
        os.close(handle)


async def _readable(handle):
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, ended.set)
    await ended.wait()
    asyncio.get_running_loop().remove_reader(handle)
