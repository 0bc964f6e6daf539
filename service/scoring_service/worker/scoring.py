"""One thread that scores the batches of all lanes, so that the event loop stays free for heartbeats and probes.

Batches that lanes hand over in the same turn of the loop, or while a call runs, are scored in the next call together.
Their lanes then wake in the same turn as well, and the producer sends their outputs in one request.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import NamedTuple

import structlog

from scoring_service.codec import ScoredBatch
from scoring_service.metrics import Metrics
from scoring_service.revision import Serving
from scoring_service.scorers.base import State
from scoring_service.worker.buffer import Batch

log = structlog.get_logger(__name__)

MAX_RECORDS_PER_CALL = 1500
"""So that a call stays short: it is what a revision's swap and a drain wait for."""


class _Request(NamedTuple):
    partition: int
    batch: Batch
    state: State
    answer: asyncio.Future[ScoredBatch]


class ScoringThread:
    """Scores with the revision that serves when a call begins: a swap falls between two batches."""

    def __init__(self, topic: str, serving: Callable[[], Serving], metrics: Metrics) -> None:
        self._topic = topic
        self._serving = serving
        self._metrics = metrics
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="scoring")
        self._waiting: deque[_Request] = deque()
        self._raising = ""
        """The latest revision of which the log says that it raises."""
        self._is_busy = False
        """Whether a call runs, or is about to."""

    async def score(self, partition: int, batch: Batch, state: State) -> ScoredBatch:
        """Score one batch of one partition, folding `state`."""
        loop = asyncio.get_running_loop()
        request = _Request(partition, batch, state, loop.create_future())
        self._waiting.append(request)
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._begin)
        return await request.answer

    def close(self) -> None:
        """Let the thread end after the call that runs."""
        self._executor.shutdown(wait=False)

    def _begin(self) -> None:
        requests = self._next_call()
        if not requests:
            self._is_busy = False
            return
        serving = self._serving()
        call = asyncio.get_running_loop().run_in_executor(self._executor, score_all, serving, self._topic, requests)
        call.add_done_callback(lambda done: self._end(serving.revision, requests, done))

    def _next_call(self) -> list[_Request]:
        requests: list[_Request] = []
        records = 0
        while self._waiting and (not requests or records + len(self._waiting[0].batch.records) <= MAX_RECORDS_PER_CALL):
            request = self._waiting.popleft()
            if not request.answer.done():
                requests.append(request)
                records += len(request.batch.records)
        return requests

    def _end(
        self, revision: str, requests: Sequence[_Request], call: asyncio.Future[tuple[list[ScoredBatch], float]]
    ) -> None:
        if call.cancelled():
            return
        error = call.exception()
        if error is not None:
            for request in requests:
                if not request.answer.done():
                    request.answer.set_exception(error)
        else:
            scored, elapsed_s = call.result()
            self._metrics.durations["score"].observe(elapsed_s)
            for request, batch in zip(requests, scored, strict=True):
                self._tell(revision, request, batch)
                if not request.answer.done():
                    request.answer.set_result(batch)
        asyncio.get_running_loop().call_soon(self._begin)

    def _tell(self, revision: str, request: _Request, batch: ScoredBatch) -> None:
        """Say once of a revision that it raises: a defect, which its failures would tell only those who read them."""
        if batch.raised and revision != self._raising:
            self._raising = revision
            log.error("scorer raises", revision=revision, partition=request.partition, error=batch.raised)


def score_all(serving: Serving, topic: str, requests: Sequence[_Request]) -> tuple[list[ScoredBatch], float]:
    """Score all batches of one call with one revision; return them and the seconds that it took."""
    began = perf_counter()
    scored = [
        serving.batches.score_batch(request.batch.records, topic, request.partition, serving.carried(request.state))
        for request in requests
    ]
    for batch in scored:
        batch.state = serving.kept(batch.state)
    return scored, perf_counter() - began
