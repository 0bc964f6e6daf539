"""Values from elsewhere than a stream, scored as one sequence by the very code that scores the stream.

They are the lines of a file or the items of a request: without a key, of one moment, the state empty before the first.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scoring_service.codec.batch import BatchScorer, ScoredBatch
from scoring_service.scorers.base import Scorer


class Lone(NamedTuple):
    """One value as a record that a producer stamped with the moment of scoring."""

    offset: int
    timestamp: int
    value: bytes
    timestamp_type: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def one_by_one(
    scorer: Scorer, batches: BatchScorer, values: Iterable[bytes], source: str, as_of_ms: int
) -> Iterator[ScoredBatch]:
    """Yield what became of each value, in order: one success, one failure, or nothing if it was absorbed.

    Args:
        scorer: Where the state comes from.
        batches: Made of that scorer.
        values: Records, one JSON document each.
        source: What stands for a topic in the headers.
        as_of_ms: Unix milliseconds: the moment of records that name none themselves.
    """
    state = scorer.start()
    for offset, value in enumerate(values):
        scored = batches.score_batch([Lone(offset, as_of_ms, value)], source, 0, state)
        state = scored.state
        yield scored
