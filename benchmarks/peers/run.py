"""Everything in turns: each repetition of a measurement has all contestants once before the next begins."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from signal import SIGKILL, SIGTERM, Signals
from typing import Final, Literal, NamedTuple, TypeVar
from uuid import uuid4

from aiokafka.errors import KafkaError
from rich.progress import Progress, TaskID

from benchmarks import backlog, topics
from benchmarks.backlog import Backlog, Drain, Window
from benchmarks.peers import faults, rate
from benchmarks.peers.contestants import Entry
from benchmarks.peers.faults import Silence
from benchmarks.peers.rate import Held
from benchmarks.peers.verify import verify
from benchmarks.records import wallets
from benchmarks.workers import Contestant

Measure = Literal["backlog", "rate", "faults", "guarantees"]
MEASURES: Final[tuple[Measure, ...]] = ("backlog", "rate", "faults", "guarantees")

BACKLOGS: Final = {1: 450_000, 10: 240_000, 100: 40_000}
"""Transactions per record, and how many such records outlast the window of the fastest."""
USUAL_SIZE: Final = 10
RATE: Final = 2_000
PARTITIONS: Final = (1, 6, 30)
"""Per pod, for at-least-once beside exactly-once."""
GUARANTEES: Final = ("scorer", "scorer-exactly")
GROUP: Final = 5
"""Contestants that take a signal at once."""
_SECONDS: Final = {"verify": 7.0, "drain": 7.0, "hold": 11.0, "SIGKILL": 30.0, "SIGTERM": 24.0, "fill": 15.0}
"""Roughly, for the progress bar."""

_FAILURES: Final = (RuntimeError, TimeoutError, KafkaError)
"""What a turn raises when a contestant, or the broker for it, does not do what it should."""

_Found = TypeVar("_Found")
Turn = tuple[Entry, Contestant]


class Plan(NamedTuple):
    """What is measured, and how often."""

    repetitions: int = 3
    window: Window = Window(1.0, 3.0)
    sizes: tuple[int, ...] = tuple(BACKLOGS)
    measures: tuple[Measure, ...] = MEASURES


@dataclass
class Figures:
    """All that was measured, by contestant."""

    labels: dict[int, str] = field(default_factory=dict)
    """By transactions per record, how the tables call that size."""
    verified: dict[str, str] = field(default_factory=dict)
    """What a contestant's headers are, once its scores have been found equal to ours."""
    drains: dict[tuple[int, str], list[Drain]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[Held]] = field(default_factory=lambda: defaultdict(list))
    silences: dict[tuple[str, str], list[Silence]] = field(default_factory=lambda: defaultdict(list))
    """By signal and contestant."""
    guarantee_drains: dict[tuple[int, str], list[Drain]] = field(default_factory=lambda: defaultdict(list))
    """By partitions and contestant."""
    guarantee_held: dict[tuple[int, str], list[Held]] = field(default_factory=lambda: defaultdict(list))
    problems: dict[tuple[str, str], str] = field(default_factory=dict)
    """By measurement and contestant, why it has no figures there, or not all."""


