"""Records scored one after the other, the state empty before the first, by the very code that scores the stream.

Most are from elsewhere: lines of a file, items of a request, inputs of a golden case, without a key and of one moment.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scoring_service.codec.batch import BatchScorer, ScoredBatch
from scoring_service.scorers.base import Scorer
from scoring_service.stream.ports import Record


class Lone(NamedTuple):
    """One value as a record that a producer stamped with the moment to score it for."""

    offset: int
    timestamp: int
    value: bytes | None
    timestamp_type: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def lone(values: Iterable[bytes], as_of_ms: int) -> Iterator[Lone]:
    """Yield JSON documents as records; `as_of_ms` is the moment, in Unix milliseconds, of those that name none."""
    for offset, value in enumerate(values):
        yield Lone(offset, as_of_ms, value)


def one_by_one(scorer: Scorer, batches: BatchScorer, records: Iterable[Record], source: str) -> Iterator[ScoredBatch]:
    """Yield what became of each record, in order: one success, one failure, or nothing if it was absorbed.

    Args:
        scorer: Where the state comes from.
        batches: Made of that scorer.
        records: As of one partition.
        source: What stands for a topic in the headers.
    """
    state = scorer.start()
    for record in records:
        scored = batches.score_batch([record], source, 0, state)
        state = scored.state
        yield scored
