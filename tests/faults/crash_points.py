"""Where a worker can die: every place in the worker or its Kafka adapter at which a task waits.

A task factory wraps each coroutine, so that the process sees every suspension. A point is the chain of frames of ours
in what waits, before the wait or after it: `worker/reading.py:run:41 > stream/kafka/consumer.py:poll:61 before`.
"""

import asyncio
import gc
import os
import signal
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterator
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple

OURS = ("scoring_service/worker/", "scoring_service/stream/kafka/")


class Crash(NamedTuple):
    """At which arrival at which point the process dies."""

    point: str
    arrival: int


class Points:
    """Counts arrivals, and dies at the one that is asked for."""

    def __init__(self, crash: Crash | None, path: str) -> None:
        self._crash = crash
        self._path = path
        self.arrivals: Counter[str] = Counter()

    def arrive(self, place: str, moment: str) -> None:
        """Note an arrival."""
        point = f"{place} {moment}"
        self.arrivals[point] += 1
        if self._crash == (point, self.arrivals[point]):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._path and self.arrivals[point].bit_count() == 1:  # rarely: it costs a write
            self.write()

    def write(self) -> None:
        """Write all points with their arrivals, so far, to the file."""
        with open(self._path + ".new", "w") as file:  # noqa: PTH123 - opened in the loop of the worker: plain and quick
            file.writelines(f"{count}\t{point}\n" for point, count in sorted(self.arrivals.items()))
        os.replace(self._path + ".new", self._path)  # noqa: PTH105 - as above


class Watched(Coroutine[Any, Any, Any]):
    """A coroutine that tells where it waits."""

    def __init__(self, inner: Coroutine[Any, Any, Any], points: Points) -> None:
        self._inner = inner
        self._points = points
        self._place = ""

    def send(self, value: Any) -> Any:
        """Go on; whoever waits again has arrived."""
        return self._step(lambda: self._inner.send(value))

    def throw(self, *error: Any) -> Any:
        """Go on with an error."""
        return self._step(lambda: self._inner.throw(*error))

    def close(self) -> None:
        """Give up."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # cr_frame, cr_code and so on: for whoever prints the task

    def _step(self, go_on: Callable[[], Any]) -> Any:
        if self._place:
            self._points.arrive(self._place, "after")
        result = go_on()
        self._place = place_of(self._inner)
        if self._place:
            self._points.arrive(self._place, "before")
        return result


def factory(crash: Crash | None, path: str) -> Callable[..., asyncio.Task[Any]]:
    """Return a task factory that watches every task."""
    points = Points(crash, path)

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(Watched(coroutine, points), loop=loop, **options)

    return make


def place_of(waiting: Any) -> str:
    """Return the places of ours in a chain of awaits, the innermost last; empty if there is none."""
    places = []
    for frame in frames(waiting):
        _, mark, path = frame.f_code.co_filename.partition("scoring_service/")
        if (mark + path).startswith(OURS):
            places.append(f"{path}:{frame.f_code.co_name}:{frame.f_lineno}")
    return " > ".join(places)


def frames(waiting: Any) -> Iterator[FrameType]:
    """Yield the frames of a chain of awaits, the outermost first."""
    while waiting is not None:
        if isinstance(waiting, CoroutineType):
            frame, waiting = waiting.cr_frame, waiting.cr_await
        elif isinstance(waiting, GeneratorType):
            frame, waiting = waiting.gi_frame, waiting.gi_yieldfrom
        elif isinstance(waiting, AsyncGeneratorType):
            frame, waiting = waiting.ag_frame, waiting.ag_await
        else:
            # a step of an asynchronous generator, or a coroutine's wrapper: neither tells what it drives
            frame, waiting = None, _driven(waiting)
        if frame is not None:
            yield frame


def _driven(step: Any) -> Any:
    if type(step).__name__ not in ("async_generator_asend", "async_generator_athrow", "coroutine_wrapper"):
        return None
    driven = (AsyncGeneratorType, CoroutineType)
    return next((found for found in gc.get_referents(step) if isinstance(found, driven)), None)
