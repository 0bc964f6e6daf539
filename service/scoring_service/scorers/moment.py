"""Moments as people write them: Unix seconds, milliseconds, decimal strings, ISO-8601. The result is Unix seconds."""

import re
from datetime import UTC, datetime
from typing import Final

LATEST_SECONDS: Final = 100_000_000_000
"""Larger timestamps are milliseconds; as seconds this is the year 5138."""

_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_LENGTH = 40


def unix_seconds(moment: float | str) -> float | None:
    """Return a moment in Unix seconds, 0 to 10^11; None if it cannot be read as one.

    Numbers above 10^11 are milliseconds. ISO-8601 without an offset is UTC.
    """
    if isinstance(moment, str):
        return _of_text(moment)
    seconds = moment if moment <= LATEST_SECONDS else moment / 1000
    return seconds if 0 <= seconds <= LATEST_SECONDS else None


def whole(moment: float) -> float:
    """Return a moment as an integer if it is one: outputs then have no point behind it."""
    return int(moment) if moment == int(moment) else moment


def _of_text(text: str) -> float | None:
    if _DECIMAL.fullmatch(text):
        return unix_seconds(float(text))
    if len(text) > _MAX_LENGTH:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (aware - _EPOCH).total_seconds()
    return seconds if 0 <= seconds <= LATEST_SECONDS else None
