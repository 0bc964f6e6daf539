"""Moments as people write them, ISO 8601 with a zone."""

from datetime import datetime

from scoring_service.cli.manifest import refuse


def milliseconds(option: str, text: str) -> int:
    """Return Unix milliseconds; ends the process with exit code 2 if `text` is no moment or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        refuse(f"{option}: expected a moment with its zone such as 2026-03-01T08:00:00Z, got {text!r}")
    return round(moment.timestamp() * 1000)
