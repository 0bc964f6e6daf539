"""A progress bar on stderr for long work, where a person watches; silence otherwise."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def progress(items: Iterable[T], verb: str, total: int | None, long: int, size: Callable[[T], int]) -> Iterator[T]:
    """Yield `items`, with a bar if somebody watches and the work is long.

    Args:
        items: What is worked through.
        verb: What is done with them.
        total: Sizes of all together; None if nobody knows.
        long: Total from which a bar is worth its line; less is done before it could be read.
        size: Of one item, in the unit of `total`.
    """
    if not _is_watched() or (total is not None and total < long):
        yield from items
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=total)
        for item in items:
            yield item
            bar.advance(task, size(item))


@contextmanager
def bar(verb: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yield what moves a bar on by so many records; there is a bar only if somebody watches stderr.

    For work that answers once it is done: then stdout may be watched as well.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn(verb), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(verb, total=total)
        yield lambda count: shown.advance(task, count)


def _is_watched() -> bool:
    """Return whether a bar would be seen alone: results on the same terminal are progress enough."""
    return sys.stderr.isatty() and not sys.stdout.isatty()
