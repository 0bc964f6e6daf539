"""What becomes of a batch as parcels: one topic and partition each, of a size that the topic takes.

A topic's limit is learned from its refusals. What no topic takes becomes a failure that says so; a dead letter that is
refused leaves its digest and its coordinates in the failure of its record.
"""

import hashlib
from collections.abc import Callable, Sequence

from scoring_service.codec import ScoredBatch, reason_of
from scoring_service.contract.names import HEADER_SOURCE
from scoring_service.contract.startup import StartupOutput
from scoring_service.errors import StreamMisconfigured
from scoring_service.metrics import Metrics
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Message, Parcel, Producer
from scoring_service.worker.buffer import Batch
from scoring_service.worker.routing import Origin, cut, parcels, size_of

DELIVER = "deliver"
"""The stage at which this module refuses what was scored."""

Oversize = Callable[[str], bytes]
"""From a detail to the body of a failure with the reason `oversize`."""


class Packing:
    """Makes parcels of outputs, for all lanes of a worker."""

    def __init__(self, producer: Producer, output: StartupOutput, oversize: Oversize, metrics: Metrics) -> None:
        self._producer = producer
        self._output = output
        self._oversize = oversize
        self._metrics = metrics
        self._most: dict[str, int] = {}
        """Bytes to send in one parcel to a topic that has refused more; never below half of what it takes."""

    async def check(self) -> None:
        """Return if all output topics are there.

        Raises:
            StreamMisconfigured: One is not; the message names it.
            StreamUnavailable: The brokers do not say.
        """
        for topic in self._output.topics:
            await self._producer.partitions(topic)

    async def dead_letters(self, batch: Batch, scored: ScoredBatch, origin: Origin) -> list[Parcel]:
        """Return the dead letters of a batch; they go first, because one that is refused changes a failure."""
        return await self._parcels(self._output.dead_letter_topic, scored.dead_letters, batch, origin)

    async def outputs(self, batch: Batch, scored: ScoredBatch, origin: Origin) -> list[Parcel]:
        """Return the scores and failures of a batch."""
        return [
            *await self._parcels(self._output.success_topic, scored.success, batch, origin),
            *await self._parcels(self._output.failure_topic, scored.failures, batch, origin),
        ]

    async def _parcels(self, topic: str, messages: Sequence[Message], batch: Batch, origin: Origin) -> list[Parcel]:
        if not messages:
            return []
        found = parcels(topic, await self._producer.partitions(topic), messages, origin, batch.records)
        most = self._most.get(topic)
        return found if most is None else [piece for parcel in found for piece in cut(parcel, most)]

    def smaller(self, parcel: Parcel, scored: ScoredBatch) -> list[Parcel]:
        """Return smaller parcels for one that its topic refuses for its size; `scored` then says the same.

        Raises:
            StreamMisconfigured: The failure topic takes not even a failure.
        """
        topic, _, messages = parcel
        if len(messages) > 1:
            size = sum(map(size_of, messages))
            self._most[topic] = min(size // 2, self._most.get(topic, size))
            return cut(parcel, self._most[topic])
        (message,) = messages
        if topic == self._output.dead_letter_topic:
            self._give_up_dead_letter(message, scored)
            return []
        failure = self._failure(
            message, f"The output has {_key_and_value(message)} bytes with its key, more than its topic takes"
        )
        if topic == self._output.success_topic:
            scored.success = [other for other in scored.success if other is not message]
            _count(scored, Reason.OVERSIZE)
            scored.failures = [*scored.failures, failure]
        elif size_of(failure) >= size_of(message):
            raise StreamMisconfigured(f"topic {topic} takes not even a failure of {size_of(message)} bytes")
        else:
            scored.failures = [failure if other is message else other for other in scored.failures]
        return [Parcel(self._output.failure_topic, 0, [failure])]

    def _give_up_dead_letter(self, letter: Message, scored: ScoredBatch) -> None:
        """Keep of a dead letter its digest and where it came from, in the failure of its record."""
        reason, source = reason_of(letter), dict(letter.headers)[HEADER_SOURCE]
        detail = (
            f"The record of {len(letter.value)} bytes at {source.decode()} was rejected as {reason}, and is more than "
            f"the dead-letter topic takes; sha256 {hashlib.sha256(letter.value).hexdigest()}"
        )
        scored.dead_letters = [other for other in scored.dead_letters if other is not letter]
        scored.failures = [
            Message(other.key, self._oversize(detail), other.headers)
            if dict(other.headers)[HEADER_SOURCE] == source
            else other
            for other in scored.failures
        ]
        _uncount(scored, reason)
        _count(scored, Reason.OVERSIZE)
        self._metrics.dead_letter_failures[Reason.OVERSIZE] += 1

    def _failure(self, message: Message, detail: str) -> Message:
        """Return the failure for an output that is too large; only its key can be, so it has none."""
        return Message(None, self._oversize(detail), message.headers)


def _key_and_value(message: Message) -> int:
    return len(message.value) + len(message.key or b"")


def _count(scored: ScoredBatch, reason: str) -> None:
    scored.rejected[reason] = scored.rejected.get(reason, 0) + 1
    scored.refused_at[reason, DELIVER] = scored.refused_at.get((reason, DELIVER), 0) + 1


def _uncount(scored: ScoredBatch, reason: str) -> None:
    """Take back one failure; at which of two stages it was refused, if its reason has two, nobody remembers."""
    scored.rejected[reason] -= 1
    stage = next(where for where, count in scored.refused_at.items() if where[0] == reason and count)
    scored.refused_at[stage] -= 1
