"""The shell of an election, in virtual time: terms begin, last and end as the rule says, and work ends with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harness.virtual_time import VirtualLoop, run
from scoring_operator.election.candidate import Candidate
from scoring_operator.election.memory import MemoryLease
from scoring_operator.election.port import Lease
from scoring_operator.election.record import Record, Seen
from scoring_operator.election.serving import END_S, StillWorking, serve
from scoring_operator.election.term import Term
from scoring_operator.errors import ClusterUnavailable, InvalidManifest, NotLeading


def now() -> float:
    return asyncio.get_running_loop().time()


class Process:
    """A candidate that does nothing but lead."""

    def __init__(self, name: str, lease: Lease) -> None:
        self.heard: list[Seen] = []
        self.candidate = Candidate(lease, name, clock=now, heard=self.heard.append)
        self.stop = asyncio.Event()
        self.led: list[tuple[float, float]] = []
        """From when to when."""
        self.terms: list[Term] = []
        self.ends_in_s = 0.0
        self.serving = asyncio.create_task(serve(self.candidate, self.lead, self.stop))

    async def lead(self, term: Term, stop: asyncio.Event) -> None:
        began = now()
        self.terms.append(term)
        try:
            await stop.wait()
            await asyncio.sleep(self.ends_in_s)
        finally:
            self.led.append((began, now()))

    @property
    def is_leading(self) -> bool:
        return self.candidate.term is not None

    async def dies(self) -> None:
        """End without a word to anybody."""
        self.candidate._lease = Unanswered()
        self.serving.cancel()
        await asyncio.wait([self.serving])


class Unanswered:
    """A Lease behind a network that swallows everything."""

    async def read(self) -> Seen | None:
        await asyncio.Event().wait()
        return None

    async def write(self, record: Record, version: int | None) -> Seen:
        await asyncio.Event().wait()
        raise AssertionError


@asynccontextmanager
async def two(*, watched: bool = True) -> AsyncIterator[tuple[Process, Process, MemoryLease]]:
    """Yield the leader, the standby and their Lease, five seconds after the leader began."""
    lease = MemoryLease()
    first = Process("first", lease)
    await asyncio.sleep(1)
    second = Process("second", lease)
    if watched:
        lease.watches += [first.candidate.watched, second.candidate.watched]
    await asyncio.sleep(4)
    assert (first.is_leading, second.is_leading) == (True, False)
    yield first, second, lease
    for process in (first, second):
        process.stop.set()
    await asyncio.wait([first.serving, second.serving])


def test_a_leader_that_is_told_to_stop_is_followed_at_once() -> None:
    async def main() -> None:
        async with two() as (first, second, lease):
            first.stop.set()
            await first.serving
            assert lease.seen is not None
            await asyncio.sleep(0.01)

            assert second.is_leading
            assert second.terms[0].left_s() == pytest.approx(10, abs=0.1)

    run(main())


def test_without_a_watch_it_is_followed_at_the_next_look() -> None:
    async def main() -> None:
        async with two(watched=False) as (first, second, _):
            first.stop.set()
            await first.serving
            await asyncio.sleep(2)

            assert second.is_leading

    run(main())


def test_a_leader_that_dies_is_followed_when_its_lease_has_run_out() -> None:
    async def main() -> None:
        async with two() as (first, second, _):
            died = now()
            await first.dies()
            term = await second.candidate.elected()

            print(f"died to followed: {now() - died:.2f} virtual seconds")
            assert 13 <= now() - died <= 15.01
            assert term.left_s() > 9

    run(main())


def test_a_leader_renews_while_it_ends_what_it_has_begun_and_gives_the_lease_back_only_then() -> None:
    async def main() -> None:
        async with two() as (first, second, lease):
            first.ends_in_s = 30.0
            first.stop.set()
            await asyncio.sleep(29.9)
            assert lease.seen is not None
            assert (lease.seen.record.holder, second.is_leading) == ("first", False)
            await first.serving

            assert first.led == [(0.0, pytest.approx(35.0))]
            await asyncio.sleep(0.01)
            assert second.is_leading

    run(main())


def test_work_ends_when_the_time_has_run_out_though_nobody_answers() -> None:
    async def main() -> None:
        lease = MemoryLease()
        process = Process("first", lease)
        await asyncio.sleep(5)
        cut, process.candidate._lease = process.candidate._lease, Unanswered()
        await asyncio.sleep(20)

        ((began, ended),) = process.led
        assert (began, ended) == (0.0, pytest.approx(14.0))  # the last renewal that got through was sent at 4
        assert not process.is_leading
        with pytest.raises(NotLeading):
            process.terms[0].check()

        process.candidate._lease = cut
        await asyncio.sleep(10)
        assert process.is_leading  # nobody else took it: a new term, of the same process
        assert process.terms[1] is not process.terms[0]
        process.stop.set()
        await process.serving

    run(main())


def test_who_was_stopped_for_longer_than_its_lease_writes_nothing_after_it_wakes() -> None:
    """The check comes before anything has noticed how late it is."""

    async def main() -> None:
        lease = MemoryLease()
        process = Process("first", lease)
        await asyncio.sleep(5)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.jump(60)

        with pytest.raises(NotLeading):
            process.terms[0].check()
        process.terms[0].extend(now() + 10)
        with pytest.raises(NotLeading):
            process.terms[0].check()
        process.stop.set()
        await process.serving

    run(main())


def test_a_lease_is_given_back_though_a_renewal_was_under_way() -> None:
    class Late(MemoryLease):
        """Its answers take long: whoever is cancelled meanwhile has written all the same."""

        async def write(self, record: Record, version: int | None) -> Seen:
            seen = await super().write(record, version)
            await asyncio.sleep(1)
            return seen

    async def main() -> None:
        lease = Late()
        process = Process("first", lease)
        await asyncio.sleep(2.5)
        assert lease.seen is not None
        renewed = lease.seen.record.renewed_at
        assert process.candidate._election.record.renewed_at != renewed

        process.stop.set()
        await process.serving

        assert lease.seen.record.holder == ""

    run(main())


def test_who_sees_another_holder_while_it_waits_for_an_answer_stops_at_once() -> None:
    async def main() -> None:
        lease = MemoryLease()
        process = Process("first", lease)
        await asyncio.sleep(1.9)
        process.candidate._lease = Unanswered()
        await asyncio.sleep(0.2)

        process.candidate.watched(Seen(Record("usurper", 15), 99))
        await asyncio.sleep(0.01)

        assert len(process.led) == 1
        process.stop.set()
        process.candidate._lease = lease
        await process.serving

    run(main())


def test_work_that_does_not_end_ends_the_process() -> None:
    async def deaf(_: Term, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue

    async def main() -> None:
        candidate, stop = Candidate(MemoryLease(), "first", clock=now), asyncio.Event()
        serving = asyncio.create_task(serve(candidate, deaf, stop))
        await asyncio.sleep(1)
        candidate._lease = Unanswered()

        with pytest.raises(StillWorking):
            await serving
        ended = now()
        stop.set()
        await asyncio.sleep(1)
        assert ended == pytest.approx(10 + END_S + 5)  # its time, our patience, and a release that nobody answers

    run(main())


def test_work_that_crashes_gives_the_lease_back_and_ends_the_process_with_its_own_error() -> None:
    async def crash(_: Term, __: asyncio.Event) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        lease = MemoryLease()
        with pytest.raises(ZeroDivisionError):
            await serve(Candidate(lease, "first", clock=now), crash, asyncio.Event())

        assert lease.seen is not None
        assert lease.seen.record.holder == ""

    run(main())


@pytest.mark.parametrize("error", [ClusterUnavailable("away"), InvalidManifest("forbidden")])
def test_what_the_api_server_refuses_is_tried_again_by_and_by(error: Exception) -> None:
    async def main() -> None:
        lease = MemoryLease()
        lease.faults = [error] * 5  # type: ignore[list-item]  # both are errors of ours
        process = Process("first", lease)
        await asyncio.sleep(9)
        assert not process.is_leading
        await asyncio.sleep(2)
        assert process.is_leading
        process.stop.set()
        await process.serving

    run(main())


def test_a_lease_that_a_person_deletes_is_made_again_by_its_holder() -> None:
    async def main() -> None:
        async with two() as (first, second, lease):
            lease.seen = None
            for process in (first, second):
                process.candidate.gone()
            await asyncio.sleep(0.01)

            assert (first.is_leading, second.is_leading) == (True, False)
            assert len(first.terms) == 2

    run(main())


def test_who_is_asked_says_what_it_heard_and_how_often_the_holder_changed() -> None:
    async def main() -> None:
        async with two() as (first, second, lease):
            assert lease.seen is not None
            assert (first.heard[-1], second.heard[-1].record.holder) == (lease.seen, "first")
            assert (first.candidate.transitions, second.candidate.transitions) == (0, 0)
            first.stop.set()
            await asyncio.sleep(3)

            assert second.candidate.transitions == 1
            assert lease.seen.record.transitions == 1

    run(main())
