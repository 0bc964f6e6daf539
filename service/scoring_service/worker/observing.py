"""What is looked at once a second: the watchdog's tick, lag, rates. Nothing here waits for what it watches."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic, time

from scoring_service.contract.worker_status import LaneState
from scoring_service.errors import Stalled, StreamMisconfigured, StreamUnavailable
from scoring_service.health import Health
from scoring_service.metrics import Metrics
from scoring_service.stream.ports import Bounds, Consumer
from scoring_service.worker.lane import Lane
from scoring_service.worker.membership import Membership
from scoring_service.worker.packing import Packing
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.timing import Timing
from scoring_service.worker.trouble import Request, Trouble

RATE_SAMPLES = 11
"""One a second: a rate is averaged over ten seconds."""
BUSY_SAMPLES = 60
"""One a second: the share of a minute."""
BUSY_SAMPLES_LEAST = 10
"""Fewer say nothing of a share."""
ANSWER_TIMEOUT_S = 5.0


class Watchdog:
    """Ticks, and samples the rate and whether there is something to do."""

    def __init__(self, health: Health, metrics: Metrics, timing: Timing, is_busy: Callable[[], bool]) -> None:
        """`is_busy` tells whether a record that was taken over is not delivered yet."""
        self._health = health
        self._metrics = metrics
        self._timing = timing
        self._is_busy = is_busy
        self._samples: deque[tuple[float, int]] = deque([(monotonic(), 0)], maxlen=RATE_SAMPLES)
        self._busy: deque[bool] = deque(maxlen=BUSY_SAMPLES)

    @property
    def records_per_second(self) -> float:
        """Delivered records per second over the last ten."""
        (began, before), (now, delivered) = self._samples[0], self._samples[-1]
        return (delivered - before) / (now - began) if now > began else 0.0

    @property
    def busy_ratio(self) -> float | None:
        """Share of the last minute in which there was something to do, as looked at once a second; None at first."""
        return None if len(self._busy) < BUSY_SAMPLES_LEAST else sum(self._busy) / len(self._busy)

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            due = monotonic() + self._timing.observe_every_s
            await asyncio.sleep(self._timing.observe_every_s)
            now = monotonic()
            self._metrics.loop_lag.observe(max(0.0, now - due))
            self._health.ticked_at = now
            self._samples.append((now, self._metrics.delivered))
            self._busy.append(self._is_busy())


class Observer:
    """Asks the brokers how far behind the lanes are."""

    def __init__(  # noqa: PLR0913, RUF100 - wired once, in worker.py
        self,
        consumer: Consumer,
        membership: Membership,
        packing: Packing,
        rejoining: Rejoining,
        metrics: Metrics,
        trouble: Trouble,
        timing: Timing,
    ) -> None:
        self._consumer = consumer
        self._membership = membership
        self._packing = packing
        self._rejoining = rejoining
        self._metrics = metrics
        self._trouble = trouble
        self._timing = timing

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(self._timing.observe_every_s)
            await self.look()

    async def look(self) -> None:
        """Refresh lag and gauges of all lanes. Does not raise: what an outage hides is unknown, not what it was."""
        epoch = self._membership.epoch
        lanes = [lane for lane in self._membership.lanes.values() if lane.takes_records]
        reads = await self._answered(Request.LAG, self._measure(lanes, epoch))
        writes = await self._answered(Request.OUTPUTS, self._packing.check())
        self._trouble.brokers_answer = reads and writes
        self._publish()

    async def _answered(self, request: Request, answer: Awaitable[None]) -> bool:
        """Return whether the brokers answered, if only with a refusal; note what is wrong, or that nothing is."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await answer
        except TimeoutError:
            silent = StreamUnavailable(f"the brokers have not answered for {ANSWER_TIMEOUT_S:.0f} s")
            self._trouble.note(request, silent)
        except StreamUnavailable as error:
            self._trouble.note(request, error)
        except StreamMisconfigured as error:
            self._trouble.note(request, error)
            return True
        else:
            self._trouble.clear(request)
            return True
        return False

    async def _measure(self, lanes: list[Lane], epoch: int) -> None:
        bounds: Mapping[int, Bounds] = {}
        try:
            self._membership.partitions = await self._consumer.partitions()
            bounds = await self._consumer.bounds([lane.partition for lane in lanes])
        finally:
            self._judge(lanes, bounds)
        silent = [lane.partition for lane in lanes if lane.partition not in bounds]
        self._trouble.without_leader(Request.LEADERS, silent, self._metrics.topic)
        for lane in lanes:
            if epoch == self._membership.epoch and lane.partition in bounds:
                await self._step_over_markers(lane)

    def _judge(self, lanes: Sequence[Lane], bounds: Mapping[int, Bounds]) -> None:
        """Tell each lane where its partition ends; one that should have moved by now asks for a new client."""
        now = monotonic()
        for lane in lanes:
            end = bounds.get(lane.partition)
            lane.standing.watch(None if end is None else end.last_stable, now, self._timing.stalled_s)
        stalled = [lane.partition for lane in lanes if lane.standing.state is LaneState.STALLED]
        if stalled:
            self._trouble.note(Request.STALL, Stalled(f"partitions {stalled} make no progress"))
            self._rejoining.ask(Why.STALLED)
        else:
            self._trouble.clear(Request.STALL)

    async def _step_over_markers(self, lane: Lane) -> None:
        """Move an idle lane past what is no record (transaction markers), or its lag would never be 0."""
        standing = lane.standing
        if standing.position == standing.last_stable:
            return
        position = await self._consumer.position(lane.partition)
        if lane.is_idle and lane.takes_records and standing.position is not None:
            standing.position = max(standing.position, position)

    def _publish(self) -> None:
        lanes = self._membership.lanes
        self._metrics.paused_partitions = sum(lane.is_paused for lane in lanes.values())
        now_ms = time() * 1000
        self._metrics.partitions = {partition: lane.standing.gauges(now_ms) for partition, lane in lanes.items()}
