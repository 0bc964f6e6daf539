"""A million records through workers that are killed again and again."""

import asyncio
import os
import resource
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer

from faults import checker, collecting, million
from faults.extent import GUARANTEES, SEED, extent
from faults.ledger import AT_LEAST_ONCE, EXACTLY_ONCE
from faults.million import Book
from faults.nemesis import added
from faults.trial import FEEDER, Trial, trial
from harness import toy
from harness.brokers import Quick

RECORDS: Final = int(os.environ.get("MILLION_RECORDS", extent(0, 1_000_000)))
PARTITIONS: Final = 6
WORKERS: Final = 3
WEIGHT: Final = 2.0
WITHIN_S: Final = 900

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(WITHIN_S + 300)]


def an_output(partition: int, offset: int, **changed: Any) -> Any:
    key = million.key_of(partition, offset)
    value = b'{"who":"%b","score":%d}' % (key, offset * WEIGHT)
    headers = [("scoring-source", b"run/%d/%d" % (partition, offset))]
    return SimpleNamespace(**{"key": key, "value": value, "headers": headers, **changed})


def found(*outputs: Any, guarantee: str = EXACTLY_ONCE) -> list[str]:
    book = Book("run", [3], WEIGHT)
    for output in outputs:
        book.note(output, is_failure=False)
    return [violation.invariant for violation in book.violations(guarantee)]


def test_a_ledger_that_balances_has_no_violation() -> None:
    assert found(*(an_output(0, offset) for offset in range(3))) == []


def test_a_record_without_an_output_is_lost() -> None:
    assert found(an_output(0, 0), an_output(0, 2)) == ["I1"]


def test_only_exactly_once_forbids_a_duplicate() -> None:
    twice = [an_output(0, offset) for offset in (0, 1, 2, 2)]

    assert found(*twice) == ["I3"]
    assert found(*twice, guarantee=AT_LEAST_ONCE) == []


def test_another_score_key_or_source_is_seen() -> None:
    assert found(an_output(0, 0), an_output(0, 1), an_output(0, 2, value=b'{"who":"0-2","score":5}')) == ["I7"]
    assert found(an_output(0, 0), an_output(0, 1), an_output(0, 2, key=b"0-1")) == ["I1", "I4"]
    assert found(*(an_output(0, offset) for offset in range(4))) == ["I4"]


def test_a_key_whose_outputs_change_places_is_seen() -> None:
    book = Book("run", [million.KEYS + 1], WEIGHT)
    for offset in (million.KEYS, *range(million.KEYS)):
        book.note(an_output(0, offset), is_failure=False)

    assert [violation.invariant for violation in book.violations(EXACTLY_ONCE)] == ["I5"]


def test_a_spoilt_record_must_come_out_as_a_failure_with_its_reason() -> None:
    spoilt = million.SPOILT_EVERY - 1
    for reason, expected in ((b"schema", []), (b"depth", ["I7"])):
        book = Book("run", [million.SPOILT_EVERY], WEIGHT)
        for offset in range(spoilt):
            book.note(an_output(0, offset), is_failure=False)
        book.note(an_output(0, spoilt, value=b'{"reason":"%b"}' % reason), is_failure=True)

        assert [violation.invariant for violation in book.violations(EXACTLY_ONCE)] == expected


@pytest.mark.skipif(not RECORDS, reason="a million records are for the long form: FAULTS_LONG=1 or MILLION_RECORDS")
@pytest.mark.parametrize("guarantee", GUARANTEES)
async def test_a_million_records_survive_workers_that_are_killed_again_and_again(
    quick: Quick, tmp_path: Path, guarantee: str, record_property: Callable[[str, object], None]
) -> None:
    ends = [RECORDS // PARTITIONS + (partition < RECORDS % PARTITIONS) for partition in range(PARTITIONS)]
    options: dict[str, Any] = {"partitions": PARTITIONS, "guarantee": guarantee, "session_timeout_ms": 1_000}
    began = monotonic()
    async with trial(quick.bootstrap, tmp_path, SEED, block=toy.block(WEIGHT), **options) as t:
        feeding = asyncio.create_task(_feed(t, ends))
        for _ in range(WORKERS):
            await added(t)
        kills = await _killed_until_done(t, feeding)
        await feeding
        await t.finish(within_s=120)
        seconds = monotonic() - began
        book = Book(t.topic, ends, WEIGHT)
        await million.told(book, t.bootstrap, t.startup.output.success_topic, is_failure=False)
        await million.told(book, t.bootstrap, t.startup.output.failure_topic, is_failure=True)
        _, there = await collecting.bounds(t.bootstrap, t.topic)
        committed = await t.committed(lambda known: True, within_s=10)

    broken = list(book.violations(guarantee))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = (
        f"{guarantee}: {RECORDS} records, {kills} workers killed, {book.duplicates} duplicates, "
        f"{len(broken)} violations, {seconds:.0f} s, seed {SEED}; memory of the judge's process {peak_mib} MiB"
    )
    record_property("million", figures)
    print(figures)
    assert [there[partition] for partition in range(PARTITIONS)] == ends
    assert committed == there, "committed to the end, and not beyond it"
    assert not broken, checker.explained(SEED, t.schedule, broken)
    assert kills > 0


async def _feed(t: Trial, ends: list[int]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=t.bootstrap, max_batch_size=million.BYTES, **FEEDER) as producer:
        await million.fed(producer, t.topic, ends)


async def _killed_until_done(t: Trial, feeding: "asyncio.Task[None]") -> int:
    """Kill a worker every now and then, and start another; return how many, once nearly all is committed."""
    random, kills, deadline = Random(SEED), 0, monotonic() + WITHIN_S
    while monotonic() < deadline:
        await asyncio.sleep(random.uniform(1, 3))
        known = await t.committed(lambda known: True, within_s=10)
        if feeding.done():
            feeding.result()  # it must not fail unnoticed
        if sum(known.values()) >= 0.98 * RECORDS:
            return kills
        t.kill(random.choice(t.alive))
        kills += 1
        await added(t)
    raise TimeoutError(f"after {WITHIN_S} s only {sum(known.values())} of {RECORDS} records are committed")
