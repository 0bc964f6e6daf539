"""Dead letters as a worker writes them: the record's own headers first, then the worker's."""

from collections.abc import Sequence

from harness import topics
from scoring_service.contract.startup import Startup

TIMESTAMP_MS = 1_704_499_200_000
"""2024-01-06T00:00:00Z."""

Header = tuple[str, bytes]


def appended(reason: str, source: str, pipeline: str) -> tuple[Header, ...]:
    """Return what a worker appends."""
    return (
        ("scoring-pipeline", pipeline.encode()),
        ("scoring-revision", b"0123456789ab"),
        ("scoring-version", b"0.1.0"),
        ("scoring-source", source.encode()),
        ("scoring-as-of", b"1704499200"),
        ("scoring-reason", reason.encode()),
    )


def a_dead_letter(
    startup: Startup,
    number: int = 0,
    *,
    reason: str = "decode",
    headers: Sequence[Header] = (),
    partition: int = 0,
    timestamp_ms: int = TIMESTAMP_MS,
) -> topics.Record:
    """Return the dead letter of a record that was number `number` in its input partition."""
    source = f"{startup.input.topic}/{partition}/{number}"
    return topics.Record(
        b"{broken %d" % number,
        b"key-%d" % number,
        timestamp_ms=timestamp_ms,
        headers=(*headers, *appended(reason, source, f"{startup.namespace}/{startup.pipeline}")),
    )
