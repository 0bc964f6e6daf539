"""Bytes of a request in, bytes of an answer out: every record goes through the code that scores the stream."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from scoring_service.codec import ScoredBatch, lone, one_by_one
from scoring_service.http.api.paths import json_path
from scoring_service.http.api.refusals import Refusal, RefusalReason, Refused
from scoring_service.revision import Serving

MAX_RECORDS: Final = 1000
PIECE: Final = 32
"""Records between two pauses."""
ABSORBED: Final = b"null"
"""Stands for a record that did its work without an output."""
SOURCE: Final = "request"

_is_list = re.compile(rb"[ \t\n\r]*\[").match
_Records: Final = msgspec.defstruct(
    "_Records",
    [(f"record{n}", msgspec.Raw, msgspec.Raw(b"")) for n in range(MAX_RECORDS)],
    array_like=True,
    forbid_unknown_fields=True,
)
"""A list whose reading ends at the first record too many: no crowd of numbers takes up the memory of a pod."""
_records_of = msgspec.json.Decoder(_Records).decode


class Scored(NamedTuple):
    """What became of a request."""

    body: bytes
    outcomes: Counter[str]
    """Records by outcome: scored, rejected, absorbed."""
    refusal: Refusal | None = None
    """Why its one record cannot be scored; in a list the failure stands in its place."""


class _Failure(msgspec.Struct):
    """What every failure record has."""

    error: str = ""
    reason: str = ""


def score(serving: Serving, content: bytes, as_of_ms: int, pause: Callable[[], None]) -> Scored:
    """Return the answer to a record, or to a list of them: results in order, each to the byte as on its topic.

    Args:
        serving: The revision that scores.
        content: The body of the request.
        as_of_ms: Unix milliseconds: the moment of records that name none themselves.
        pause: Called between pieces of the work.

    Raises:
        Refused: A list is not JSON, nests too deep, or has too many records.
    """
    if not _is_list(content):
        (one,) = one_by_one(serving.scorer, serving.alone, lone([content], as_of_ms), SOURCE)
        pause()
        return _single(serving, content, one)
    values = _records(content)
    pause()
    results: list[bytes] = []
    outcomes: Counter[str] = Counter()
    for scored in one_by_one(serving.scorer, serving.alone, lone(values, as_of_ms), SOURCE):
        results.append(_value(scored))
        outcomes[_outcome(scored)] += 1
        if len(results) % PIECE == 0:
            pause()
    pause()
    return Scored(b"[" + b",".join(results) + b"]", outcomes)


def _single(serving: Serving, content: bytes, scored: ScoredBatch) -> Scored:
    value, outcomes = _value(scored), Counter([_outcome(scored)])
    if not scored.failures:
        return Scored(value, outcomes)
    said = msgspec.json.decode(value, type=_Failure)
    refusal = Refusal(error=said.error, reason=said.reason, failure=msgspec.Raw(value))
    refusal.path = json_path(content, serving.scorer.Input, said.error) or msgspec.UNSET
    return Scored(value, outcomes, refusal)


def _records(content: bytes) -> list[bytes]:
    try:
        found = _records_of(content)
    except RecursionError:
        raise Refused(422, RefusalReason.DEPTH, "the body nests too deep to be read") from None
    except msgspec.ValidationError:
        many = f"$: expected at most {MAX_RECORDS} records, got more"
        raise Refused(422, RefusalReason.TOO_MANY, many, path="$") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(422, RefusalReason.JSON_SYNTAX, f"the body is not JSON: {error}") from None
    return [bytes(record) for record in msgspec.structs.astuple(found) if record]


def _value(scored: ScoredBatch) -> bytes:
    messages = scored.success or scored.failures
    return messages[0].value if messages else ABSORBED


def _outcome(scored: ScoredBatch) -> str:
    return "scored" if scored.success else "rejected" if scored.failures else "absorbed"
