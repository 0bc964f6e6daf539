"""How many requests are in hand, and the thread that scores them: a thread of their own, not the stream's."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from scoring_service.http.api.refusals import RefusalReason, Refused
from scoring_service.metrics.requests import Requests

MAX_IN_HAND: Final = 8
"""One is scored, the others are read, wait or are answered: each may hold a body and its answer in memory."""
RETRY_AFTER_S: Final = 1

_T = TypeVar("_T")


class Room:
    """Takes a bounded number of requests; the scoring of one at a time."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="requests")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Keep a place for a request.

        Raises:
            Refused: There is none.
        """
        if self._requests.in_hand >= MAX_IN_HAND:
            busy = f"{MAX_IN_HAND} requests are in hand, as many as this pod takes: ask again"
            raise Refused(503, RefusalReason.BUSY, busy, retry_after_s=RETRY_AFTER_S)
        self._requests.in_hand += 1
        try:
            yield
        finally:
            self._requests.in_hand -= 1

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do work in the thread, after what came before."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Drop what waits; the thread ends after what it does."""
        self._executor.shutdown(wait=False, cancel_futures=True)
