"""What the group gives and takes. Callbacks only drain or mark; a lane starts in a task of its own.

Every change of assignment begins a new epoch. Records that were asked for in one epoch and came in another may skip
what a seek has repaired in between, so they are dropped and their lanes sought back to where they were.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

import structlog

from scoring_service.errors import Fenced
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Consumer, GroupListener, Record
from scoring_service.worker import lane_loop
from scoring_service.worker.commits import Commits
from scoring_service.worker.lane import Lane
from scoring_service.worker.lane_loop import Releases, Score
from scoring_service.worker.lane_states import LaneStates
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.starting import Starter
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

MakeLane = Callable[[int, int, int], Lane]
"""From partition, partitions of the topic, and partitions assigned."""

log = structlog.get_logger(__name__)


class Membership(GroupListener):
    """The lanes of the partitions that are ours now."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        consumer: Consumer,
        make_lane: MakeLane,
        starter: Starter,
        states: LaneStates,
        score: Score,
        releases: Releases,
        commits: Commits,
        rejoining: Rejoining,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._consumer = consumer
        self._make_lane = make_lane
        self._starter = starter
        self._states = states
        self._score = score
        self._releases = releases
        self._commits = commits
        self._rejoining = rejoining
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing
        self._loops: dict[int, asyncio.Task[None]] = {}
        self._starting: asyncio.Task[None] | None = None
        self._crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_leaving = False
        self.epoch = 0
        self.lanes: dict[int, Lane] = {}
        self.partitions: int | None = None
        """Of the input topic; None while unknown."""
        self.has_joined = False
        self.uncommitted = 0
        """Offsets that were delivered and could not be committed when their partitions last went."""

    async def on_revoked(self, partitions: Iterable[int]) -> None:
        """Drain all lanes: rebalances are eager, so everything goes."""
        self._metrics.rebalancing(monotonic())
        self.epoch += 1
        await self.drain()

    def on_assigned(self, partitions: Iterable[int]) -> None:
        """Make a lane of each partition, paused until a task has found out where it begins."""
        self.epoch += 1
        self.has_joined = True
        self._metrics.rebalances += 1
        self._trouble.clear(Request.START, Request.DELIVER, Request.COMMIT, Request.FENCE)  # of lanes that are gone
        assigned = sorted(partitions)
        self._consumer.pause(assigned)
        log.info("partitions assigned", partitions=assigned)
        if not assigned:
            self._metrics.rebalanced(monotonic())
        if assigned and not self._is_leaving:
            self._starting = asyncio.create_task(self._start(assigned))
            self._starting.add_done_callback(self._watch)

    def accept(self, epoch: int, polled: Mapping[int, Sequence[Record]]) -> int:
        """Hand records that were asked for in `epoch` to their lanes; return how many were taken over."""
        taken = 0
        for partition, records in polled.items():
            lane = self.lanes.get(partition)
            if lane is None or not lane.takes_records or lane.standing.read_position is None:
                continue  # whoever starts the lane will seek
            if epoch != self.epoch:
                self._consumer.seek(partition, lane.standing.read_position)
                continue
            lane.offer(records, self._consumer.last_stable(partition))
            taken += len(records)
        return taken

    def reread(self) -> None:
        """Seek all lanes back to what they took over: a poll that failed may have skipped records of any of them."""
        for lane in self.lanes.values():
            if lane.takes_records and lane.standing.read_position is not None:
                self._consumer.seek(lane.partition, lane.standing.read_position)

    async def relocate(self, partitions: Iterable[int]) -> None:
        """Go on at the log's start where the next record is gone; what retention deleted has expired.

        Raises:
            StreamUnavailable: The brokers do not say what there is.
        """
        epoch = self.epoch
        bounds = await self._consumer.bounds(partitions)
        for partition, (log_start, _) in bounds.items():
            lane = self.lanes.get(partition)
            if epoch != self.epoch or lane is None or lane.standing.read_position is None:
                continue
            position = lane.standing.read_position
            if position > log_start:
                log.warning("log was cut short", partition=partition, position=position, now=log_start)
            self._metrics.expire(partition, lane.jump(log_start))
            self._consumer.seek(partition, log_start)

    def current(self) -> Iterable[Lane]:
        """Return the lanes of this moment."""
        return self.lanes.values()

    async def drain(self) -> None:
        """Finish what is in flight, commit, and let go of all lanes; bounded by the drain deadline."""
        leaving, loops = self.lanes, self._loops
        if self._starting is not None:
            self._starting.cancel()
        for lane in leaving.values():
            lane.close()
        if loops:
            await self._finish(leaving, loops)
        await self._commits.commit(leaving.values())
        await asyncio.gather(*(lane.delivery.close() for lane in leaving.values()))
        self._states.keep(leaving.values())
        self.uncommitted = sum(lane.uncommitted for lane in leaving.values())
        for partition, lane in leaving.items():
            lane.abandon()
            self._metrics.partitions.pop(partition, None)
        if self.lanes is leaving:
            self.lanes, self._loops = {}, {}

    async def _finish(self, leaving: Mapping[int, Lane], loops: Mapping[int, asyncio.Task[None]]) -> None:
        for partition, loop in loops.items():
            if leaving[partition].keeps_batch:
                loop.cancel()  # it waits for a person; the next owner will have the batch
        _, late = await asyncio.wait(loops.values(), timeout=self._timing.drain_s)
        for loop in late:
            loop.cancel()
        if late:
            log.warning("drain deadline passed", lanes=len(late), deadline_s=self._timing.drain_s)

    async def leave(self) -> None:
        """Drain for good: nothing that is assigned from now on starts."""
        self._is_leaving = True
        self.epoch += 1
        await self.drain()

    async def crash(self) -> None:
        """Wait for a defect in a lane and raise it; there is no other way to end."""
        await self._crashed

    async def _start(self, assigned: Sequence[int]) -> None:
        count = self.partitions = max(await self._consumer.partitions(), max(assigned) + 1)
        self.lanes = {partition: self._make_lane(partition, count, len(assigned)) for partition in assigned}
        await self._starter.run(self.lanes, count, self._go)
        self._metrics.rebalanced(monotonic())

    def _go(self, lane: Lane) -> None:
        assert lane.standing.read_position is not None  # noqa: S101 - it has begun
        self._consumer.seek(lane.partition, lane.standing.read_position)
        loop = asyncio.create_task(lane_loop.run(lane, self._score, self._releases))
        loop.add_done_callback(self._watch)
        self._loops[lane.partition] = loop
        self._consumer.resume([lane.partition])

    def _watch(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Fenced):
            self._metrics.fenced += 1
            self._trouble.note(Request.FENCE, error)
            self._rejoining.ask(Why.FENCED)
        elif error is not None and not self._crashed.done():
            self._crashed.set_exception(error)
