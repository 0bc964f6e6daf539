"""What a worker at work counts, on the in-process stream."""

from pathlib import Path

import pytest

from harness import toy, twin
from scoring_service.metrics import Metrics
from scoring_service.stream.memory import MemoryBroker
from scoring_service.worker.worker import Worker


def adds_up(metrics: Metrics) -> bool:
    return metrics.consumed == metrics.delivered + metrics.in_flight + metrics.abandoned


async def test_the_accounts_add_up_whenever_one_looks_while_partitions_come_and_go(tmp_path: Path) -> None:
    broker = twin.a_broker()
    twin.feed(broker, 3000)
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    def is_done(*workers: Worker) -> bool:
        assert all(adds_up(worker.metrics) for worker in workers)
        return len(set(twin.sources(broker))) == 3000

    async with twin.running(broker, first) as one:
        await twin.until(lambda: one.metrics.scored > 0)
        async with twin.running(broker, second) as other:
            await twin.until(lambda: is_done(one, other))

    assert adds_up(one.metrics)
    assert adds_up(other.metrics)
    assert one.metrics.in_flight == other.metrics.in_flight == 0


async def test_a_rebalance_is_timed_by_whoever_gets_partitions(tmp_path: Path) -> None:
    broker = twin.a_broker()
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    async with twin.running(broker, first) as one:
        await twin.until(lambda: one.metrics.rebalance_durations.total == 1)
        async with twin.running(broker, second) as other:
            await twin.until(lambda: other.metrics.rebalance_durations.total == 1)
            await twin.until(lambda: one.metrics.rebalance_durations.total == 2)

    assert one.metrics.rebalance_durations.sum < 60


async def test_a_member_without_partitions_has_done_with_a_rebalance_at_once(tmp_path: Path) -> None:
    broker = twin.a_broker(partitions=1)
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    async with twin.running(broker, first), twin.running(broker, second) as other:
        await twin.until(lambda: other.metrics.rebalances > 0)

        assert other.metrics.rebalance_durations.total == other.metrics.rebalances


@pytest.mark.parametrize("guarantee", ["AtLeastOnce", "ExactlyOnce"])
async def test_a_dead_letter_that_is_too_large_is_refused_at_delivery_and_its_neighbour_at_decoding(
    tmp_path: Path, guarantee: str
) -> None:
    broker = _with_dead_letters()
    broker.max_message_bytes = 1000
    startup = twin.a_startup(dead_letter_topic=twin.DEAD, delivery={"guarantee": guarantee})
    broker.append(twin.INPUT, 0, b"x" * 2000, b"k")
    broker.append(twin.INPUT, 0, b"y", b"k")
    broker.append(twin.INPUT, 0, toy.record("a", 1), b"k")

    async with twin.running(broker, tmp_path, startup=startup) as worker:
        await broker.until(lambda: broker.group(twin.INPUT, twin.GROUP).committed == {0: 3})

    assert +worker.metrics.errors == {("oversize", "deliver"): 1, ("schema", "decode"): 1}
    assert dict(worker.metrics.dead_letters) == {"schema": 1}
    assert dict(worker.metrics.dead_letter_failures) == {"oversize": 1}


def _with_dead_letters() -> MemoryBroker:
    broker = twin.a_broker(partitions=1)
    broker.create(twin.DEAD, 1)
    return broker
