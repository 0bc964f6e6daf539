"""What a worker does for as long as it works, watched for an end of its own.

A group of tasks takes one that was cancelled for one that is done. But a client that lets slip the cancellation of its
own tasks cancels whoever awaits it, and the rest would go on without that part, and without a word.
"""

import asyncio
from collections.abc import Awaitable


async def forever(part: Awaitable[None]) -> None:
    """Await what never ends, until somebody cancels this task.

    Raises:
        RuntimeError: It ended by itself, or was cancelled from within.
    """
    try:
        await part
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("a part of the worker was cancelled from within") from error
    raise RuntimeError("a part of the worker ended by itself")
