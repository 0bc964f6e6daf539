"""What several test runs use at once: the first starts it, the last stops it, unless a person asked for it to stay."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness.state import alone


@dataclass(frozen=True)
class Shared:
    """Something that is started and stopped; every user holds a lock, which dies with its process."""

    folder: Path
    start: Callable[[], None]
    """Does nothing if it is up."""
    stop: Callable[[], None]

    @contextmanager
    def used(self) -> Iterator[None]:
        """Have it up inside the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                self._start()
                yield
            finally:
                fcntl.flock(users, fcntl.LOCK_UN)
                if not self._keep.exists() and _is_last(users):
                    self.stop()

    def keep(self) -> None:
        """Have it up until `drop`."""
        self._start()
        self._keep.touch()

    def drop(self) -> None:
        """Stop it, whoever uses it."""
        self._keep.unlink(missing_ok=True)
        self.stop()

    def _start(self) -> None:
        with alone(self.folder / "lock"):
            self.start()

    @property
    def _keep(self) -> Path:
        return self.folder / "keep"


def _is_last(users: TextIO) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
