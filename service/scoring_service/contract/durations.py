"""Durations as a person writes them: `50ms`, `20s`, `1m`, `1h`."""

import re

_is_duration = re.compile(r"([0-9]{1,9})(ms|s|m|h)").fullmatch
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def milliseconds(duration: str) -> int:
    """Return a duration in milliseconds.

    Raises:
        ValueError: `duration` is written otherwise.
    """
    found = _is_duration(duration)
    if found is None:
        raise ValueError(f"expected a duration such as 50ms, 20s, 1m or 1h, got {duration!r}")
    return int(found[1]) * _MILLISECONDS[found[2]]
