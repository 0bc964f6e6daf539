"""An output against an expectation: the first difference, or none.

An object has at least the expected members; `{min, max}` in place of a value is a range; lists have equal lengths;
numbers may be off by the tolerance, or by that share of the expected one if that is more; all else is equal.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_BOUNDS: Final = frozenset({"min", "max"})
_is_decimal: Final = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?").fullmatch

_TOO_WIDE: Final = 2**1000

ABSENT: Final = object()
"""A member that the output does not have."""


class Difference(NamedTuple):
    """Where an output is not as expected."""

    field: str
    """Path in the output, e.g. `categories[0].score`; empty: the output itself."""
    expected: Any
    came: Any
    """`ABSENT` if there is nothing."""


def first_difference(expected: Any, came: Any, tolerance: float, field: str = "") -> Difference | None:
    """Return the first difference in the order of the expectation; None if there is none.

    Both are JSON values as `json` reads them; the expectation nests no deeper than golden cases may.
    """
    if _is_range(expected):
        return None if _is_within(expected, came, tolerance) else Difference(field, expected, came)
    if isinstance(expected, dict) and isinstance(came, dict):
        parts = ((f"{field}.{name}".lstrip("."), want, came.get(name, ABSENT)) for name, want in expected.items())
        return _first(parts, tolerance)
    if isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        parts = ((f"{field}[{place}]", *pair) for place, pair in enumerate(zip(expected, came, strict=True)))
        return _first(parts, tolerance)
    return None if _is_equal(expected, came, tolerance) else Difference(field, expected, came)


def _first(parts: Iterator[tuple[str, Any, Any]], tolerance: float) -> Difference | None:
    found = (first_difference(want, has, tolerance, field) for field, want, has in parts)
    return next((difference for difference in found if difference is not None), None)


def _is_range(expected: Any) -> bool:
    return (
        isinstance(expected, dict)
        and bool(expected)
        and expected.keys() <= _BOUNDS
        and all(map(_is_number, expected.values()))
    )


def _is_within(bounds: dict[str, float], came: Any, tolerance: float) -> bool:
    """Tell whether a number, or a text that is one in decimals, lies within both bounds."""
    if isinstance(came, str) and _is_decimal(came):
        came = float(came)
    if not _is_number(came):
        return False
    low, high = bounds.get("min", came), bounds.get("max", came)
    return bool(low - _slack(low, tolerance) <= came <= high + _slack(high, tolerance))


def _is_equal(expected: Any, came: Any, tolerance: float) -> bool:
    if _is_number(expected) and _is_number(came):
        return bool(expected == came or abs(came - expected) <= _slack(expected, tolerance))
    if isinstance(expected, str) and isinstance(came, int) and not isinstance(came, bool):
        return expected == str(came)  # an integer that the API server would not keep exact
    return type(expected) is type(came) and bool(expected == came)


def _slack(expected: float, tolerance: float) -> float:
    return tolerance * max(1.0, abs(float(expected)))


def _is_number(value: Any) -> bool:
    """Tell whether a value is a number that arithmetic with decimals can take."""
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_WIDE
    )
