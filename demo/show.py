"""What the audience sees: one table that renews itself on a terminal, else a line now and then."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from demo.ledger import Ledger
from scoring_operator.cli import view
from scoring_operator.cli.local_mode import Snapshot
from scoring_operator.cli.screen import log_through

LINE_EVERY: Final = 8
"""Looks between two lines where there is no terminal."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything at one moment."""

    doing: str
    snapshot: Snapshot
    ledger: Ledger

    def facts(self) -> dict[str, str]:
        """Return what matters, by name."""
        seen = view.summary(self.snapshot)
        chosen = {name: seen[name] for name in ("Ready", "Replicas", "Partitions", "Rate", "Lag", "Revision")}
        ledger = self.ledger
        return {
            **chosen,
            "In": f"{len(ledger.sent):,}",
            "Scores": f"{ledger.scores:,}",
            "Failures": f"{ledger.failures.total():,}",
        }


class Audience(Protocol):
    """Who watches."""

    def show(self, scene: Scene) -> None:
        """Show the present scene."""
        ...

    def say(self, line: str) -> None:
        """Tell something once."""
        ...


class Terminal:
    """A person at a terminal."""

    def __init__(self, console: Console, live: Live) -> None:
        self._console = console
        self._live = live

    def show(self, scene: Scene) -> None:
        self._live.update(picture(scene), refresh=True)

    def say(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)


class Lines:
    """A log file, or a person behind a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._looks = 0

    def show(self, scene: Scene) -> None:
        if self._looks % LINE_EVERY == 0:
            self.say(" · ".join(f"{name} {fact}" for name, fact in scene.facts().items()))
        self._looks += 1

    def say(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)


@contextmanager
def audience() -> Iterator[Audience]:
    """Yield who watches: a terminal if there is one. Warnings of operator and workers go the same way."""
    console = Console()
    if not console.is_terminal:
        lines = Lines(console)
        log_through(lines.say, logging.WARNING)
        yield lines
        return
    with Live(console=console, auto_refresh=False) as live:
        terminal = Terminal(console, live)
        log_through(terminal.say, logging.WARNING)
        yield terminal


def picture(scene: Scene) -> RenderableType:
    """Return the table of a scene."""
    top = Table(title=scene.doing, expand=True)
    facts = scene.facts()
    for name in facts:
        top.add_column(name, justify="right")
    top.add_row(*facts.values())
    scores = Table("last wallets", "zscore", "revision", expand=True)
    for wallet, zscore, revision in reversed(scene.ledger.last):
        scores.add_row(wallet, zscore, revision)
    failures = Table("failures by reason", "records", expand=True)
    for reason, count in scene.ledger.failures.most_common():
        failures.add_row(reason, f"{count:,}")
    return Group(top, scores, failures)
