"""Topics that administrators take away, make anew, widen or cut short while a pipeline works."""

import hashlib
import itertools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults import administering, collecting, sowing
from faults.crew import Worker
from faults.extent import GUARANTEES, SEED, extent
from faults.ledger import SOURCE, Evidence, Read
from faults.sowing import Sown
from faults.trial import Trial, renamed, trial
from harness import acls, kafka_secure, topics, toy
from harness.brokers import Quick
from harness.kafka_secure import SecureBroker
from harness.mounted import TLS, MountedSecrets, sasl
from harness.state import Missing
from scoring_service.contract.acls import worker_acls
from scoring_service.contract.worker_status import WorkerStatus

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(extent(240, 600))]

PARTITIONS = 3
FIRST = 600
MORE = 300
USER = "worker"

Row = Callable[..., None]
guarantees = pytest.mark.parametrize("guarantee", GUARANTEES)


@pytest.fixture(scope="module")
def strict() -> Iterator[SecureBroker]:
    """A Kafka that allows nobody anything but what its administrator has said."""
    try:
        with kafka_secure.secure_broker(acls=True) as broker:
            yield broker
    except Missing as why:
        pytest.skip(str(why))


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
    strict: SecureBroker, tmp_path: Path, guarantee: str, row: Row
) -> None:
    """Row 17, unauthorised: at the start, and taken away under a running worker."""
    async with trial(strict.plain, tmp_path, SEED, guarantee=guarantee, block=toy.block()) as t:
        mounted = MountedSecrets(tmp_path / "secrets")
        mounted.trust(strict.authority.certificate)
        mounted.user(USER, strict.passwords[USER])
        t.secrets = str(mounted.folder)
        t.startup = renamed(t.startup, bootstrap_servers=(strict.sasl,), tls=TLS, sasl=sasl("SCRAM-SHA-512"))
        dead = t.startup.output.dead_letter_topic
        needed = worker_acls(t.startup)
        letters = [acl for acl in needed if acl.name == dead]
        await acls.allow(strict, USER, *(acl for acl in needed if acl not in letters))
        await t.feed(field(0, FIRST))
        worker = await t.start("a")
        out = await worker.until(lambda status: status.held == "NotAuthorised")
        assert dead in out.held_message
        await acls.allow(strict, USER, *letters)
        t.note("allowed")
        await worker.until(lambda status: status.scored_total + status.rejected_total == FIRST)
        await acls.forbid(strict, USER, *letters)
        t.note("forbidden")
        await t.feed(field(FIRST, MORE))
        held = await worker.until(has_stopped_at_rejections, within_s=60)
        await acls.allow(strict, USER, *letters)
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
        await worker.until(lambda s: len(s.lanes) == PARTITIONS and all(lane.lag == 0 for lane in s.lanes))
        expired = (await worker.metrics())["scorer_records_expired_unread_total"]
        await t.finish()
        evidence = await t.judge(inputs=all_there)

    row(38, guarantee=guarantee, what="retention beyond the commit", expired=expired)
    assert expired == 20 * PARTITIONS
    assert len(sources(evidence)) == FIRST + MORE - 20 * PARTITIONS


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
    assert len(sources(evidence)) + expired == FIRST + MORE, "scored, or counted as expired"


def field(first: int, count: int) -> list[Sown]:
    """Return records `first` and following of the one field of this module."""
    return list(itertools.islice(sowing.toys(SEED, first + count), first, None))


async def scored_once(t: Trial) -> dict[int, int]:
    """Have a worker score the first records and stop; return where it has stopped. The operator has seen it commit."""
    await t.feed(field(0, FIRST))
    await t.start("a")
    await t.finish()
    await t.judge(is_calm=True)
    t.has_started = True
    _, ends = await collecting.bounds(t.bootstrap, t.topic)
    return ends


async def at_work(t: Trial) -> Worker:
    """Return a worker that has scored and committed the first records, and knows from the operator that it has."""
    await t.feed(field(0, FIRST))
    worker = await t.start("a")
    await t.committed(lambda known: sum(max(0, offset) for offset in known.values()) >= FIRST, within_s=60)
    t.has_started = True
    worker.swap(t.live())
    digest = hashlib.sha256(t.live().encode()).hexdigest()
    await worker.until(lambda status: digest in status.config_digest)
    return worker


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


def all_are(*reasons: str) -> Callable[[WorkerStatus], bool]:
    """Return a condition: every lane is held for one of these reasons."""
    return lambda status: len(status.lanes) == PARTITIONS and all(lane.reason in reasons for lane in status.lanes)


def has_stopped_at_rejections(status: WorkerStatus) -> bool:
    """Return whether all lanes are held for their outputs, or had nothing to reject and are through."""
    held = [lane for lane in status.lanes if lane.reason in ("OutputUnavailable", "NotAuthorised")]
    return bool(held) and all(lane in held or lane.lag == 0 for lane in status.lanes)


def sources(evidence: Evidence) -> set[str]:
    """Return the inputs that have come out."""
    return {read.header(SOURCE) for read in (*evidence.successes, *evidence.failures)}
