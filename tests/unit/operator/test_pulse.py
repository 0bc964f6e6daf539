"""What says whether an operator process is well: its probes, and what they are made of."""

import asyncio

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from harness.virtual_time import VirtualLoop, run
from scoring_operator.canary import Canary
from scoring_operator.health import LOOP_LATE_S, STUCK_S, WATCH_LATE_S, Pulse, ailment, listener
from scoring_operator.loop_lag import LoopLag
from scoring_operator.watches import Watches

WELL = Pulse(stuck_s=STUCK_S, loop_late_s=LOOP_LATE_S, watch_late_s=WATCH_LATE_S)


@pytest.mark.parametrize(
    ("pulse", "reason"),
    [
        (WELL, ""),
        (Pulse(STUCK_S + 1, 0, 0), "a reconcile has been running for 121 s"),
        (Pulse(0, LOOP_LATE_S + 1, 0), "the event loop woke up 6 s late"),
        (Pulse(0, 0, WATCH_LATE_S + 1), "the watch has not shown a change of the Lease for 31 s"),
    ],
)
def test_what_ails_a_process_is_said(pulse: Pulse, reason: str) -> None:
    assert ailment(pulse) == reason


async def test_the_probes_say_why_with_503() -> None:
    waits, pulse = ["not everything is listed yet"], [Pulse(0, 0, 99)]

    async def probe(port: int, path: str) -> tuple[int, str]:
        async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
            return answer.status, await answer.text()

    async with (
        listener(0, waits_for=lambda: waits[0], pulse=lambda: pulse[0], registry=CollectorRegistry()) as port,
        aiohttp.ClientSession() as session,
    ):
        assert await probe(port, "readyz") == (503, "not everything is listed yet")
        assert await probe(port, "livez") == (503, "the watch has not shown a change of the Lease for 99 s")
        waits[0], pulse[0] = "", WELL
        assert await probe(port, "readyz") == await probe(port, "livez") == (200, "ok")


def test_a_watch_owes_what_was_heard_until_it_shows_it() -> None:
    canary = Canary()
    assert canary.late_s(100.0) == 0.0
    canary.heard(1, 100.0)
    canary.heard(2, 102.0)
    assert canary.late_s(105.0) == 5.0

    canary.shown(1)
    assert canary.late_s(105.0) == 3.0
    canary.shown(2)

    assert canary.late_s(1000.0) == 0.0


def test_a_watch_that_is_ahead_owes_nothing() -> None:
    canary = Canary()
    canary.shown(5)
    canary.heard(5, 1.0)
    canary.heard(4, 2.0)

    assert canary.late_s(60.0) == 0.0


def test_an_api_server_that_does_not_answer_makes_no_watch_late() -> None:
    """An outage must not restart every operator."""
    canary = Canary()
    canary.heard(1, 0.0)
    canary.shown(1)

    assert canary.late_s(3600.0) == 0.0


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=30))
def test_a_watch_is_late_by_the_oldest_that_it_owes(happenings: list[tuple[bool, int]]) -> None:
    canary, heard, shown = Canary(), dict[int, float](), 0
    for now, (is_heard, version) in enumerate(happenings):
        if is_heard and version > max([*heard, 0]):
            canary.heard(version, now)
            heard[version] = now
        elif not is_heard:
            canary.shown(version)
            shown = max(shown, version)

    owed = [at for version, at in heard.items() if version > shown and at is not None]
    late = canary.late_s(100.0)
    assert (late > 0) == bool(owed)
    if owed:
        assert 100.0 - max(owed) <= late <= 100.0 - min(owed)


def test_the_loops_lag_is_measured_and_shows_while_it_lasts() -> None:
    async def main() -> None:
        loop, told = asyncio.get_running_loop(), list[float]()
        assert isinstance(loop, VirtualLoop)
        lag = LoopLag(told.append)
        measuring = asyncio.create_task(lag.measure())
        await asyncio.sleep(2.5)
        assert (told, lag.late_s(loop.time())) == ([0.0, 0.0], 0.0)

        loop.jump(7.0)
        assert lag.late_s(loop.time()) == pytest.approx(6.5)
        await asyncio.sleep(0.1)
        assert told[-1] == pytest.approx(6.5)
        await asyncio.sleep(1.5)
        assert lag.late_s(loop.time()) == 0.0
        measuring.cancel()

    run(main())


def test_every_list_beyond_the_first_of_a_resource_says_that_a_watch_began_anew() -> None:
    watches = Watches()
    for resource in ("pods", "services"):
        watches.listed(resource)
    watches.saw("pods", wall=109.1)
    watches.saw("leases", wall=100.0)
    assert watches.restarts == 0

    watches.listed("pods")

    assert watches.restarts == 1
    assert dict(watches.last()) == {("pods",): 109.1, ("leases",): 100.0}
