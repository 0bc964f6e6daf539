"""Cases against a scorer: every input is a record with the timestamp of its case, decoded, scored and encoded as one.

miss = first_miss(serving.scorer, serving.batches, cases)       # None: all of them hold
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from scoring_service.codec import BatchScorer, Lone, lone, one_by_one
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.golden.comparing import ABSENT, Difference, first_difference
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.raising import said
from scoring_service.stream.ports import Record

SECONDS: Final = 2.0
"""For all cases together, of the processor's time: a pod that gets little of it is slow, its scorer is not wrong."""
MAX_SHOWN: Final = 48
"""Characters of what was expected, of what came and of the path: a miss is told in 256."""
STAMPS: Final = ("timestamp", "processing_time_ms")
"""Of every output, and no part of the score: never compared."""
TOPIC: Final = "golden"


_TOO_SLOW: Final = Difference("", f"all cases within {SECONDS:g} s", "more")


class Outcome(NamedTuple):
    """What became of one record."""

    reason: str = ""
    """Why it failed; empty if it did not."""
    output: dict[str, Any] | None = None
    """What goes to a topic, the stamps left out; None if the record was absorbed."""
    raised: str = ""
    """What the scorer has raised at it; empty if nothing."""


class Miss(NamedTuple):
    """The first case that does not hold, and where; as text at most 256 characters."""

    case: str
    input: int
    """Counted from 0."""
    difference: Difference

    def __str__(self) -> str:
        field, expected, came = self.difference
        path = " ".join(field.split())
        path = path if len(path) <= MAX_SHOWN else "…" + path[1 - MAX_SHOWN :]
        where = f"input {self.input}" + (f", {path}" if path else "")
        return f"golden case {self.case}, {where}: expected {_text(expected)}, came {_text(came)}"


def first_miss(
    scorer: Scorer, batches: BatchScorer, cases: Sequence[GoldenCase], used_s: Callable[[], float] = time.thread_time
) -> Miss | None:
    """Return the first miss of a built scorer; None if all cases hold.

    Args:
        scorer: What is tried.
        batches: What scores its batches.
        cases: In the order in which they are tried.
        used_s: Seconds that the calling thread has used; more than `SECONDS` of them are a miss of their own.
    """
    began = used_s()
    for case in cases:
        for place, difference in enumerate(_differences(scorer, batches, case)):
            found = difference or (_TOO_SLOW if used_s() - began > SECONDS else None)
            if found is not None:
                return Miss(case.name, place, found)
    return None


def _differences(scorer: Scorer, batches: BatchScorer, case: GoldenCase) -> Iterator[Difference | None]:
    """Yield for each input where its outcome is not as expected; after an error of the scorer, that it has none."""
    try:
        for expected, outcome in zip(case.expect, outcomes(scorer, batches, records_of(case)), strict=True):
            yield difference_of(expected, outcome, case.tolerance)
    except Exception as error:  # noqa: BLE001 - it has no state to begin with, or cannot even say that it failed
        yield Difference("", "an outcome", said(error))


def difference_of(expected: dict[str, Any] | None, outcome: Outcome, tolerance: float) -> Difference | None:
    """Return where an outcome is not as expected; None if it is. What a scorer raises at is as nobody expects it."""
    if outcome.raised:
        return Difference("", "an outcome", outcome.raised)
    if expected is None or outcome.output is None:
        both = [ABSENT if value is None else value for value in (expected, outcome.output)]
        return None if both == [ABSENT, ABSENT] else Difference("", *both)
    is_failure = expected.keys() == {"reason"}
    if is_failure != bool(outcome.reason):
        return Difference("reason", expected.get("reason", ABSENT) if is_failure else ABSENT, outcome.reason or ABSENT)
    wanted = {name: value for name, value in expected.items() if name not in STAMPS}
    return first_difference(wanted, {"reason": outcome.reason} if is_failure else outcome.output, tolerance)


def records_of(case: GoldenCase) -> Iterator[Lone]:
    """Return the inputs of a case as records of its moment."""
    return lone(map(msgspec.json.encode, case.inputs), round(case.as_of * 1000))


def outcomes(scorer: Scorer, batches: BatchScorer, records: Iterable[Record]) -> Iterator[Outcome]:
    """Yield what becomes of each record of one partition, folding the scorer's state from its start."""
    for scored in one_by_one(scorer, batches, records, TOPIC):
        message = next(iter(scored.success or scored.failures), None)
        if message is None:
            yield Outcome()
            continue
        output = json.loads(message.value)  # keeps every integer exact
        shown = {name: value for name, value in output.items() if name not in STAMPS}
        yield Outcome(str(next(iter(scored.rejected), "")), shown, scored.raised)


def _text(value: Any) -> str:
    """Return a value as JSON, cut."""
    if value is ABSENT:
        return "nothing"
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= MAX_SHOWN else said[: MAX_SHOWN - 1] + "…"
