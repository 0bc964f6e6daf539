"""What the API server keeps everything in: restarted, compacted, full."""

import asyncio
import subprocess
import time
from typing import Final

import pytest
from kubernetes import client

from faults.extent import extent
from faults.results import Row
from harness.apiserver import Apiserver
from harness.prerequisites import without
from harness.state import output
from operator_faults.hurt import Hurt, eventually

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(900)]

WITHIN_S: Final = 60.0


def etcdctl(server: Apiserver, *arguments: str, stdin: str | None = None) -> str:
    """Return what etcdctl prints.

    Raises:
        RuntimeError: It failed.
    """
    command = ["etcdctl", "--endpoints", server.tell("etcd"), *arguments]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, env={"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


async def test_a_store_that_is_restarted_is_waited_for(hurt: Hurt, server: Apiserver, row: Row) -> None:
    """Row 30."""
    operator = await hurt.begin()
    pods = await hurt.uids()
    async with hurt.watched():
        await asyncio.to_thread(server.tell, "stop-etcd")
        await asyncio.sleep(extent(4.0, 30.0))
        await asyncio.to_thread(server.tell, "start-etcd")
        returned_at = time.monotonic()
        await eventually(lambda: hurt.weigh(0.2))
        recovery_s = await hurt.recovered(returned_at, WITHIN_S)
        await hurt.rests(operator)

    row(30, etcd="restarted", recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(returned_at, WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods


async def test_a_store_that_was_compacted_has_watches_begin_anew(hurt: Hurt, server: Apiserver, row: Row) -> None:
    """Row 30. The API server is restarted as well: it would serve what it remembers itself."""
    if output("etcdctl", "version") is None:
        without("no etcdctl: install etcd-client")
    operator = await hurt.begin()
    pods = await hurt.uids()
    hurt.proxy.refuse()
    await hurt.delete("v1/services/wallets")
    version = (await hurt.pipeline())["metadata"]["resourceVersion"]
    await asyncio.to_thread(etcdctl, server, "compact", version, "--physical=true")
    await asyncio.to_thread(server.tell, "stop-api")
    await asyncio.to_thread(server.tell, "up")
    healed_at = hurt.heal()
    recovery_s = await hurt.recovered(healed_at, WITHIN_S)
    await hurt.rests(operator)

    row(30, etcd="compacted", recovery_s=recovery_s, bound_s=WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods


async def test_a_store_that_is_full_makes_no_status_lie(hurt: Hurt, server: Apiserver, row: Row) -> None:
    """Row 30. What cannot be written cannot be told either: the former status names the former generation."""
    if output("etcdctl", "version") is None:
        without("no etcdctl: install etcd-client")
    operator = await hurt.begin()
    pods = await hurt.uids()
    async with hurt.watched():
        try:
            await asyncio.to_thread(fill, server)
            await hurt.delete("v1/services/wallets")
            with pytest.raises(client.exceptions.ApiException):
                await hurt.weigh(0.2)
            await asyncio.sleep(extent(4.0, 30.0))
        finally:
            await asyncio.to_thread(empty, server)
        emptied_at = time.monotonic()
        await hurt.weigh(0.3)
        recovery_s = await hurt.recovered(emptied_at, WITHIN_S)
        await hurt.rests(operator)

    row(30, etcd="full", recovery_s=recovery_s, bound_s=WITHIN_S)
    hurt.told_the_truth(emptied_at, WITHIN_S)
    assert operator.code is None
    assert await hurt.uids() == pods


def fill(server: Apiserver) -> None:
    """Put in what nobody asked for until it says that it is full."""
    for number in range(200):
        try:
            etcdctl(server, "put", f"/filler/{number}", stdin="x" * 1024**2)
        except RuntimeError as error:
            if "space exceeded" not in str(error):
                raise
            return
    raise AssertionError("it was never full")


def empty(server: Apiserver) -> None:
    """Take it out again, and end the alarm."""
    etcdctl(server, "del", "--prefix", "/filler/")
    status = etcdctl(server, "get", "/filler/none", "--write-out=json")
    version = status.partition('"revision":')[2].partition(",")[0].rstrip("}")
    etcdctl(server, "compact", version)
    etcdctl(server, "defrag", "--command-timeout=60s")
    etcdctl(server, "alarm", "disarm")
