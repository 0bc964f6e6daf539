"""One JSON line per state change, on stdout in a pod. What libraries repeat is said now and then, and counted."""

import logging
import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

REPEAT_AFTER_S = 30.0


def configure(out: TextIO = sys.stdout) -> None:
    """Send our own lines and the warnings of libraries to `out` as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # they hold passwords
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[Repeats()], force=True)


class Repeats(logging.Handler):
    """Says a library's warning when it is new or long ago, and counts it otherwise."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        super().__init__(logging.WARNING)
        self._now = now
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on, or count it."""
        key = (record.name, str(record.msg))
        said_at, repeats = self._said.get(key, (float("-inf"), 0))
        if self._now() - said_at < REPEAT_AFTER_S:
            self._said[key] = (said_at, repeats + 1)
            return
        self._said[key] = (self._now(), 0)
        structlog.get_logger(record.name).warning(
            record.getMessage(), logger=record.name, repeats=repeats, exc_info=record.exc_info
        )
