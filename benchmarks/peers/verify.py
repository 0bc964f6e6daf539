"""Before a contestant's figures count: as many outputs as inputs, and our scores to the last bit."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from benchmarks import topics
from benchmarks.workers import BLOCK, Contestant, running, startup
from oracle import zeru
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.names import HEADER_AS_OF, HEADER_SOURCE
from scoring_service.scorers import registry

_COUNT = 3_000
_WITHIN_S = 40.0
_STAMPS = ("timestamp", "processing_time_ms")
_TOLERANCE = 1e-9
"""Of the naive loop alone, which has its formulas from elsewhere."""

Key = tuple[bytes, bytes]


class Wrong(RuntimeError):
    """A contestant's outputs are not what they should be; the text is one line."""


async def verify(bootstrap: str, contestant: Contestant, records: Sequence[tuple[bytes, bytes]]) -> str:
    """Score some thousand records; return what was found of the outputs' headers.

    Raises:
        Wrong: An output is missing, doubled or different, or no transaction wrote it where one should.
        Failed: The contestant ended by itself, or was not done in time.
    """
    topic = f"bench-verify-{uuid4().hex[:8]}"
    configuration = startup(bootstrap, topic, f"{topic}-{contestant.name}", contestant.delivery())
    outputs = [configuration.output.success_topic, configuration.output.failure_topic]
    await topics.create(bootstrap, [topic, *outputs])
    numbered = [(b"%012d" % number, records[number % len(records)][1]) for number in range(_COUNT)]
    await topics.fill(bootstrap, topic, numbered, _COUNT)
    try:
        with running(contestant, configuration):
            async with asyncio.timeout(_WITHIN_S):
                found, offsets = await _read(bootstrap, outputs, _COUNT)
                inputs, _ = await _read(bootstrap, [topic], _COUNT)
    finally:
        await topics.delete(bootstrap, [topic, *outputs])
    if contestant.is_transactional and offsets <= len(found):
        raise Wrong("no transaction marker among the outputs: this is not exactly-once")
    return _judge(contestant, inputs, found)


def _judge(contestant: Contestant, inputs: Sequence[ConsumerRecord], found: Sequence[ConsumerRecord]) -> str:
    by_key = {record.key: record for record in found}
    if len(by_key) != len(found) or by_key.keys() != {record.key for record in inputs}:
        raise Wrong(f"{len(inputs)} inputs, {len(found)} outputs, {len(by_key)} of them different")
    batches = BatchScorer(registry.build(BLOCK), Signature("", "", ""))
    for record in inputs:
        got = msgspec.json.decode(by_key[record.key].value)
        if contestant.module == "benchmarks.naive":
            expected = zeru.score(msgspec.json.decode(record.value), record.timestamp / 1000)["final"]
            is_equal = abs(float(got["zscore"]) - expected) <= _TOLERANCE
        else:
            (ours,) = batches.score_batch([record], "", 0, None).success
            is_equal = _unstamped(msgspec.json.decode(ours.value)) == _unstamped(got)
        if not is_equal:
            raise Wrong(f"another score than ours for {record.topic}/{record.partition}/{record.offset}")
    return _headers(found)


def _unstamped(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in _STAMPS}


def _headers(found: Sequence[ConsumerRecord]) -> str:
    names = set.intersection(*({name for name, _ in record.headers} for record in found))
    if {HEADER_SOURCE, HEADER_AS_OF} <= names:
        return "all five"
    return f"{len([name for name in names if name.startswith('scoring-')])} of five"


async def _read(bootstrap: str, names: Sequence[str], at_least: int) -> tuple[list[ConsumerRecord], int]:
    """Return all records of some topics, and the offsets that these and any transaction markers have taken.

    It waits until there are `at_least` so many, and a second more for what is too much.
    """
    found: list[ConsumerRecord] = []
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as reader:
        places: list[TopicPartition] = topics.places(names)
        reader.assign(places)
        is_last = False
        while not is_last:
            is_last = len(found) >= at_least
            for batch in (await reader.getmany(timeout_ms=1000)).values():
                found += batch
        return found, sum((await reader.end_offsets(places)).values())
