"""How the scoring of requests gives way to that of the stream: both are threads of one interpreter.

While the stream has records in flight, requests take a twentieth of the time; else all of it, in short pieces.
"""

from collections.abc import Callable
from time import thread_time
from typing import Final

SHARE: Final = 0.05
"""Of the time, while the stream has work."""
MAX_REST_S: Final = 1.0
"""However long a piece took: a record of many megabytes may take a second."""


class Yielding:
    """Counts what one thread has taken, and rests for it."""

    def __init__(self, stream_is_busy: Callable[[], bool], rest: Callable[[float], object]) -> None:
        """`rest` waits for so many seconds, and lets other threads go on even for 0."""
        self._stream_is_busy = stream_is_busy
        self._rest = rest
        self._since = thread_time()

    def pause(self) -> None:
        """Let the stream go on."""
        spent_s = thread_time() - self._since
        self._rest(min(MAX_REST_S, spent_s * (1 / SHARE - 1)) if self._stream_is_busy() else 0)
        self._since = thread_time()
