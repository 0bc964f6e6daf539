"""Several operator processes on a real API server: one writes, another follows it, and nobody overwrites anybody.

Figures are printed (`-s`): they are those of `docs/operator-availability.md`.
"""

import asyncio
import json
import re
import signal
import time
import urllib.error
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.apiserver import Apiserver
from harness.identity import operator_kubeconfig
from harness.operated import LEASE, PIPELINE, World, leading_of, leads, looked_at, quiet, requests, value, writes
from harness.operators import OperatorProcess
from harness.stage import Api, Stage, until
from scoring_operator.api import __path__ as api_path
from scoring_operator.election.record import Terms
from scoring_operator.metrics import FAMILIES
from scoring_operator.metrics.own import DESIRED_REPLICAS, DRAIN_SECONDS, RESOURCE_CONDITION, SCALING_DECISIONS

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(400)]

DEFINITION = Path(api_path[0]) / "scoringpipelines.yaml"
FOLLOWED_WITHIN_S = 20.0
HARMLESS_AFTER_S = 5.0
HOUR_S = 3600
OF_EACH_PIPELINE = {RESOURCE_CONDITION.name, DESIRED_REPLICAS.name, DRAIN_SECONDS.name}


@pytest.fixture
async def world(apiserver: Apiserver, tmp_path: Path) -> AsyncIterator[World]:
    apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(DEFINITION))
    apiserver.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/scoringpipelines.scoring.dev")
    namespace = f"available-{uuid.uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(str(apiserver.kubeconfig), namespace)
    try:
        async with Stage(api).playing() as stage:
            world = World(api, stage, operator_kubeconfig(apiserver, namespace, tmp_path), tmp_path)
            yield world
            for operator in world.operators:
                operator.kill()
    finally:
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


async def test_a_leader_that_is_killed_is_followed_within_twenty_seconds(world: World) -> None:
    """Followed: another process has done what was asked for after the death of the leader."""
    leader, standby = await world.two()
    await world.create()
    took = []
    for number, weight in enumerate((0.3, 0.2, 0.4)):
        await asyncio.sleep(number * 0.7)  # at another moment between two renewals
        began = time.monotonic()
        leader.kill()
        revision = await world.weigh(weight)
        await leads(standby)
        elected_s = time.monotonic() - began
        await world.until_serving(revision)
        took.append((elected_s, time.monotonic() - began))
        leader, standby = standby, await world.start(f"further-{number}")

    print("SIGKILL to elected, to done:", ", ".join(f"{elected:.2f} s {done:.2f} s" for elected, done in took))
    assert max(elected for elected, _ in took) < FOLLOWED_WITHIN_S


