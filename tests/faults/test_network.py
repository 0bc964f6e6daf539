"""What happens to the line between a worker and its brokers, by proxies that know the protocol."""

import asyncio
import random
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import measures, sowing
from faults.extent import IS_LONG, SEED, extent, guarantees
from faults.ledger import EXACTLY_ONCE
from faults.results import Row
from faults.trial import trial
from harness import leaders, toy
from harness.brokers import Quick, Trio
from harness.proxy import FETCH, PRODUCE, Mutate, Proxy, borrowed, proxies
from scoring_service.stream.kafka.settings import transactional_id

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 3600))]

PARTITIONS = 6
RATE = 120.0

of_trio = pytest.mark.xdist_group("trio")


@of_trio
@guarantees
@pytest.mark.parametrize("silent", ["both ways", "requests", "responses"])
async def test_one_broker_cannot_be_reached_from_the_worker(
    trio: Trio, tmp_path: Path, guarantee: str, silent: str, row: Row
) -> None:
    """Row 5."""
    options = {"partitions": PARTITIONS, "replication": 3, "guarantee": guarantee}
    door = ",".join(door.bootstrap for door in trio.doors)
    async with (
        proxies(trio.doors) as lines,
        trial(trio.bootstrap, tmp_path, SEED, door=door, block=toy.block(), **options) as t,
    ):
        for topic in (t.topic, *t.startup.output.topics):
            led = await _spread(trio, topic)
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        group = t.startup.input.group
        feeding = t.feed(sowing.toys(SEED, int(45 * RATE)), rate=RATE)
        await worker.until(lambda status: status.scored_total > 100)
        coordinator = await leaders.coordinator(trio.bootstrap, group)
        victim = coordinator % 3 + 1
        rules = lines[victim - 1].rules
        needed = {partition: {node} for partition, node in led.items()}
        if guarantee == EXACTLY_ONCE:
            for partition in needed:
                name = transactional_id(t.startup, partition)
                needed[partition].add(await leaders.transaction_coordinator(trio.bootstrap, name))
        t.note(f"broker {victim} is silent: {silent}; needed {needed}")
        rules.drops_requests, rules.drops_responses = silent != "responses", silent != "requests"
        await asyncio.sleep(12)  # the fault itself lasts
        rules.drops_requests = rules.drops_responses = False
        t.note("it can be reached again")
        await feeding
        await t.finish(within_s=90)
        evidence = await t.judge()

    others = frozenset(partition for partition, nodes in needed.items() if victim not in nodes)
    apart, silence = measures.silence_s(evidence, others), measures.silence_s(evidence)
    figures = {"others": len(others), "others_silence_s": apart, "silence_s": silence, "bound_s": 12 + 20}
    row(5, guarantee=guarantee, silent=silent, cut_s=12, **figures)
    assert silence <= 12 + 20
    assert apart < 12, "what needs only the other brokers does not wait for the silent one"


