"""What a target says when a promise is broken, and the two bounds that every target keeps: time and memory."""

import time
import tracemalloc
from collections.abc import Callable
from typing import Final, TypeVar

_ATTEMPTS: Final = 3
"""A slow call is repeated before it counts: the machine may have been busy, a quadratic loop is slow each time.

Processor time is looked at for those alone: to read that clock takes longer than to check an input.
"""

_Result = TypeVar("_Result")


class Finding(AssertionError):
    """An input for which a promise does not hold."""


def require(holds: object, promise: str) -> None:
    """Return if the promise holds.

    Raises:
        Finding: It does not.
    """
    if not holds:
        raise Finding(promise)


def within(limit_s: float, call: Callable[[], _Result]) -> _Result:
    """Return what a call returns.

    Raises:
        Finding: It takes more processor time than `limit_s` seconds, each time that it is tried.
    """
    began = time.perf_counter()
    result = call()
    if time.perf_counter() - began <= limit_s:
        return result
    spent_s = _processor_time(call)
    for _ in range(_ATTEMPTS - 1):
        if spent_s > limit_s:
            spent_s = _processor_time(call)
    require(spent_s <= limit_s, f"takes at most {limit_s:.2f} s of processor time (took {spent_s:.2f} s)")
    return result


def _processor_time(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began


def within_memory(limit_bytes: float, call: Callable[[], _Result]) -> _Result:
    """Return what a call returns.

    Raises:
        Finding: Python's objects take more than `limit_bytes` on the way.
    """
    tracemalloc.start()
    try:
        result = call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    require(peak <= limit_bytes, f"takes at most {limit_bytes / 1e6:.1f} MB (took {peak / 1e6:.1f} MB)")
    return result
