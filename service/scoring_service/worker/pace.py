"""How long to wait between two polls: nothing under backlog, a part of the allowed latency at a moderate rate.

At a moderate rate a poll costs more than the records it brings, so fewer and fuller polls are cheaper. The broker
gathers records for us first (the adapter asks it to); what is left to wait here is small.
"""

BACKLOG_RECORDS = 200
"""A poll that brings so many says that more are waiting."""
SHARE = 0.2
"""Of `delivery.maxLatency` that one pause may take."""


def pause_s(records: int, poll_s: float, max_latency_s: float) -> float:
    """Return the seconds to pause after a poll that took `poll_s` and brought `records`.

    Never above a fifth of `max_latency_s`; a poll that waited that long itself needs no pause.
    """
    if records >= BACKLOG_RECORDS:
        return 0.0
    return max(0.0, SHARE * max_latency_s - poll_s)
