"""One batch of one partition: decode, score, encode. Nothing that a record contains can raise from here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from scoring_service.codec.messages import Signature, as_of_header, source_header
from scoring_service.codec.rows import created_at, row
from scoring_service.scorers.base import Absorbed, Outcome, Rejection, Row, Scorer, Source, State
from scoring_service.stream.ports import Message, Record

CHUNK = 32
"""Records decoded at a time: their objects stay in the processor's cache until they are scored and dropped."""


class Clock(NamedTuple):
    """The two readings that outputs are stamped with."""

    now: Callable[[], float] = time.time
    """Unix seconds: `timestamp`."""
    elapsed: Callable[[], float] = time.perf_counter
    """Seconds from any origin, never going back: `processing_time_ms`."""


@dataclass(slots=True)
class ScoredBatch:
    """What became of a batch: `len(records) == len(success) + len(failures) + sum(absorbed.values())`."""

    success: list[Message] = field(default_factory=list)
    """For the success topic, in input order."""
    failures: list[Message] = field(default_factory=list)
    """For the failure topic, in input order."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Failures by reason; reasons are from `scorers.reasons`."""
    absorbed: dict[str, int] = field(default_factory=dict)
    """Records without an output, by reason (windowed scorers only)."""
    duplicates: int = 0
    """Transactions that came twice inside a record and were counted once."""
    state: State = None
    """The scorer's state after the last record: current only when the batch is delivered."""


class BatchScorer:
    """Scores batches with one revision. Immutable; safe to call from any thread."""

    def __init__(self, scorer: Scorer, signature: Signature, clock: Clock | None = None) -> None:
        self._scorer = scorer
        self._clock = clock or Clock()
        self._signed = signature.headers()
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode

    def score_batch(self, records: Sequence[Record], topic: str, partition: int, state: State) -> ScoredBatch:
        """Return the messages for `records`, all of one partition and in offset order.

        Never raises for what a record contains, and never mutates `state`. Output key = input key, else the
        scorer's key of the record, else null; every message has the five `scoring-*` headers.
        """
        began = self._clock.elapsed()
        batch = ScoredBatch(state=state)
        for first in range(0, len(records), CHUNK):
            self._score_chunk(batch, records[first : first + CHUNK], (topic, partition), began)
        return batch

    def _score_chunk(self, batch: ScoredBatch, records: Sequence[Record], lane: tuple[str, int], began: float) -> None:
        scorer = self._scorer
        topic, partition = lane
        decoded = [row(scorer, record, Source(topic, partition, record.offset)) for record in records]
        scored, batch.state = scorer.score([item for item in decoded if isinstance(item, Row)], batch.state)
        outcomes = iter(scored)
        timestamp, spent_ms = int(self._clock.now()), int((self._clock.elapsed() - began) * 1000)
        for record, item in zip(records, decoded, strict=True):
            key = record.key
            if isinstance(item, Row):
                source, as_of = item.source, as_of_header(item.as_of)
                ending = self._ending(batch, next(outcomes))
                if key is None:
                    key = scorer.key(item.value)
            else:
                source, as_of = Source(topic, partition, record.offset), as_of_header(created_at(record))
                ending = self._ending(batch, item)
            if ending is None:
                continue
            messages, body = ending
            body.timestamp, body.processing_time_ms = timestamp, spent_ms
            messages.append(Message(key, self._encode(body), [*self._signed, source_header(source), as_of]))

    def _ending(self, batch: ScoredBatch, outcome: Outcome) -> tuple[list[Message], Any] | None:
        """Count an outcome; return where its message goes and what it says, or None if it has none."""
        if isinstance(outcome, Rejection):
            _count(batch.rejected, outcome.reason)
            return batch.failures, self._scorer.failure(outcome)
        if isinstance(outcome, Absorbed):
            _count(batch.absorbed, outcome.reason)
            return None
        batch.duplicates += outcome.duplicates
        return batch.success, outcome


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason] = counts.get(reason, 0) + 1
