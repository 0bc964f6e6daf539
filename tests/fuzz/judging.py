"""Whether what became of one record keeps the codec's promises: a score, or a reason from the closed list."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from fuzz import plain
from fuzz.finding import Finding, require
from fuzz.subjects import Subject
from scoring_service.codec import ScoredBatch
from scoring_service.contract.names import (
    HEADER_AS_OF,
    HEADER_PIPELINE,
    HEADER_REVISION,
    HEADER_SOURCE,
    HEADER_VERSION,
)
from scoring_service.scorers.reasons import Reason
from scoring_service.stream.ports import Message, Record

HEADERS: Final = [HEADER_PIPELINE, HEADER_REVISION, HEADER_VERSION, HEADER_SOURCE, HEADER_AS_OF]
REASONS: Final = frozenset(Reason)
MAX_OUTPUT_BYTES: Final = 4096
"""Of one output, whatever the record: nothing of its size may be echoed."""

TOLERANCE: Final = 1e-9


def judge(subject: Subject, record: Record, batch: ScoredBatch) -> None:
    """Return if the batch of one record is as promised.

    Raises:
        Finding: It is not.
    """
    absorbed = sum(batch.absorbed.values())
    require(len(batch.success) + len(batch.failures) + absorbed == 1, f"one record has one outcome (got {batch})")
    require(sum(batch.rejected.values()) == len(batch.failures), f"every failure is counted (got {batch.rejected})")
    require(REASONS.issuperset(batch.rejected), f"a reason is from the closed list (got {[*batch.rejected]})")
    require(Reason.MODEL_ERROR not in batch.rejected, f"a scorer of ours raises at nothing (got {batch.raised})")
    for message in batch.success:
        _judge_message(record, message)
        _judge_score(subject, record, message)
    for message in batch.failures:
        _judge_message(record, message)
        _judge_failure(subject, record, message, *batch.rejected)


def _judge_message(record: Record, message: Message) -> None:
    require([name for name, _ in message.headers] == HEADERS, f"five headers (got {message.headers})")
    require(all(type(value) is bytes for _, value in message.headers), f"headers are bytes (got {message.headers})")
    require(record.key is None or message.key == record.key, f"the input's key is kept (got {message.key!r})")
    require(len(message.value) <= MAX_OUTPUT_BYTES, f"an output is small (got {len(message.value)} bytes)")


def _judge_score(subject: Subject, record: Record, message: Message) -> None:
    require(record.value is not None, "a tombstone has no score")
    written = _strict_json(message.value)
    require(all(map(math.isfinite, _numbers(written))), f"numbers are finite (got {written})")
    output = _as_declared(subject, message.value)
    for score, low, high in subject.scores(output):
        require(low <= score <= high, f"a score lies within {low} and {high} (got {score})")
    low, high, _ = subject.scorer.range
    require(low <= output.number <= high, f"{output.number} is in the declared range")
    _judge_number(subject, record, written, dict(message.headers)[HEADER_AS_OF])


def _judge_number(subject: Subject, record: Record, written: dict[str, Any], as_of: bytes) -> None:
    """Compare with the second opinion, if there is one on this record."""
    expected = subject.expected(record.value or b"", float(as_of), subject.parameters)
    if expected is None:
        return
    rounding = 0.5 * 10.0**-subject.scorer.parameters.zscore_decimals
    off = abs(float(written["zscore"]) - expected.final)
    require(off <= TOLERANCE + rounding, f"the score is {expected.final} (got {written['zscore']})")
    counted = sum(category["transaction_count"] for category in written["categories"])
    require(counted == expected.counted, f"{expected.counted} transactions count (got {counted})")


def _judge_failure(subject: Subject, record: Record, message: Message, reason: str) -> None:
    written = _strict_json(message.value)
    require(written.keys() == subject.failure_members, f"a failure has its documented members (got {[*written]})")
    require(written["reason"] == reason, f"the reason counted is the one written (got {written['reason']})")
    require(isinstance(written["error"], str) and written["error"], "a failure says what was wrong")
    content = record.value
    require((content is None) == (reason == Reason.TOMBSTONE), f"a record without a value is a tombstone ({reason})")
    if content is not None and reason == Reason.JSON_SYNTAX:
        require(not plain.is_json(content), f"what is JSON is not called no JSON ({written['error']})")
    as_of = dict(message.headers)[HEADER_AS_OF]
    if content is not None and as_of:
        expected = subject.expected(content, float(as_of), subject.parameters)
        require(expected is None, f"a plain record is scored {expected} ({written['error']})")


def _strict_json(content: bytes) -> dict[str, Any]:
    try:
        written = json.loads(content.decode(), parse_constant=_refuse)
    except ValueError as error:
        raise Finding(f"an output is JSON ({error}: {content[:200]!r})") from error
    require(isinstance(written, dict), f"an output is an object (got {content[:200]!r})")
    return written  # type: ignore[no-any-return]  # `require` has seen that it is


def _as_declared(subject: Subject, content: bytes) -> Any:
    try:
        return msgspec.json.decode(content, type=subject.scorer.Output)
    except msgspec.ValidationError as error:
        raise Finding(f"an output reads back as its declared type ({error}: {content[:300]!r})") from error


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value
