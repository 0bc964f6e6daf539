"""What lanes remember of records before theirs: kept over a rebalance, or made again from records that are read again.

A state is kept if its lane comes back to this worker with the offset at which it went; otherwise somebody else has
scored in between, or nobody knows.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from scoring_service.contract.startup import StartupWarmup
from scoring_service.stream.ports import Consumer
from scoring_service.worker.buffer import Buffer
from scoring_service.worker.lane import Lane
from scoring_service.worker.rewind import Rewind

REWOUND_BYTES = 1024 * 1024
"""Buffered of one lane; it waits for the scoring thread, and nothing else is done with it."""


class _Left(NamedTuple):
    """What a lane had when it went."""

    offset: int
    """Of the first record that the state does not know."""
    state: object


class LaneStates:
    """The states of the lanes of one worker, while they are away."""

    def __init__(self, consumer: Consumer, warmup: StartupWarmup, keeps_state: Callable[[], bool]) -> None:
        """Begin without any.

        Args:
            consumer: Knows where a partition is read.
            warmup: How far back, and for how long.
            keeps_state: Whether the scorer that serves folds a state.
        """
        self._consumer = consumer
        self._warmup = warmup
        self._keeps_state = keeps_state
        self._left: dict[int, _Left] = {}

    def keep(self, lanes: Iterable[Lane]) -> None:
        """Keep what lanes leave behind until the next of them go: of partitions that stay away nothing is kept."""
        self._left = {
            lane.partition: _Left(lane.standing.position, lane.scorer_state)
            for lane in lanes
            if lane.scorer_state is not None and lane.standing.position is not None and not lane.is_warming
        }

    def begin(self, lane: Lane, offset: int, log_start: int, committed: int | None) -> None:
        """Let a lane begin at `offset` with its state, or on the way to it."""
        lane.begin(offset, committed)
        left = self._left.pop(lane.partition, None)
        if not self._keeps_state():
            return
        if left is not None and left.offset == offset:
            lane.scorer_state = left.state
            return
        first = max(log_start, offset - self._warmup.records)
        if first < offset:
            lane.rewind(self._rewind(lane.partition, first, offset))

    def _rewind(self, partition: int, first: int, until: int) -> Rewind:
        position = partial(self._consumer.position, partition)
        return Rewind(first, until, self._warmup.duration_ms / 1000, Buffer(REWOUND_BYTES), position)