@of_trio
@guarantees
async def test_the_line_is_slow_lossy_and_narrow(trio: Trio, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 6."""
    options = {"partitions": PARTITIONS, "replication": 3, "guarantee": guarantee}
    door = ",".join(door.bootstrap for door in trio.doors)
    async with (
        proxies(trio.doors, SEED) as lines,
        trial(trio.bootstrap, tmp_path, SEED, door=door, block=toy.block(), **options) as t,
    ):
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        feeding = t.feed(sowing.toys(SEED, extent(1500, 6000)), rate=100)
        await worker.until(lambda status: status.scored_total > 100)
        t.note("500 ms each way, 5 % of frames wait 200 ms more, 100 kbit/s")
        for line in lines:
            line.rules.latency_s, line.rules.stalled_share, line.rules.bytes_per_s = 0.5, 0.05, 12_500
        await feeding
        for line in lines:
            line.rules.latency_s = line.rules.stalled_share = line.rules.bytes_per_s = 0
        await t.finish(within_s=120)
        evidence = await t.judge()

    share = measures.duplicate_share(evidence)
    row(6, guarantee=guarantee, duplicates=share, bound=0.01)
    assert share < 0.01


@guarantees
async def test_connections_are_reset_at_every_step(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 7: after the k-th request of a worker, for every k of its start and of a while of work."""
    turn = asyncio.Semaphore(len(quick.doors))

    async def life(k: int) -> int:
        async with turn, borrowed(quick.doors) as line:
            return await _cut_life(quick, tmp_path, guarantee, line, k)

    whole = await life(0)
    steps = range(1, whole) if IS_LONG else sorted(random.Random(SEED).sample(range(1, whole), 12))
    await asyncio.gather(*map(life, steps))

    row(7, guarantee=guarantee, requests=whole, resets=len(steps), violations=0)


async def _cut_life(quick: Quick, folder: Path, guarantee: str, line: Proxy, k: int) -> int:
    """Run a worker whose connections are reset after k requests; return how many it made."""
    options = {"partitions": 2, "guarantee": guarantee, "session_timeout_ms": 3_000}
    async with trial(quick.bootstrap, folder, SEED, door=line.door.bootstrap, block=toy.block(), **options) as t:
        before = line.requests.total()
        line.rules.cut_after = k
        t.note(f"cut after request {k}")
        await t.feed(sowing.toys(SEED + k, 60))
        worker = await t.start("a")
        feeding = t.feed(sowing.toys(SEED + k, 40), rate=40)
        await worker.until(lambda status: bool(status.lanes), within_s=60)
        await feeding
        await t.finish(within_s=60)
        line.rules.cut_after = 0
        await t.judge()
        return line.requests.total() - before


def _huge(kind: int, frame: bytes) -> bytes:
    return struct.pack(">i", 0x7FFFFFFF) + frame[4:]


def _negative(kind: int, frame: bytes) -> bytes:
    return struct.pack(">i", -5) + frame[4:]


def _truncated(kind: int, frame: bytes) -> bytes:
    """Leave the second half away, and say so: what is there does not parse."""
    half = frame[4 : 4 + max(4, (len(frame) - 4) // 2)]
    return struct.pack(">i", len(half)) + half


def _garbage(kind: int, frame: bytes) -> bytes:
    """Keep size and number, and make the rest noise."""
    noise = random.Random(SEED + len(frame)).randbytes(len(frame) - 8)
    return frame[:8] + noise


def _other_answer(kind: int, frame: bytes) -> bytes:
    return frame[:4] + struct.pack(">i", struct.unpack_from(">i", frame, 4)[0] + 7) + frame[8:]


MUTATORS: Sequence[Mutate] = (_huge, _negative, _truncated, _garbage, _other_answer)


@guarantees
@pytest.mark.parametrize("kind", [FETCH, PRODUCE, -1], ids=["fetch", "produce", "all"])
@pytest.mark.parametrize("mutate", MUTATORS, ids=lambda mutate: mutate.__name__.strip("_"))
async def test_frames_of_the_broker_are_broken(
    quick: Quick, tmp_path: Path, guarantee: str, mutate: Mutate, kind: int, row: Row
) -> None:
    """Row 8."""
    wanted = 3
    options = {"partitions": 2, "guarantee": guarantee}
    async with (
        borrowed(quick.doors) as line,
        trial(quick.bootstrap, tmp_path, SEED, door=line.door.bootstrap, block=toy.block(), **options) as t,
    ):
        worker = await t.start("a")
        feeding = t.feed(sowing.toys(SEED, 1000), rate=50)
        await worker.until(lambda status: status.scored_total > 50)
        broken = 0

        def some(found: int, frame: bytes) -> bytes:
            nonlocal broken
            if broken < wanted and kind in (found, -1):
                broken += 1
                return mutate(found, frame)
            return frame

        t.note(f"break {wanted} responses: {mutate.__name__}, kind {kind}")
        line.rules.mutate = some
        await feeding
        await t.finish(within_s=90)
        assert worker.process.returncode == 0
        evidence = await t.judge()

    silence = measures.silence_s(evidence)
    row(8, guarantee=guarantee, broken=mutate.__name__.strip("_"), kind=kind, silence_s=silence, bound_s=10)
    assert broken == wanted
    assert silence <= 10


@guarantees
async def test_acknowledgements_that_take_ten_seconds(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 14, a slow sink."""
    options = {"partitions": PARTITIONS, "guarantee": guarantee}
    async with (
        borrowed(quick.doors) as line,
        trial(quick.bootstrap, tmp_path, SEED, door=line.door.bootstrap, block=toy.block(), **options) as t,
    ):
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        line.rules.slow[PRODUCE] = 10.0
        t.note("acknowledgements take 10 s")
        feeding = t.feed(sowing.toys(SEED, 12_000), rate=800)
        held = await worker.until(lambda s: any(lane.reason == "OutputUnavailable" for lane in s.lanes))
        await feeding
        metrics = await worker.metrics()
        line.rules.slow.clear()
        t.note("and no longer")
        await t.finish(within_s=60)
        evidence = await t.judge()

    row(14, guarantee=guarantee, sink="slow", in_flight=metrics["scorer_in_flight_records"])
    assert held.ready
    assert metrics["scorer_rebalances_total"] == 1, "heartbeats went on"
    assert metrics["scorer_paused_partitions"] > 0, "back-pressure reached the input"
    assert metrics["scorer_in_flight_records"] <= PARTITIONS * measures.most_in_flight(guarantee)
    assert measures.duplicate_share(evidence) == 0


async def _spread(trio: Trio, topic: str) -> dict[int, int]:
    """Give the brokers a third of the partitions each; return who leads which, once all of them say so."""
    replicas = {p: [(p + n) % 3 + 1 for n in range(3)] for p in range(PARTITIONS)}
    led = {partition: nodes[0] for partition, nodes in replicas.items()}
    await leaders.move(trio.brokers[0].at.port, topic, replicas)
    await leaders.until_known([broker.at.port for broker in trio.brokers], topic, led)
    return led
