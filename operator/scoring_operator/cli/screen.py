"""Where `up` shows itself: a live table on a terminal, else one line per change, or one line of JSON per look."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import structlog
from rich.console import Console
from rich.live import Live

from scoring_operator.cli import view
from scoring_operator.cli.answer import document
from scoring_operator.cli.options import Format
from scoring_operator.cli.snapshot import Snapshot


class Lines:
    """One line per change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Print what changed since the last call."""
        for line in view.changes(self._last, snapshot):
            self.say(line)
        self._last = snapshot

    def say(self, line: str) -> None:
        """Print one line."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class Documents:
    """One document of JSON or YAML per look on standard output; everything else goes to standard error."""

    def __init__(self, output: Format) -> None:
        self._output = output

    def show(self, snapshot: Snapshot) -> None:
        """Print the pipeline."""
        sys.stdout.write(document(self._output, view.as_data(snapshot)))
        sys.stdout.flush()

    def say(self, line: str) -> None:
        """Print one line to standard error."""
        sys.stderr.write(line + "\n")


class Board:
    """A table that renews itself; lines appear above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Renew the table."""
        self._live.update(view.table(snapshot), refresh=True)

    def say(self, line: str) -> None:
        """Print one line above the table."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def screen(output: Format) -> Iterator[Lines | Documents | Board]:
    """Yield where to show things; a table is plain lines without a terminal.

    The operator's own log goes the same way, so that it never tears a table.
    """
    if output is not Format.TABLE:
        documents = Documents(output)
        log_through(documents.say)
        yield documents
        return
    console = Console()
    if not console.is_terminal:
        lines = Lines(console)
        log_through(lines.say)
        yield lines
        return
    with Board(console) as board:
        log_through(board.say)
        yield board


def log_through(say: Callable[[str], None], least: int = logging.INFO) -> None:
    """Send the operator's log from level `least` on through `say`, one line per entry."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False),
        ],
        logger_factory=lambda *_: _Sayer(say),
    )


class _Sayer:
    """What structlog calls a logger: one method per level, all the same here."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = self.exception = say
