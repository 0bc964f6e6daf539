"""`kubectl-scoring up`: what makes it stop."""

import asyncio
import os
import signal

import pytest

from scoring_operator.cli.up import _stop_signal


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def number(request):
    """A signal that would do no harm if nobody heeded it."""
    before = signal.signal(request.param, lambda *_: None)
    yield request.param
    signal.signal(request.param, before)


async def test_a_signal_asks_to_stop_and_a_second_one_kills(number):
    kills = []
    with _stop_signal() as stop:
        stop.kill = lambda: kills.append(number)

        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.asked.wait(), 1)
        assert kills == []

        os.kill(os.getpid(), number)
        async with asyncio.timeout(1):
            while not kills:  # noqa: ASYNC110 - whenever the loop hears of it
                await asyncio.sleep(0)


async def test_a_terminal_that_closes_stops_nothing_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _stop_signal() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(10):
                await asyncio.sleep(0)
            assert not stop.asked.is_set()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
