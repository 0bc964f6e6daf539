"""Bugs that people write into workers. The judge is worth its verdict only if it catches every one of them.

Each is patched into the real classes of a worker under test. Some need a hardship to show: a sound worker survives the
same hardship, which is tested as well.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from faults.ledger import AT_LEAST_ONCE, EXACTLY_ONCE
from faults.patching import wrap
from scoring_service.codec import BatchScorer, Signature, batch
from scoring_service.contract.names import HEADER_SOURCE
from scoring_service.errors import StreamUnavailable
from scoring_service.metrics import Metrics
from scoring_service.revision import Serving
from scoring_service.revision.building import Builder
from scoring_service.stream.kafka import KafkaConsumer, KafkaProducer, settings
from scoring_service.stream.kafka.transactions import KafkaTransactions
from scoring_service.stream.ports import Message
from scoring_service.worker.commits import Commits
from scoring_service.worker.lane import Lane
from scoring_service.worker.membership import Membership
from scoring_service.worker.outbox import Outbox
from scoring_service.worker.transactions import Transactions

CALM: Final = "calm"
"""One worker, and nothing happens."""
JOIN: Final = "join"
"""A second worker joins in the middle."""
SWAP: Final = "swap"
"""The weight changes in the middle."""
BUDGET: Final = "budget"
"""A scorer with a state; too many records fail, and a person lets every kept batch pass."""
ZOMBIE: Final = "zombie"
"""The worker is stopped for longer than its session, another takes over, and it wakes up."""


@dataclass(frozen=True)
class Bug:
    """One bug, what happens while it is at work, and what must break."""

    apply: Callable[[], None]
    breaks: str
    """The invariant that must be among those that are reported."""
    scenario: str = CALM
    pressure: str = ""
    guarantee: str = AT_LEAST_ONCE


BUGS: dict[str, Bug] = {}
PRESSURES: dict[str, Callable[[], None]] = {}


def _bug(
    name: str, breaks: str, scenario: str = CALM, pressure: str = "", guarantee: str = AT_LEAST_ONCE
) -> Callable[[Callable[[], None]], None]:
    def note(apply: Callable[[], None]) -> None:
        BUGS[name] = Bug(apply, breaks, scenario, pressure, guarantee)

    return note


def _pressure(name: str) -> Callable[[Callable[[], None]], None]:
    def note(apply: Callable[[], None]) -> None:
        PRESSURES[name] = apply

    return note


@_pressure("polls hold what they got")
def _() -> None:
    is_free = asyncio.Event()
    is_free.set()

    async def poll(original: Any, *arguments: Any) -> Any:
        polled = await original(*arguments)
        if polled:
            is_free.clear()
            await asyncio.sleep(0.6)
            is_free.set()
        return polled

    async def position(original: Any, *arguments: Any) -> int:
        await is_free.wait()  # what is held counts as not read yet
        found: int = await original(*arguments)
        return found

    wrap(KafkaConsumer, "poll", poll)
    wrap(KafkaConsumer, "position", position)


@_pressure("acknowledgements are slow")
def _() -> None:
    async def send(original: Any, *arguments: Any) -> None:
        await asyncio.sleep(0.25)
        await original(*arguments)

    wrap(KafkaProducer, "send", send)


@_pressure("every third send fails")
def _() -> None:
    sends = count(1)

    async def send(original: Any, *arguments: Any) -> None:
        if next(sends) % 3 == 0:
            raise StreamUnavailable("the third time it fails")
        await original(*arguments)

    wrap(KafkaProducer, "send", send)


@_bug("commits before the outputs are acknowledged", "I6", pressure="acknowledgements are slow")
def _() -> None:
    async def deliver(original: Any, lane: Any, batch_: Any, scored: Any) -> None:
        lane.standing.position = batch_.next_offset
        await asyncio.sleep(0.6)
        await original(lane, batch_, scored)

    wrap(Lane, "deliver", deliver)


@_bug("does not look at the epoch", "I2", JOIN, pressure="polls hold what they got")
def _() -> None:
    wrap(Membership, "accept", lambda original, self, _, polled: original(self, self.epoch, polled))


@_bug("drops what cannot be decoded", "I1")
def _() -> None:
    def score(original: Any, *arguments: Any) -> Any:
        scored = original(*arguments)
        scored.failures.clear()
        return scored

    wrap(BatchScorer, "score_batch", score)


@_bug("trusts the client's position in a fresh partition", "I1")
def _() -> None:
    def latest(original: Any, *arguments: Any) -> dict[str, Any]:
        return {**original(*arguments), "auto_offset_reset": "latest"}

    def go(original: Any, membership: Any, lane: Any) -> None:
        consumer = membership._consumer
        consumer.seek = lambda *_: None
        try:
            original(membership, lane)
        finally:
            del consumer.seek

    wrap(settings, "consumer", latest)
    wrap(Membership, "_go", go)


@_bug("commits one too far", "I1")
def _() -> None:
    async def commit(original: Any, self: Any, offsets: Any) -> None:
        await original(self, {partition: offset + 1 for partition, offset in offsets.items()})

    wrap(KafkaConsumer, "commit", commit)


@_bug("skips the last record of a batch", "I1")
def _() -> None:
    def score(original: Any, self: Any, records: Any, *rest: Any) -> Any:
        return original(self, records[:-1], *rest)

    wrap(BatchScorer, "score_batch", score)


@_bug("delivers a batch twice", "I2")
def _() -> None:
    async def deliver(original: Any, *arguments: Any) -> None:
        await original(*arguments)
        await original(*arguments)

    wrap(Outbox, "deliver", deliver)


@_bug("names the wrong source", "I1")
def _() -> None:
    wrap(batch, "source_header", lambda original, lane, offset: original(lane, offset // 2 * 2))


@_bug("scores with the old weights under the new name", "I7", SWAP)
def _() -> None:
    first: list[Any] = []

    async def built(original: Any, self: Any, block: Any) -> Serving:
        serving: Serving = await original(self, block)
        first.append(serving.scorer)
        signature = Signature(self._pipeline, serving.revision, self._version)
        batches = BatchScorer(first[0], signature)
        return Serving(serving.revision, first[0], batches, batches)

    wrap(Builder, "built", built)


@_bug("commits what is only read", "I6", pressure="acknowledgements are slow")
def _() -> None:
    async def commit(original: Any, self: Any, lanes: Any) -> None:
        lanes = list(lanes)
        for lane in lanes:
            if lane.standing.read_position is not None:
                lane.standing.position = lane.standing.read_position
        await original(self, lanes)

    wrap(Commits, "commit", commit)


@_bug("swallows a send that failed", "I1", pressure="every third send fails")
def _() -> None:
    async def outcomes(original: Any, *arguments: Any) -> list[None]:
        return [None for _ in await original(*arguments)]

    wrap(Outbox, "_outcomes", outcomes)


@_bug("invents an output", "I4")
def _() -> None:
    def score(original: Any, *arguments: Any) -> Any:
        scored = original(*arguments)
        if scored.success:
            key, value, headers = scored.success[0].key, scored.success[0].value, dict(scored.success[0].headers)
            place, _, offset = headers[HEADER_SOURCE].rpartition(b"/")
            other = headers | {HEADER_SOURCE: b"%s/%d" % (place, int(offset) + 1_000_000)}
            scored.success.append(Message(key, value, list(other.items())))
        return scored

    wrap(BatchScorer, "score_batch", score)


@_bug("turns a batch around", "I5")
def _() -> None:
    def score(original: Any, *arguments: Any) -> Any:
        scored = original(*arguments)
        scored.success.reverse()
        return scored

    wrap(BatchScorer, "score_batch", score)


@_bug("lets the batch's size into the score", "I7")
def _() -> None:
    def score(original: Any, self: Any, rows: Any, state: Any) -> Any:
        outcomes, state = original(self, rows, state)
        for outcome in outcomes:
            outcome.score += len(rows)
        return outcomes, state

    wrap(_toy(), "score", score)


@_bug("loses the key", "I4")
def _() -> None:
    def score(original: Any, *arguments: Any) -> Any:
        scored = original(*arguments)
        scored.success = [Message(b"", message.value, message.headers) for message in scored.success]
        return scored

    wrap(BatchScorer, "score_batch", score)


@_bug("goes back with a commit", "I6")
def _() -> None:
    commits = count(1)

    async def commit(original: Any, self: Any, offsets: Any) -> None:
        await original(self, offsets)
        if next(commits) % 2 == 0:
            await original(self, {partition: max(0, offset - 3) for partition, offset in offsets.items()})
            await original(self, offsets)

    wrap(KafkaConsumer, "commit", commit)


@_bug("counts a batch twice", "I9")
def _() -> None:
    def delivered(original: Any, *arguments: Any) -> None:
        original(*arguments)
        original(*arguments)

    wrap(Metrics, "delivered_batch", delivered)


@_bug("never closes a file", "I13")
def _() -> None:
    def score(original: Any, *arguments: Any) -> Any:
        for _ in range(20):
            os.open(os.devnull, os.O_RDONLY)
        return original(*arguments)

    wrap(BatchScorer, "score_batch", score)


@_bug("prints a record that it cannot decode", "I14")
def _() -> None:
    def score(original: Any, self: Any, records: Any, *rest: Any) -> Any:
        print(records[-1].value, flush=True)
        return original(self, records, *rest)

    wrap(BatchScorer, "score_batch", score)


@_bug("mends a dead letter", "I8")
def _() -> None:
    def letter(original: Any, record: Any, value: bytes, *rest: Any) -> Message:
        made: Message = original(record, value.strip(b"{"), *rest)
        return made

    wrap(batch, "dead_letter", letter)


@_bug("keeps the state of a batch that was not delivered", "I7", BUDGET)
def _() -> None:
    def affords(original: Any, lane: Any, batch_: Any, scored: Any) -> bool:
        is_affordable: bool = original(lane, batch_, scored)
        if not is_affordable:
            lane.scorer_state = scored.state
        return is_affordable

    wrap(Lane, "affords", affords)


@_pressure("every third answer to a commit is lost")
def _() -> None:
    writes = count(1)

    async def write(original: Any, *arguments: Any) -> None:
        await original(*arguments)
        if next(writes) % 3 == 0:
            raise StreamUnavailable("the answer was lost")

    wrap(KafkaTransactions, "write", write)


@_pressure("transactions are slow")
def _() -> None:
    async def commit(original: Any, *arguments: Any) -> None:
        await asyncio.sleep(0.5)
        await original(*arguments)

    wrap(AIOKafkaProducer, "commit_transaction", commit)


@_bug("does not ask what became of a transaction", "I3", CALM, "every third answer to a commit is lost", EXACTLY_ONCE)
def _() -> None:
    async def has_happened(*_: Any) -> bool:
        return False

    wrap(Transactions, "_has_happened", has_happened)


@_bug("commits the offset in a transaction before the outputs", "I6", guarantee=EXACTLY_ONCE)
def _() -> None:
    async def transact(original: Any, self: Any, client: Any, parcels: Any, offset: int) -> None:
        await original(self, client, (), offset)
        await asyncio.sleep(0.1)
        await original(self, client, parcels, offset)

    wrap(KafkaTransactions, "_transact", transact)


@_bug("writes under an id of its own process", "I3", ZOMBIE, "transactions are slow", EXACTLY_ONCE)
def _() -> None:
    async def has_happened(*_: Any) -> bool:
        return False

    wrap(settings, "transactional_id", lambda original, *arguments: f"{original(*arguments)}.{os.getpid()}")
    wrap(Transactions, "_has_happened", has_happened)


@_bug("delivers a transaction twice", "I3", guarantee=EXACTLY_ONCE)
def _() -> None:
    async def write(original: Any, *arguments: Any) -> None:
        await original(*arguments)
        await original(*arguments)

    wrap(KafkaTransactions, "write", write)


def _toy() -> Any:
    from harness.toy import Toy  # only here: what a bug breaks is the scorer, whatever it is

    return Toy