class Run:
    """One run of the plan on one broker."""

    def __init__(self, bootstrap: str, turns: Sequence[Turn], plan: Plan, progress: Progress) -> None:
        self._bootstrap = bootstrap
        self._turns = list(turns)
        self._plan = plan
        self._progress = progress
        self._bar: TaskID = progress.add_task("", total=self._seconds())
        self._measure: str = "verify"
        self.figures = Figures()

    async def all(self) -> Figures:
        """Measure what the plan says; a contestant that fails has the reason in its row."""
        await self._verify()
        for measure in self._plan.measures:
            self._measure = measure
            await {
                "backlog": self._backlogs,
                "rate": self._rates,
                "faults": self._faults,
                "guarantees": self._guarantees,
            }[measure]()
        return self.figures

    async def _verify(self) -> None:
        records = wallets(USUAL_SIZE)
        for entry, contestant in self._turns:
            found = await self._attempt([entry], "verify", partial(verify, self._bootstrap, contestant, records))
            if found is not None:
                self.figures.verified[entry.name] = found
        self._turns = [turn for turn in self._turns if turn[0].name in self.figures.verified]

    async def _backlogs(self) -> None:
        for size in self._plan.sizes:
            records = wallets(size)
            kilobytes = sum(len(value) for _, value in records) / len(records) / 1000
            self.figures.labels[size] = f"{kilobytes:.1f} KB ({size} tx)"
            async with self._filled(size, topics.PARTITIONS) as filled:
                for _ in range(self._plan.repetitions):
                    for entry, contestant in self._standing():
                        await self._drain(entry, contestant, filled, self.figures.drains[size, entry.name])

    async def _rates(self) -> None:
        for _ in range(self._plan.repetitions):
            for entry, contestant in self._standing():
                if entry.in_rate:
                    await self._hold(entry, contestant, topics.PARTITIONS, self.figures.held[entry.name])

    async def _faults(self) -> None:
        records = wallets(USUAL_SIZE)
        for _ in range(self._plan.repetitions):
            for signalled in (SIGKILL, SIGTERM):
                struck = [turn for turn in self._standing() if turn[0].in_faults]
                for first in range(0, len(struck), GROUP):
                    await self._strike(struck[first : first + GROUP], records, signalled)

    async def _strike(self, group: Sequence[Turn], records: Sequence[tuple[bytes, bytes]], signalled: Signals) -> None:
        struck = partial(faults.strike, self._bootstrap, group, records, signalled)
        found = await self._attempt([entry for entry, _ in group], signalled.name, struck)
        for (entry, _), silence in zip(group, found or [], strict=False):
            if isinstance(silence, Silence):
                self.figures.silences[signalled.name, entry.name].append(silence)
            else:
                self._give_up(entry, silence)

    async def _guarantees(self) -> None:
        for partitions in PARTITIONS:
            async with self._filled(USUAL_SIZE, partitions) as filled:
                for _ in range(self._plan.repetitions):
                    for entry, contestant in self._standing():
                        if entry.name in GUARANTEES:
                            key = partitions, entry.name
                            await self._drain(entry, contestant, filled, self.figures.guarantee_drains[key])
                            await self._hold(entry, contestant, partitions, self.figures.guarantee_held[key])

    async def _drain(self, entry: Entry, contestant: Contestant, filled: Backlog, into: list[Drain]) -> None:
        drained = partial(backlog.drain, self._bootstrap, filled, contestant, self._plan.window)
        if (found := await self._attempt([entry], "drain", drained)) is not None:
            into.append(found)

    async def _hold(self, entry: Entry, contestant: Contestant, partitions: int, into: list[Held]) -> None:
        held = partial(rate.hold, self._bootstrap, contestant, wallets(USUAL_SIZE), RATE, partitions)
        if (found := await self._attempt([entry], "hold", held)) is not None:
            into.append(found)

    @asynccontextmanager
    async def _filled(self, size: int, partitions: int) -> AsyncIterator[Backlog]:
        """Fill a topic for as long as the block is."""
        topic = f"bench-backlog-{uuid4().hex[:8]}"
        await topics.create(self._bootstrap, [topic], partitions=partitions)
        self._progress.update(self._bar, description=f"fill {size} tx")
        await topics.fill(self._bootstrap, topic, wallets(size), BACKLOGS[size], partitions)
        self._progress.advance(self._bar, _SECONDS["fill"])
        try:
            yield Backlog(topic, BACKLOGS[size], partitions)
        finally:
            await topics.delete(self._bootstrap, [topic])

    async def _attempt(
        self, entries: Sequence[Entry], what: str, turn: Callable[[], Awaitable[_Found]]
    ) -> _Found | None:
        """Return what a turn finds, at the second try if need be.

        None if it failed twice, which ends the turns of `entries` in this measurement.
        """
        self._progress.update(self._bar, description=f"{what} {', '.join(entry.name for entry in entries)}")
        try:
            return await turn()
        except _FAILURES as error:
            self._progress.console.print(f"again: {what}: {error}", markup=False)
            return await self._last_attempt(entries, turn)
        finally:
            self._progress.advance(self._bar, _SECONDS[what])

    async def _last_attempt(self, entries: Sequence[Entry], turn: Callable[[], Awaitable[_Found]]) -> _Found | None:
        try:
            return await turn()
        except _FAILURES as error:
            for entry in entries:
                self._give_up(entry, error)
            return None

    def _give_up(self, entry: Entry, error: Exception) -> None:
        self._progress.console.print(f"{self._measure}: {entry.name}: {error}", markup=False)
        self.figures.problems[self._measure, entry.name] = str(error)

    def _standing(self) -> list[Turn]:
        """Return those that have not failed in the measurement of now."""
        return [turn for turn in self._turns if (self._measure, turn[0].name) not in self.figures.problems]

    def _seconds(self) -> float:
        entries = [entry for entry, _ in self._turns]
        times, sizes = self._plan.repetitions, len(self._plan.sizes)
        groups = -(-sum(entry.in_faults for entry in entries) // GROUP)
        pairs = times * len(PARTITIONS) * sum(entry.name in GUARANTEES for entry in entries)
        seconds = {
            "backlog": sizes * (_SECONDS["fill"] + times * len(entries) * _SECONDS["drain"]),
            "rate": times * sum(entry.in_rate for entry in entries) * _SECONDS["hold"],
            "faults": times * groups * (_SECONDS["SIGKILL"] + _SECONDS["SIGTERM"]),
            "guarantees": len(PARTITIONS) * _SECONDS["fill"] + pairs * (_SECONDS["drain"] + _SECONDS["hold"]),
        }
        return len(entries) * _SECONDS["verify"] + sum(seconds[measure] for measure in self._plan.measures)