async def test_a_leader_that_is_told_to_stop_is_followed_at_once(world: World) -> None:
    leader, standby = await world.two()
    await world.create()
    began = time.monotonic()

    leader.signal(signal.SIGTERM)
    await leads(standby)

    print(f"SIGTERM to elected: {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < Terms().duration_s / 2
    assert leader.end() == 0
    assert (await world.lease())["leaseTransitions"] == 1


@pytest.mark.parametrize("way", ["killed", "upgraded"])
async def test_a_take_over_writes_nothing_but_the_lease_and_restarts_no_worker(world: World, way: str) -> None:
    leader, standby = await world.two()
    await world.create()
    await quiet(world)
    before, workers = await world.versions(), dict(world.stage.workers)

    if way == "killed":
        leader.kill()
        await leads(standby)
        new = standby
    else:  # as a Deployment rolls: each old process is told to stop once a new one is ready
        third = await world.start("third")
        leader.end()
        fourth = await world.start("fourth")
        standby.end()
        new = await leading_of(third, fourth)
    await looked_at(new)

    assert writes(new) == {}
    assert await world.versions() == before
    assert world.stage.workers == workers
    print(f"{way}: requests of the new leader but for lists and the Lease: {asked(new)}")


def asked(operator: OperatorProcess) -> dict[tuple[str, str], int]:
    """Return its requests but for lists and those of the Lease."""
    return {what: n for what, n in requests(operator).items() if what[0] != "GET" and what[1] != "leases"}


async def test_a_standby_is_ready_and_well_and_leaves_pods_alone(world: World) -> None:
    leader, standby = await world.two()
    await world.create()

    assert [standby.get(path) for path in ("readyz", "livez")] == ["ok", "ok"]
    assert value(standby, "controller_runtime_reconcile_total") == 0
    assert value(standby, "workqueue_adds_total") == 0
    assert [value(o, "leader_election_master_status") for o in (leader, standby)] == [1.0, 0.0]
    assert [value(o, "scoring_operator_leader") for o in (leader, standby)] == [1.0, 0.0]
    assert [value(o, "scoring_operator_watch_late_seconds") < HARMLESS_AFTER_S for o in (leader, standby)] == [True] * 2


@dataclass
class Sample:
    """What the cluster said at one moment."""

    at: float
    weight: float | None
    replicas: int
    generation: int


async def sample(world: World, since: float) -> Sample:
    """Look at what a zombie could have written."""
    live = await world.api.get("v1/configmaps/wallets-live")
    deployment = await world.api.get("apps/v1/deployments/wallets")
    pipeline = await world.pipeline()
    assert live is not None
    assert deployment is not None
    file = json.loads(live["data"]["scorer.json"])
    newest = file.get("proposed") or file["serving"]
    return Sample(
        time.monotonic() - since,
        newest["parameters"]["weights"]["trading"],
        deployment["spec"]["replicas"],
        pipeline["status"]["observedGeneration"],
    )


@asynccontextmanager
async def restless(world: World) -> AsyncIterator[None]:
    """Change the pipeline all the time, so that a process is always about to write."""

    async def change() -> None:
        for number in range(10_000):
            replicas, trading = 2 + number % 2, 0.3 + number % 50 / 1000
            scorer = {"walletReputation": {"weights": {"trading": trading}}}
            await world.api.merge(PIPELINE, {"spec": {"replicas": replicas, "scorer": scorer}})
            await asyncio.sleep(0.02)

    changing = asyncio.create_task(change())
    try:
        yield
    finally:
        changing.cancel()
        await asyncio.wait([changing])


async def test_nothing_stale_survives_a_leader_that_was_stopped_for_longer_than_its_lease(world: World) -> None:
    leader, standby = await world.two()
    await world.create()
    stale_s = []
    for number in range(3):
        async with restless(world):
            await asyncio.sleep(1.0 + number * 0.317)
            leader.signal(signal.SIGSTOP)
            stopped = time.monotonic()
        await leads(standby)
        followed_s = time.monotonic() - stopped
        await world.api.merge(PIPELINE, {"spec": {"replicas": 1}})
        await world.until_serving(await world.weigh(0.2))
        await until(world.is_ready, within_s=60)
        await asyncio.sleep(max(0.0, stopped + Terms().duration_s + 5 - time.monotonic()))
        generation = (await world.pipeline())["metadata"]["generation"]
        applied = len(leader.said("applied"))

        leader.signal(signal.SIGCONT)
        woken = time.monotonic()
        seen = [await sample(world, woken)]
        while seen[-1].at < HARMLESS_AFTER_S + 3:
            seen.append(await sample(world, woken))

        stale = [s for s in seen if (s.weight, s.replicas, s.generation) != (0.2, 1, generation)]
        stale_s.append(max((s.at for s in stale), default=0.0))
        print(
            f"stopped {woken - stopped:.1f} s, followed after {followed_s:.2f} s;"
            f" stale looks {len(stale)} of {len(seen)}, the last {stale_s[-1]:.2f} s after SIGCONT;"
            f" the zombie applied {len(leader.said('applied')) - applied}"
        )
        assert standby.is_leading
        assert not leader.is_leading
        leader, standby = standby, leader

    assert max(stale_s) < HARMLESS_AFTER_S


async def test_wall_clocks_that_are_wrong_by_an_hour_change_nothing(world: World) -> None:
    leader, standby = await world.two(ahead_s=(-HOUR_S, HOUR_S))
    await world.create()
    await asyncio.sleep(Terms().duration_s + 5)  # a standby that believed the Lease's own time would have taken it
    assert (leader.is_leading, standby.is_leading) == (True, False)
    assert (await world.lease())["leaseTransitions"] == 0
    began = time.monotonic()

    leader.kill()
    revision = await world.weigh(0.3)
    await leads(standby)
    took = time.monotonic() - began
    await world.until_serving(revision)

    print(f"clocks two hours apart: SIGKILL to elected {took:.2f} s")
    assert took < FOLLOWED_WITHIN_S
    third = await world.start("third", ahead_s=-HOUR_S)
    await asyncio.sleep(Terms().duration_s + 5)
    assert (standby.is_leading, third.is_leading) == (True, False)


async def test_a_lease_that_is_deleted_under_its_holder_is_made_again(world: World) -> None:
    leader, standby = await world.two()
    await world.create()

    await world.api.call("DELETE", LEASE)

    async def is_back() -> Any:
        return await world.api.get(LEASE)

    await until(is_back)
    assert (await world.lease())["holderIdentity"].startswith("first_")
    await leads(leader)
    assert not standby.said("leading")


async def test_a_scrape_shows_exactly_what_the_page_says(world: World) -> None:
    leader, _ = await world.two()
    await world.create()
    await world.api.call("DELETE", "v1/services/wallets")

    async def is_repaired() -> bool:
        return value(leader, "scoring_operator_child_drift_total") > 0

    await until(is_repaired)
    text = leader.get("metrics")
    declared = [kind for kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M) if not kind[0].startswith("process_")]
    assert declared == [(family.name, str(family.kind)) for family in FAMILIES]
    shown = {family.name: family for family in text_string_to_metric_families(text)}
    without = set()
    for family in FAMILIES:
        samples = shown[family.name.removesuffix("_total")].samples
        labels = {frozenset(sample.labels) - {"le"} for sample in samples}
        assert labels <= {frozenset(family.labels)}, family.name
        if not samples:
            without.add(family.name)
    lacking = OF_EACH_PIPELINE | {SCALING_DECISIONS.name}  # nobody has asked for the former, nothing is decided here
    assert lacking <= without <= lacking | {"scoring_operator_reconcile_errors_total"}
    assert value(leader, "scoring_operator_orphans") == 0
    assert value(leader, "scoring_operator_generation_lag") == 0


