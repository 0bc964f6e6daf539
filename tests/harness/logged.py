"""Log lines of a test, as the values that they are made of."""

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

Lines = Sequence[MutableMapping[str, Any]]


@contextmanager
def lines() -> Iterator[Lines]:
    """Collect what is logged meanwhile, context included, instead of printing it."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as found:
        yield found
