"""Looking again and again: a table that renews itself on a terminal, else a line, or a document, for what changed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext
from typing import Any, Final, Protocol, TypeVar

from rich.console import Console, RenderableType
from rich.live import Live

from scoring_operator.cli.answer import document
from scoring_operator.cli.options import Format

EVERY_S: Final = 2.0

_Sight = TypeVar("_Sight", bound="Sight")


class Sight(Protocol):
    """What is seen at one moment."""

    def data(self) -> Any:
        """Return it for programs."""
        ...

    def text(self) -> RenderableType:
        """Return it for people."""
        ...

    def changes(self, before: Any) -> Iterator[str]:
        """Yield a line for each change since `before`; all of it if that is None."""
        ...


async def watch(look: Callable[[], Awaitable[_Sight]], output: Format, every_s: float = EVERY_S) -> None:
    """Show what is seen until somebody stops it.

    Raises:
        OperatorError: It cannot be seen any more.
    """
    console, before = Console(), None
    is_board = output is Format.TABLE and console.is_terminal
    with Live(console=console, auto_refresh=False) if is_board else nullcontext() as board:
        while True:
            seen = await look()
            if board is not None:
                board.update(seen.text(), refresh=True)
            else:
                _tell(seen, before, output)
            before = seen
            await asyncio.sleep(every_s)


def _tell(seen: Sight, before: Sight | None, output: Format) -> None:
    lines = list(seen.changes(before))
    if output is Format.TABLE:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    elif lines:
        sys.stdout.write(document(output, seen.data()))
    sys.stdout.flush()
