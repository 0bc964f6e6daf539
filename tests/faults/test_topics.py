"""Topics that administrators take away, make anew, widen or cut short while a pipeline works."""

import signal
from pathlib import Path

import pytest

from faults import administering, collecting
from faults.crew import Worker
from faults.extent import SEED, extent, guarantees
from faults.ledger import SOURCE, Evidence, Read
from faults.opening import FIRST, MORE, PARTITIONS, all_are, all_are_through, at_work, field, outputs, scored_once
from faults.results import Row
from faults.trial import Trial, renamed, trial
from harness import acls, topics, toy
from harness.brokers import Quick
from harness.kafka_secure import SecureBroker
from harness.mounted import TLS, MountedSecrets, sasl
from scoring_service.contract.acls import worker_acls
from scoring_service.contract.worker_status import WorkerStatus

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 600))]

USER = "worker"


@guarantees
async def test_a_worker_waits_for_its_dead_letter_topic(quick: Quick, tmp_path: Path, guarantee: str, row: Row) -> None:
    """Row 17, missing at the start."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        dead = t.startup.output.dead_letter_topic
        await topics.delete(t.bootstrap, dead)
        await t.feed(field(0, FIRST))
        worker = await t.start("a")
        held = await worker.until(lambda status: status.held == "OutputUnavailable")
        assert held.held_message == f"topic {dead} does not exist"
        assert held.lanes == ()
        await administering.create_again(t.bootstrap, dead, partitions=PARTITIONS)
        t.note("the dead-letter topic is there")
        await t.finish()
        evidence = await t.judge(is_calm=True)

    row(17, guarantee=guarantee, when="missing at the start", dead_letters=len(evidence.dead_letters or ()))
    assert evidence.dead_letters


@guarantees
async def test_a_dead_letter_topic_that_goes_away_holds_the_lanes_and_drops_nothing(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 17, missing under a running worker."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        dead = t.startup.output.dead_letter_topic
        worker = await t.start("a")
        await worker.until(lambda status: len(status.lanes) == PARTITIONS)
        await topics.delete(t.bootstrap, dead)
        t.note("the dead-letter topic is deleted")
        await t.feed(field(0, FIRST))
        held = await worker.until(all_are("OutputUnavailable"), within_s=60)
        assert held.ready
        await administering.create_again(t.bootstrap, dead, partitions=PARTITIONS)
        t.note("the dead-letter topic is there")
        await t.finish(within_s=90)
        assert worker.process.returncode == 0
        evidence = await t.judge()

    row(17, guarantee=guarantee, when="deleted under load", held_s=held.uptime_seconds)
    assert evidence.dead_letters


@guarantees
async def test_a_forbidden_dead_letter_topic_keeps_the_worker_out_or_its_lanes_held(
    strict_kafka: SecureBroker, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 17, unauthorised: at the start, and taken away under a running worker."""
    async with trial(strict_kafka.plain, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        mounted = MountedSecrets(tmp_path / "secrets")
        mounted.trust(strict_kafka.authority.certificate)
        mounted.user(USER, strict_kafka.passwords[USER])
        t.secrets = str(mounted.folder)
        t.startup = renamed(t.startup, bootstrap_servers=(strict_kafka.sasl,), tls=TLS, sasl=sasl("SCRAM-SHA-512"))
        dead = t.startup.output.dead_letter_topic
        needed = worker_acls(t.startup)
        letters = [acl for acl in needed if acl.name == dead]
        await acls.allow(strict_kafka, USER, *(acl for acl in needed if acl not in letters))
        await t.feed(field(0, FIRST))
        worker = await t.start("a")
        out = await worker.until(lambda status: status.held == "NotAuthorised")
        assert dead in out.held_message
        await acls.allow(strict_kafka, USER, *letters)
        t.note("allowed")
        await worker.until(lambda status: status.scored_total + status.rejected_total == FIRST)
        await acls.forbid(strict_kafka, USER, *letters)
        t.note("forbidden")
        await t.feed(field(FIRST, MORE))
        held = await worker.until(has_stopped_at_rejections, within_s=60)
        await acls.allow(strict_kafka, USER, *letters)
        t.note("allowed")
        await t.finish(within_s=90)
        evidence = await t.judge()

    reasons = sorted({lane.reason for lane in held.lanes} - {""})
    row(17, guarantee=guarantee, when="forbidden", said=out.held_message, lanes=", ".join(reasons))
    assert evidence.dead_letters


@guarantees
async def test_an_input_that_is_deleted_and_created_again_is_not_read_from_an_old_offset(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, re-created while no worker runs: held until a person says where to begin."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        await scored_once(t)
        before = await t.evidence()
        await topics.delete(t.bootstrap, t.topic)
        await administering.create_again(t.bootstrap, t.topic, partitions=PARTITIONS)
        t.note("created again")
        await t.feed(field(FIRST, 2 * FIRST))
        worker = await t.start("b")
        held = await worker.until(all_are("OffsetsLost"))
        assert held.scored_total == 0
        await released(t, worker, tmp_path, before)

    row(38, guarantee=guarantee, what="created again, nobody there", held_s=held.uptime_seconds)


@guarantees
async def test_an_input_that_is_created_again_under_a_worker_is_not_read_from_an_old_offset(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, re-created under a running worker."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        worker = await at_work(t)
        before = await t.evidence()
        await topics.delete(t.bootstrap, t.topic)
        await administering.create_again(t.bootstrap, t.topic, partitions=PARTITIONS)
        t.note("created again")
        await t.feed(field(FIRST, 2 * FIRST))
        held = await worker.until(all_are("OffsetsLost"), within_s=60)
        assert held.scored_total + held.rejected_total == FIRST
        await released(t, worker, tmp_path, before)

    row(38, guarantee=guarantee, what="created again under a worker")


@guarantees
async def test_an_input_that_is_away_for_a_while_is_not_read_from_an_old_offset(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, deleted under a running worker that notices, and created again later."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        worker = await at_work(t)
        before = await t.evidence()
        await topics.delete(t.bootstrap, t.topic)
        t.note("deleted")
        await worker.until(lambda status: t.topic in status.last_error, within_s=60)
        await administering.create_again(t.bootstrap, t.topic, partitions=PARTITIONS)
        t.note("created again")
        await t.feed(field(FIRST, 2 * FIRST))
        held = await worker.until(all_are("OffsetsLost"), within_s=90)
        assert held.scored_total + held.rejected_total == FIRST
        await released(t, worker, tmp_path, before)

    row(38, guarantee=guarantee, what="away for a while under a worker")


@guarantees
async def test_added_partitions_are_read_from_their_start(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, partitions added under load."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        worker = await at_work(t)
        await administering.add_partitions(t.bootstrap, PARTITIONS + 2, t.topic)
        t.partitions = PARTITIONS + 2
        t.note("two partitions more")
        await t.feed(field(FIRST, MORE))
        seen = await worker.until(lambda status: len(status.lanes) == PARTITIONS + 2, within_s=60)
        await t.finish(within_s=90)
        await t.judge()

    row(38, guarantee=guarantee, what="partitions added", noticed_by_s=seen.uptime_seconds)


@guarantees
async def test_what_retention_takes_from_a_stopped_pipeline_is_counted(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, retention beyond the commit."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        ends = await scored_once(t)
        await t.feed(field(FIRST, MORE))
        all_there = await collecting.read(t.bootstrap, t.topic)
        t.starts = {partition: end + 20 for partition, end in ends.items()}
        await administering.delete_records(t.bootstrap, t.topic, t.starts)
        t.note("20 records of each partition are gone unread")
        worker = await t.start("b")
        await worker.until(all_are_through)
        expired = (await worker.metrics())["scorer_records_expired_unread_total"]
        await t.finish()
        evidence = await t.judge(inputs=all_there)

    row(38, guarantee=guarantee, what="retention beyond the commit", expired=expired)
    assert expired == 20 * PARTITIONS
    assert len(outputs(evidence)) == FIRST + MORE - 20 * PARTITIONS


@guarantees
async def test_what_retention_takes_from_a_worker_that_hangs_is_counted(
    quick: Quick, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 38, retention beyond the position of a worker that was stopped for a moment."""
    async with trial(quick.bootstrap, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        worker = await at_work(t)
        _, ends = await collecting.bounds(t.bootstrap, t.topic)
        worker.signal(signal.SIGSTOP)
        await t.feed(field(FIRST, MORE))
        all_there = await collecting.read(t.bootstrap, t.topic)
        t.starts = {partition: end + 80 for partition, end in ends.items()}
        await administering.delete_records(t.bootstrap, t.topic, t.starts)
        worker.signal(signal.SIGCONT)
        t.note("80 records of each partition are gone unread")
        await t.finish()
        evidence = await t.judge(inputs=all_there)
        told = worker.heard["/metrics"].decode().splitlines()

    lines = dict(line.rsplit(" ", 1) for line in told if line.startswith("scorer_records_expired_unread_total"))
    expired = sum(float(value) for value in lines.values())
    row(38, guarantee=guarantee, what="retention beyond the position", expired=expired)
    assert expired
    assert len(outputs(evidence)) + expired == FIRST + MORE, "scored, or counted as expired"


async def released(t: Trial, worker: Worker, folder: Path, before: Evidence) -> None:
    """Reset the group as a person would, and check the ledger of the new topic alone: its coordinates are used anew."""
    assert await t.terminate(worker) == 0
    await administering.reset(t.startup, folder, "--to-earliest")
    await t.finish()
    whole = await t.evidence()
    old = {(read.header(SOURCE), read.timestamp_ms, read.offset) for read in (*before.successes, *before.failures)}
    known = {(read.partition, read.offset) for read in before.dead_letters or ()}

    def is_new(read: Read) -> bool:
        return (read.header(SOURCE), read.timestamp_ms, read.offset) not in old

    await t.judge(
        successes=[read for read in whole.successes if is_new(read)],
        failures=[read for read in whole.failures if is_new(read)],
        dead_letters=[read for read in whole.dead_letters or () if (read.partition, read.offset) not in known],
        commits=whole.commits[len(before.commits) :],
        tallies=[t.workers[-1].tally()],
    )


def has_stopped_at_rejections(status: WorkerStatus) -> bool:
    """Return whether all lanes are held for their outputs, or had nothing to reject and are through."""
    held = [lane for lane in status.lanes if lane.reason in ("OutputUnavailable", "NotAuthorised")]
    return bool(held) and all(lane in held or lane.lag == 0 for lane in status.lanes)
