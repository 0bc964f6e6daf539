"""Records as rows, or why they cannot be any: the checks that do not depend on the scorer."""

from collections.abc import Sequence
from math import isfinite

from scoring_service.scorers.base import Rejection, Row, Scorer, Source
from scoring_service.scorers.raising import Raised, attempt, entity_of, model_error, text_of
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Record

MAX_VALUE_BYTES = 8 * 1024 * 1024
"""A larger value is rejected undecoded: a batch holds at most 8 MiB, so one record may fill it alone."""

CREATE_TIME = 0

_TOMBSTONE = Rejection(Reason.TOMBSTONE, "The record has no value")
_NO_MOMENT = "Neither the record's as_of nor a CreateTime timestamp says for which moment to score"


def rows(scorer: Scorer, records: Sequence[Record], topic: str, partition: int) -> Sequence[Row | Rejection]:
    """Return each record decoded, with its moment of scoring, or its rejection. Never raises, whatever the scorer does.

    The records are of one partition.
    """
    together = attempt(lambda: [_row(scorer, record, Source(topic, partition, record.offset)) for record in records])
    if not isinstance(together, Raised):
        return together
    if len(records) == 1:
        return [model_error(together.why)]
    return [one for record in records for one in rows(scorer, [record], topic, partition)]


def _row(scorer: Scorer, record: Record, source: Source) -> Row | Rejection:
    content = record.value
    if content is None:
        return _TOMBSTONE
    if len(content) > MAX_VALUE_BYTES:
        return Rejection(Reason.OVERSIZE, f"The value has {len(content)} bytes; at most {MAX_VALUE_BYTES} are read")
    value = scorer.decode(content)
    if isinstance(value, Rejection):
        return value
    as_of = scorer.as_of(value)
    if as_of is None:
        as_of = created_at(record)
        if as_of is None:
            return Rejection(Reason.TIMESTAMP, _NO_MOMENT, text_of(entity_of(scorer, value)))
    elif not isfinite(as_of):
        raise ValueError(f"a moment of {as_of}")
    return Row(value, record.key, as_of, source)


def created_at(record: Record) -> float | None:
    """Return the producer's timestamp in Unix seconds; None if the broker stamped the record or nobody did."""
    if record.timestamp_type != CREATE_TIME or record.timestamp < 0:
        return None
    return record.timestamp / 1000
