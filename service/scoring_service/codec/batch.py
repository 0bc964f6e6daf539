"""One batch of one partition: decode, score, encode. Nothing that a record contains can raise from here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from scoring_service.codec.messages import Header, Signature, as_of_header, source_header
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
        decoded = [row(scorer, record, Source(*lane, record.offset)) for record in records]
        scored, batch.state = scorer.score([item for item in decoded if isinstance(item, Row)], batch.state)
        outcomes = iter(scored)
        stamp = (int(self._clock.now()), int((self._clock.elapsed() - began) * 1000))
        for record, item in zip(records, decoded, strict=True):
            source = source_header(Source(*lane, record.offset))
            if isinstance(item, Row):
                key = scorer.key(item.value) if record.key is None else record.key
                headers = [*self._signed, source, as_of_header(item.as_of)]
                self._settle(batch, next(outcomes), key, headers, stamp)
            else:
                headers = [*self._signed, source, as_of_header(created_at(record))]
                self._settle(batch, item, record.key, headers, stamp)

    def _settle(
        self, batch: ScoredBatch, outcome: Outcome, key: bytes | None, headers: list[Header], stamp: tuple[int, int]
    ) -> None:
        """Add the outcome of one record to the batch."""
        if isinstance(outcome, Absorbed):
            _count(batch.absorbed, outcome.reason)
            return
        if isinstance(outcome, Rejection):
            _count(batch.rejected, outcome.reason)
            messages, body = batch.failures, self._scorer.failure(outcome)
        else:
            batch.duplicates += outcome.duplicates
            messages, body = batch.success, outcome
        body.timestamp, body.processing_time_ms = stamp
        messages.append(Message(key, self._encode(body), headers))


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason] = counts.get(reason, 0) + 1
