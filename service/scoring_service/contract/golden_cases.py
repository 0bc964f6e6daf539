"""A golden case: inputs and what a scorer must make of them. A revision that misses one never serves."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from scoring_service.contract.wire import Closed

MAX_CASES: Final = 20
MAX_INPUTS: Final = 50
MAX_BYTES: Final = 64 * 1024
"""Of all cases together, as JSON: each slot of the live file carries its own."""
MAX_NAME: Final = 63
MAX_DEPTH: Final = 64
"""Levels of lists and objects."""
LATEST: Final = 253_402_300_799
"""Unix seconds: the end of the year 9999."""
EXACT: Final = 2**53
"""JSON of the API server keeps integers exact up to here; larger ones are written as strings."""
TOLERANCE: Final = 1e-9

PLURAL: Final = f"write at most {MAX_CASES} cases"
NAMED: Final = f"name each case with 1 to {MAX_NAME} characters"
DISTINCT: Final = "give each case another name"
MOMENT: Final = f"write asOf in Unix seconds, from 0 to {LATEST}"
SOME: Final = f"write 1 to {MAX_INPUTS} inputs"
PAIRED: Final = "write one expectation for each input: null where the record is absorbed without an output"
WIDTH: Final = "write a tolerance of at least 0"
SMALL: Final = f"write at most {MAX_BYTES // 1024} KiB of cases together"
SHALLOW: Final = f"write values that nest at most {MAX_DEPTH} levels deep"
INEXACT: Final = "write integers above 2^53 as strings: the API server keeps no others exact"


class GoldenCase(Closed, frozen=True):
    """Records of one partition, in order, and what must become of each."""

    name: str
    as_of: float
    """Unix seconds: the timestamp of every record, so the moment to score for unless a record names its own."""
    inputs: tuple[dict[str, Any], ...]
    """Values of records."""
    expect: tuple[dict[str, Any] | None, ...]
    """For each input: members that its output must have (a member may be `{min, max}` instead of a value), or
    `{reason}` of its failure alone, or None if it is absorbed."""
    tolerance: float = TOLERANCE
    """How far a number may be off: this much, or this share of the expected one if that is more."""


def broken(cases: Sequence[GoldenCase]) -> Iterator[tuple[str, str]]:
    """Yield every rule that cases break, in the words of the definition, behind the path within `goldenCases`."""
    names = [case.name for case in cases]
    values = [(case.inputs, case.expect) for case in cases]
    is_deep = max(map(depth, values), default=0) > MAX_DEPTH
    rules = (
        ("", PLURAL, len(cases) <= MAX_CASES),
        (".name", NAMED, all(1 <= len(name) <= MAX_NAME for name in names)),
        ("", DISTINCT, len(set(names)) == len(names)),
        (".asOf", MOMENT, all(0 <= case.as_of <= LATEST for case in cases)),
        (".inputs", SOME, all(1 <= len(case.inputs) <= MAX_INPUTS for case in cases)),
        ("", PAIRED, all(len(case.inputs) == len(case.expect) for case in cases)),
        (".tolerance", WIDTH, all(case.tolerance >= 0 for case in cases)),
        ("", SHALLOW, not is_deep),
        ("", INEXACT, all(map(is_exact, values))),
        ("", SMALL, is_deep or size(cases) <= MAX_BYTES),
    )
    yield from ((path, rule) for path, rule, is_kept in rules if not is_kept)


def is_exact(value: Any) -> bool:
    """Tell whether the API server keeps every integer in a JSON value as it is."""
    return all(not isinstance(leaf, int) or abs(leaf) <= EXACT for leaf, _ in _leaves(value))


def size(cases: Sequence[GoldenCase]) -> int:
    """Return the bytes of cases as JSON."""
    return len(msgspec.json.encode(cases))


def depth(value: Any) -> int:
    """Return how many levels of lists and objects a JSON value has."""
    return max((level for _, level in _leaves(value)), default=0)


def _leaves(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield what is no list or object, and empty ones, with their depth; whatever the depth, without recursion."""
    waiting = [(value, 0)]
    while waiting:
        found, level = waiting.pop()
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list | tuple) else ()
        waiting.extend((part, level + 1) for part in inner)
        if not inner:
            yield found, level
