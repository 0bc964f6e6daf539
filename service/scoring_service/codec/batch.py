"""One batch of one partition: decode, score, encode. No record, whatever it makes a scorer do, can raise from here."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple, TypeVar

from scoring_service.candidate import Candidate, Chunk, Tally, aligned, alone, promoted
from scoring_service.codec.messages import Signature, as_of_header, dead_letter, source_header
from scoring_service.codec.rows import created_at, rows
from scoring_service.codec.writing import Stamp, Writing
from scoring_service.scorers.base import Absorbed, Outcome, Rejection, Row, Scorer, State
from scoring_service.scorers.raising import answered
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Message, Record

CHUNK = 32
"""Records decoded at a time: their objects stay in the processor's cache until they are scored and dropped."""

CHUNK_BYTES = 4 * 1024 * 1024
"""Larger chunks are decoded record by record: objects take several times the room of their text."""

_T = TypeVar("_T")
_Ending = tuple[Record, Row | Rejection, Outcome, int]
"""With who made it: 0 the serving revision, 1 the candidate."""


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
    dead_letters: list[Message] = field(default_factory=list)
    """For the dead-letter topic, in input order: the rejected records as they came; empty unless they are kept."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Failures by reason; reasons are from `scorers.reasons`."""
    refused_at: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)
    """The same by reason and stage, for those who look for the cause: `decode`, `score`, or later `deliver`."""
    absorbed: dict[str, int] = field(default_factory=dict)
    """Records without an output, by reason (windowed scorers only)."""
    raised: str = field(default="", compare=False)
    """What the scorer has raised last, of the records that are rejected for it; empty if nothing."""
    duplicates: int = 0
    """Transactions that came twice inside a record and were counted once."""
    tally: Tally | None = None
    """What a candidate did meanwhile, to be settled once the batch is delivered; None without one."""
    state: State = None
    """The scorer's state after the last record: current only when the batch is delivered."""


class BatchScorer:
    """Scores batches with one revision, maybe with a candidate beside it. Immutable; safe to call from any thread."""

    def __init__(
        self,
        scorer: Scorer,
        signature: Signature,
        clock: Clock | None = None,
        *,
        keeps_dead_letters: bool = False,
        candidate: Candidate | None = None,
    ) -> None:
        self._scorer = scorer
        self._revision = signature.revision
        self._second = candidate.second if candidate is not None else None
        self._keeps_dead_letters = keeps_dead_letters
        self._clock = clock or Clock()
        self._authors = [(scorer, signature.headers())]
        if candidate is not None:
            signed = signature._replace(revision=candidate.revision).headers()
            self._authors.append((candidate.second.scorer, signed))

    def score_batch(self, records: Sequence[Record], topic: str, partition: int, state: State) -> ScoredBatch:
        """Return the messages for `records`, all of one partition and in offset order.

        Never raises for what a record contains or makes the scorer raise, and never mutates `state`. Output key =
        input key, else the scorer's key of the record, else null; every message has the five `scoring-*` headers.
        """
        began = self._clock.elapsed()
        batch = ScoredBatch(state=promoted(state, self._revision))
        lane = f"{topic}/{partition}/"
        for read in _chunks(records):
            items = rows(self._scorer, read, topic, partition)
            endings = self._judged(batch, Chunk(lane, read, items))
            now, spent_s = self._clock.now(), self._clock.elapsed() - began
            self._settle(batch, lane, endings, Stamp(int(now), int(spent_s * 1000)))
        return batch

    def _judged(self, batch: ScoredBatch, chunk: Chunk) -> Iterable[_Ending]:
        """Return what becomes of each record of a chunk."""
        if self._second is None:
            found = [item for item in chunk.items if isinstance(item, Row)]
            outcomes, batch.state = answered(self._scorer, found, alone(batch.state))
            return zip(chunk.records, chunk.items, aligned(chunk.items, outcomes), repeat(0))
        batch.tally = batch.tally or Tally(self._second.comparison)
        judged = self._second.judge(self._scorer, chunk, batch.state, batch.tally)
        batch.state = judged.state
        return zip(chunk.records, chunk.items, judged.outcomes, judged.authors)  # noqa: B905 - may be endless

    def _settle(self, batch: ScoredBatch, lane: str, endings: Iterable[_Ending], stamp: Stamp) -> None:
        """Count every outcome, and write the message of those that have one."""
        writing = Writing(stamp)
        for record, item, found, author in endings:
            if isinstance(found, Absorbed):
                _count(batch.absorbed, found.reason)
                continue
            scorer, signed = self._authors[author]
            key, value, outcome = writing.write(scorer, record, item, found)
            as_of = item.as_of if isinstance(item, Row) else created_at(record)
            headers = [*signed, source_header(lane, record.offset), as_of_header(as_of)]
            message = Message(key, value, headers)
            if not isinstance(outcome, Rejection):
                batch.success.append(message)
                continue
            batch.failures.append(message)
            if outcome.reason == Reason.MODEL_ERROR:
                batch.raised = outcome.detail
            _count(batch.rejected, outcome.reason)
            _count(batch.refused_at, (outcome.reason, "score" if isinstance(item, Row) else "decode"))
            if self._keeps_dead_letters and record.value is not None:
                batch.dead_letters.append(dead_letter(record, record.value, headers, outcome.reason))
        batch.duplicates += writing.duplicates


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for first in range(0, len(records), CHUNK):
        chunk = records[first : first + CHUNK]
        if sum([len(record.value or b"") for record in chunk]) <= CHUNK_BYTES:
            yield chunk
        else:
            yield from ([record] for record in chunk)


def _count(counts: dict[_T, int], reason: _T) -> None:
    counts[reason] = counts.get(reason, 0) + 1
