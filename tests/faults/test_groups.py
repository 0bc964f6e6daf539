"""Offsets that somebody takes away or sets by hand: a worker holds or does as its pipeline says, and never guesses."""

import struct
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from faults import administering, collecting
from faults.extent import SEED, extent, guarantees
from faults.ledger import AT_LEAST_ONCE
from faults.opening import FIRST, MORE, PARTITIONS, all_are, all_are_through, field, outputs, scored_once
from faults.results import Row
from faults.trial import Trial, renamed, trial
from harness import toy
from harness.brokers import Quick
from harness.proxy import borrowed
from scoring_service.contract.startup import Startup

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 600))]

OFFSET_FETCH = 9
NOT_COORDINATOR = 16

LOSSES = ("group deleted", "offsets deleted")


@guarantees
@pytest.mark.parametrize("loss", LOSSES)
async def test_lost_offsets_hold_the_lanes_until_a_person_resets_them(
    quick: Quick, tmp_path: Path, guarantee: str, loss: str, row: Row
) -> None:
    """Row 39, `onOffsetsLost: Hold`."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        ends = await scored_once(t)
        await lose(t, loss)
        worker = await t.start("b")
        held = await worker.until(all_are("OffsetsLost"))
        later = await worker.until(lambda status: status.uptime_seconds > held.uptime_seconds + 5)
        assert all_are("OffsetsLost")(later)
        assert later.scored_total == 0
        assert later.ready, "a new pod would know no more"
        assert "onOffsetsLost" in later.last_error
        assert await t.terminate(worker) == 0
        where = ",".join(f"{partition}:{end}" for partition, end in ends.items())
        await administering.reset(t.startup, tmp_path, "--to-offset", where)
        await t.finish()
        await t.judge(is_calm=True)

    row(39, guarantee=guarantee, loss=loss, policy="Hold", held_s=held.uptime_seconds)


@guarantees
@pytest.mark.parametrize("loss", LOSSES)
async def test_lost_offsets_let_all_be_scored_again_where_the_pipeline_says_earliest(
    quick: Quick, tmp_path: Path, guarantee: str, loss: str, row: Row
) -> None:
    """Row 39, `onOffsetsLost: Earliest`."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        t.startup = says(t, "Earliest")
        await scored_once(t)
        await lose(t, loss)
        await t.start("b")
        await t.finish()
        evidence = await t.judge(guarantee=AT_LEAST_ONCE, may_go_back=True)

    times = Counter(outputs(evidence).values())
    row(39, guarantee=guarantee, loss=loss, policy="Earliest", again=times[2])
    assert times == {2: FIRST, 1: MORE}


@guarantees
@pytest.mark.parametrize("loss", LOSSES)
async def test_lost_offsets_leave_out_what_is_there_where_the_pipeline_says_latest(
    quick: Quick, tmp_path: Path, guarantee: str, loss: str, row: Row
) -> None:
    """Row 39, `onOffsetsLost: Latest`."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        t.startup = says(t, "Latest")
        await scored_once(t)
        await lose(t, loss)
        _, t.starts = await collecting.bounds(t.bootstrap, t.topic)
        worker = await t.start("b")
        await worker.until(all_are_through)
        await t.feed(field(FIRST + MORE, MORE))
        await t.finish()
        evidence = await t.judge()

    row(39, guarantee=guarantee, loss=loss, policy="Latest", left_out=MORE)
    assert Counter(outputs(evidence).values()) == {1: FIRST + MORE}, "nothing again, and nothing of the gap"


@guarantees
async def test_offsets_set_back_by_hand_let_the_records_be_scored_again(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 39, reset by hand."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        ends = await scored_once(t)
        await t.feed(field(FIRST, MORE))
        back = {partition: end - 50 for partition, end in ends.items()}
        where = ",".join(f"{partition}:{offset}" for partition, offset in back.items())
        await administering.reset(t.startup, tmp_path, "--to-offset", where)
        t.note(f"reset to {where}")
        await t.start("b")
        await t.finish()
        evidence = await t.judge(guarantee=AT_LEAST_ONCE, may_go_back=True)

    times = Counter(outputs(evidence).values())
    row(39, guarantee=guarantee, reset="by 50 a partition", again=times[2])
    assert times == {2: 50 * PARTITIONS, 1: FIRST + MORE - 50 * PARTITIONS}


@guarantees
async def test_a_group_whose_coordinator_is_in_the_making_has_not_lost_its_offsets(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 39, believed lost: such a broker names no partition, and `latest` would leave out all that waits."""
    refusals = 0

    def not_the_coordinator(kind: int, frame: bytes) -> bytes:
        nonlocal refusals
        if kind != OFFSET_FETCH:
            return frame
        refusals += 1
        body = frame[4:8] + struct.pack(">iih", 0, 0, NOT_COORDINATOR)
        return struct.pack(">i", len(body)) + body

    async with (
        borrowed(quick.doors) as line,
        trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, door=line.door.bootstrap, block=toy.block()) as t,
    ):
        t.startup = says(t, "Latest")
        await scored_once(t)
        line.rules.mutate = not_the_coordinator
        t.note("no broker is the coordinator")
        await t.feed(field(FIRST, MORE))
        worker = await t.start("b")
        await worker.until(all_are("BrokersUnreachable"))
        line.rules.mutate = None
        t.note("one is")
        await t.finish()
        evidence = await t.judge(is_calm=True)

    row(39, guarantee=guarantee, loss="none: coordinator in the making", refusals=refusals, again=0)
    assert Counter(outputs(evidence).values()) == {1: FIRST + MORE}


async def lose(t: Trial, loss: str) -> None:
    """Take the group's offsets away, and feed more."""
    t.note(loss)
    group = t.startup.input.group
    if loss == "group deleted":
        await administering.delete_group(t.bootstrap, group)
    else:
        await administering.delete_offsets(t.bootstrap, group, t.topic, t.partitions)
    await t.committed(lambda known: not any(offset >= 0 for offset in known.values()), within_s=10)
    await t.feed(field(FIRST, MORE))


def says(t: Trial, policy: str) -> Startup:
    """Return the start-up file with a word on lost offsets."""
    return renamed(t.startup, input=msgspec.structs.replace(t.startup.input, on_offsets_lost=policy))