class Line:
    """A line to the API server on which answers may be held up, without a word."""

    def __init__(self, server: str) -> None:
        """`server` is the URL of the API server."""
        url = urlsplit(server)
        self._far = (url.hostname, url.port)
        self._carries = asyncio.Event()
        self._carries.set()
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Yield the URL of this end."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def hold_up(self) -> None:
        """Let no answer through."""
        self._carries.clear()

    def carry(self) -> None:
        """Let all through that waits."""
        self._carries.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (connection := asyncio.current_task()) is not None:
            self._connections.add(connection)
        far_reader, far_writer = await asyncio.open_connection(*self._far)
        try:
            with suppress(OSError):
                ways = self._pass(reader, far_writer, asks=True), self._pass(far_reader, writer, asks=False)
                await asyncio.gather(*ways)
        finally:
            for end in (writer, far_writer):
                end.close()
            await asyncio.gather(writer.wait_closed(), far_writer.wait_closed(), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asks: bool) -> None:
        while data := await reader.read(65536):
            if not asks:
                await self._carries.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


async def test_a_watch_that_goes_deaf_fails_the_probe_though_the_lease_is_renewed(
    world: World, apiserver: Apiserver, tmp_path: Path
) -> None:
    """Watches log in after everything was listed: until then it may not list, and its kubeconfig is changed."""
    in_namespace = ("-n", world.api.namespace)
    binding = apiserver.kubectl(*in_namespace, "get", "rolebinding", "scoring-operator", "-o", "json")
    apiserver.kubectl(*in_namespace, "delete", "rolebinding", "scoring-operator")
    config = json.loads(Path(world.kubeconfig).read_text())
    line = Line(config["clusters"][0]["cluster"]["server"])
    async with line.open() as url:
        operator = world.launch("alone")

        async def waits() -> bool:
            return bool(operator.said("not everything can be listed yet"))

        await until(waits, within_s=60)
        config["clusters"][0]["cluster"]["server"] = url
        Path(world.kubeconfig).write_text(json.dumps(config))
        (tmp_path / "binding.json").write_text(binding)
        apiserver.kubectl("apply", "-f", str(tmp_path / "binding.json"))
        await leads(operator)
        await world.create()
        assert operator.get("livez") == "ok"

        line.hold_up()
        began = time.monotonic()
        reason = await until(lambda: ailing(operator), within_s=90)
        noticed_s = time.monotonic() - began
        assert operator.is_leading  # it would reconcile for ever what it saw last
        line.carry()
        began = time.monotonic()

        async def is_well() -> bool:
            return not await ailing(operator)

        await until(is_well, within_s=30)

    print(
        f"watch deaf to /livez 503: {noticed_s:.1f} s ({reason}); heard again to 200: {time.monotonic() - began:.1f} s"
    )
    assert reason.startswith("the watch has not shown a change of the Lease for 3")


async def ailing(operator: OperatorProcess) -> str:
    """Return why `/livez` fails; empty if it does not."""
    try:
        operator.get("livez")
    except urllib.error.HTTPError as error:
        return error.read().decode() if error.code == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return ""
