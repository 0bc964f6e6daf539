"""Two processes over one cluster: who leads reconciles, who waits does nothing, who took over has nothing to write."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime

from harness.pipelines import KEY, Workers, a_manifest, a_revision
from harness.virtual_time import VirtualLoop, run
from scoring_operator.cluster.memory import MemoryCluster
from scoring_operator.config import OperatorConfig, WorkerDefaults
from scoring_operator.election.candidate import Candidate
from scoring_operator.election.memory import MemoryLease
from scoring_operator.election.serving import serve
from scoring_operator.election.term import Term
from scoring_operator.errors import ClusterUnavailable
from scoring_operator.events.limits import Occurrence
from scoring_operator.facts import Key, Pod, PodReport
from scoring_operator.leading import Leading
from scoring_operator.look import Clocks
from scoring_operator.reconcilers import Reconcilers


def now() -> float:
    return asyncio.get_running_loop().time()


def nobody(*_told: object) -> None:
    """Take no note."""


class Process:
    """An operator over the twins."""

    def __init__(self, name: str, cluster: MemoryCluster, workers: Workers, lease: MemoryLease) -> None:
        self.asked = 0
        """How often it asked pods."""
        self.told: list[str] = []
        """Reasons of the Events that it wrote."""
        self.workers = workers
        self.stop = asyncio.Event()
        self.candidate = Candidate(lease, name, clock=now)
        lease.watches.append(self.candidate.watched)
        clocks = Clocks(now, lambda: datetime.fromtimestamp(now(), UTC), lambda least, _: least)

        config = OperatorConfig(WorkerDefaults(image="i"))
        reconcilers = Reconcilers(cluster, self.ask, self.tell, config, clocks, nobody, nobody)
        self.leading = Leading(reconcilers.begin, lambda: [KEY], parallelism=2)
        self.serving = asyncio.create_task(serve(self.candidate, self.leading, self.stop))

    async def ask(self, pods: Sequence[Pod]) -> tuple[PodReport, ...]:
        self.asked += 1
        return await self.workers(pods)

    async def tell(self, occurrence: Occurrence) -> None:
        self.told.append(occurrence.event.reason)

    def look(self) -> None:
        """Be shown that something has changed, as a watch would."""
        self.leading.changed(KEY)

    async def dies(self) -> None:
        self.candidate._lease.faults = [ClusterUnavailable("cut off")]  # type: ignore[attr-defined]  # the twin's
        self.serving.cancel()
        await asyncio.wait([self.serving])


class World:
    """A pipeline, its workers, and operators."""

    def __init__(self) -> None:
        self.cluster, self.lease = MemoryCluster(), MemoryLease()
        self.workers = Workers(self.cluster)
        self.cluster.create(a_manifest(replicas=2))
        self.first = Process("first", self.cluster, self.workers, self.lease)
        self.processes = [self.first]

    def join(self, name: str) -> Process:
        process = Process(name, self.cluster, self.workers, self.lease)
        self.processes.append(process)
        return process

    async def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.workers.run_pods()
            self.workers.refresh()
            for process in self.processes:
                process.look()
            await asyncio.sleep(1)


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    world = World()
    yield world
    for process in world.processes:
        process.stop.set()
    await asyncio.wait([process.serving for process in world.processes])


def test_a_standby_asks_no_pod_and_has_nothing_to_say() -> None:
    async def main() -> None:
        async with a_world() as world:
            second = world.join("second")
            await world.live(60)

            assert world.first.asked > 0
            assert (second.asked, second.leading.depth(), second.leading.running_s()) == (0, 0, [])

    run(main())


def test_a_take_over_writes_nothing_and_touches_no_pod_when_nothing_changed() -> None:
    async def main() -> None:
        async with a_world() as world:
            second = world.join("second")
            await world.live(30)
            before, pods = world.cluster.writes.total(), dict(world.cluster.pods)
            assert before > 0

            await world.first.dies()
            await world.live(60)

            assert second.candidate.term is not None
            assert second.asked > 0
            assert (world.cluster.writes.total(), second.told) == (before, [])
            assert world.cluster.pods == pods

    run(main())


def test_a_rolling_upgrade_of_the_operator_writes_nothing_either() -> None:
    async def main() -> None:
        async with a_world() as world:
            second = world.join("second")
            await world.live(30)
            before, pods = world.cluster.writes.total(), dict(world.cluster.pods)

            for old in (world.first, second):
                new = world.join(f"instead of {old.candidate._election.identity}")
                old.stop.set()
                await world.live(20)
            assert new.asked > 0 or world.processes[-2].asked > 0

            assert world.cluster.writes.total() == before
            assert world.cluster.pods == pods

    run(main())


def test_who_took_over_does_what_was_asked_for_meanwhile() -> None:
    async def main() -> None:
        async with a_world() as world:
            world.join("second")
            await world.live(30)

            await world.first.dies()
            world.cluster.create(a_manifest(replicas=2, trading=0.3))
            await world.live(40)

            status = world.cluster.objects[("ScoringPipeline", *KEY)]["status"]
            assert status["revision"]["serving"] == a_revision(0.3)

    run(main())


def test_who_wakes_up_after_its_time_writes_nothing_that_it_had_in_mind() -> None:
    """It was stopped while it asked the pods: all that it decides after that is of another time."""

    async def main() -> None:
        async with a_world() as world:
            await world.live(30)
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            stopped, written = asyncio.Event(), list[int]()

            def stop_once() -> None:
                loop.jump(60)
                written.append(world.cluster.writes.total())
                stopped.set()

            world.cluster.create(a_manifest(replicas=2, trading=0.3))
            world.workers.meanwhile.append(stop_once)
            world.first.look()
            await stopped.wait()
            world.lease.faults = [ClusterUnavailable("away")] * 3
            await asyncio.sleep(4)

            assert [world.cluster.writes.total()] == written
            assert world.first.candidate.term is None

    run(main())


def test_what_is_running_when_the_term_ends_is_not_finished() -> None:
    async def main() -> None:
        began, finished = asyncio.Event(), []

        async def reconcile(key: Key) -> float | None:
            began.set()
            await asyncio.sleep(60)
            finished.append(key)
            return None

        leading = Leading(lambda _: nullcontext(reconcile), lambda: [KEY], parallelism=1)
        task = asyncio.ensure_future(leading(Term(10.0, now), asyncio.Event()))
        await began.wait()
        assert len(leading.running_s()) == 1

        task.cancel()
        await asyncio.wait([task])

        assert finished == []
        assert (leading.running_s(), leading.depth(), leading.oldest_s()) == ([], 0, 0.0)

    run(main())


def test_a_reconcile_that_swallows_its_cancellation_is_the_last_one() -> None:
    async def main() -> None:
        began = list[Key]()

        async def reconcile(key: Key) -> float | None:
            began.append(key)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            return 0.0

        keys = [KEY, Key("n", "waits")]
        leading = Leading(lambda _: nullcontext(reconcile), lambda: keys, parallelism=1)
        task = asyncio.ensure_future(leading(Term(10.0, now), asyncio.Event()))
        await asyncio.sleep(1)

        task.cancel()
        await asyncio.wait([task], timeout=1)

        assert task.cancelled()
        assert len(began) == 1

    run(main())


def test_what_is_running_when_told_to_stop_is_finished() -> None:
    async def main() -> None:
        began, finished, stop = asyncio.Event(), [], asyncio.Event()

        async def reconcile(key: Key) -> float | None:
            began.set()
            await asyncio.sleep(5)
            finished.append(key)
            return None

        leading = Leading(lambda _: nullcontext(reconcile), lambda: [KEY, Key("n", "waits")], parallelism=1)
        task = asyncio.ensure_future(leading(Term(10.0, now), stop))
        await began.wait()

        stop.set()
        await task

        assert finished == [KEY]

    run(main())
