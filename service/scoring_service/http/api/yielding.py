"""How the scoring of requests gives way to that of the stream: both are threads of one interpreter.

While the stream is behind, requests take a fortieth of the process's time; else all of it, in short pieces.
"""

from collections.abc import Callable
from time import process_time, thread_time
from typing import Final

SHARE: Final = 0.025
"""Of the CPU time, while the stream has work: reading and answering of a large request costs as much again."""
MAX_REST_S: Final = 1.0
"""However long a piece took: a record of many megabytes may take a second."""
PATIENCE: Final = 4
"""Times as long as a rest takes by the clock if the process gets all the CPU that it wants: it may get a quarter, or
wait for its brokers."""


class Yielding:
    """Counts what one thread has taken, and rests for it."""

    def __init__(self, stream_is_behind: Callable[[], bool], rest: Callable[[float], object]) -> None:
        """`rest` waits for so many seconds, and lets other threads go on even for 0."""
        self._stream_is_behind = stream_is_behind
        self._rest = rest
        self._since = thread_time()

    def pause(self) -> None:
        """Let the stream go on."""
        rest_s = min(MAX_REST_S, (thread_time() - self._since) * (1 / SHARE - 1))
        until = process_time() + rest_s
        self._rest(0)
        for _ in range(PATIENCE):
            left_s = until - process_time()
            if left_s <= 0 or not self._stream_is_behind():
                break
            self._rest(left_s)
        self._since = thread_time()
