"""Parameters of a request for scores: `asOf`, as Unix seconds or RFC 3339. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from scoring_service.http.api.refusals import RefusalReason, Refused

AS_OF: Final = "asOf"
LATEST_S: Final = 253_402_300_799
"""9999-12-31T23:59:59Z: RFC 3339 knows no later moment."""
_SHOWN: Final = 64

_is_unix = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,3}))?").fullmatch
_is_rfc3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
).fullmatch


def as_of_ms(parameters: Sequence[tuple[str, str]], now_s: float) -> int:
    """Return the moment to score for in Unix milliseconds: the parameter's, else the full second of `now_s`.

    Raises:
        Refused: The parameter is no moment from 1970 to 9999, comes twice, or there is another parameter.
    """
    for name, _ in parameters:
        if name != AS_OF:
            raise _refused(name[:_SHOWN], f"{name[:_SHOWN]!r}: expected no parameter but {AS_OF}")
    if not parameters:
        return 1000 * int(now_s)
    if len(parameters) > 1:
        raise _refused(AS_OF, f"{AS_OF}: expected it once, got it {len(parameters)} times")
    text = parameters[0][1]
    found = _milliseconds(text)
    if found is None or not 0 <= found <= 1000 * LATEST_S + 999:
        wanted = "Unix seconds or RFC 3339 such as 2026-03-01T08:00:00Z, from 1970 to 9999"
        raise _refused(AS_OF, f"{AS_OF}: expected {wanted}, got {text[:_SHOWN]!r}")
    return found


def _milliseconds(text: str) -> int | None:
    if unix := _is_unix(text):
        return 1000 * int(unix[1]) + int((unix[2] or "").ljust(3, "0"))
    if not _is_rfc3339(text):
        return None
    try:
        return round(datetime.fromisoformat(text.upper()).timestamp() * 1000)
    except ValueError:
        return None


def _refused(name: str, error: str) -> Refused:
    return Refused(422, RefusalReason.PARAMETER, error, path=name)
