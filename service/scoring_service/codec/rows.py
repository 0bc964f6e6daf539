"""One record as a row, or why it cannot be one: the checks that do not depend on the scorer."""

from scoring_service.scorers.base import Rejection, Row, Scorer, Source
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Record

MAX_VALUE_BYTES = 8 * 1024 * 1024
"""A larger value is rejected undecoded: a batch holds at most 8 MiB, so one record may fill it alone."""

CREATE_TIME = 0

_TOMBSTONE = Rejection(Reason.TOMBSTONE, "The record has no value")


def row(scorer: Scorer, record: Record, source: Source) -> Row | Rejection:
    """Return the decoded record with its moment of scoring, or the rejection. Never raises for any content."""
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
            return Rejection(
                Reason.TIMESTAMP,
                "Neither the record's as_of nor a CreateTime timestamp says for which moment to score",
                scorer.key(value).decode(errors="replace"),
            )
    return Row(value, record.key, as_of, source)


def created_at(record: Record) -> float | None:
    """Return the producer's timestamp in Unix seconds; None if the broker stamped the record or nobody did."""
    if record.timestamp_type != CREATE_TIME or record.timestamp < 0:
        return None
    return record.timestamp / 1000
