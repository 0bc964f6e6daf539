"""What a client makes of a group's offsets while no broker is sure to be the group's coordinator."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.commit import OffsetFetchResponse_v1, OffsetFetchResponse_v3

from scoring_service.stream.kafka.committed import AttentiveCoordinator

PLACE = TopicPartition("in", 0)
LOADING, NOT_AVAILABLE, NOT_COORDINATOR, FORBIDDEN = 14, 15, 16, 30


def told(offset: int) -> OffsetFetchResponse_v3:
    return OffsetFetchResponse_v3(0, [(PLACE.topic, [(PLACE.partition, offset, "", 0)])], 0)


def refused(code: int) -> OffsetFetchResponse_v3:
    """Return an answer as brokers give it: an error for all, and no partition."""
    return OffsetFetchResponse_v3(0, [], code)


class Brokers(AIOKafkaClient):  # type: ignore[misc] # aiokafka is untyped
    """A cluster whose answers about offsets are laid out; which broker coordinates is asked for freely."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self._answers: Iterator[Any] = iter(answers)
        self.lookups = 0

    async def send(self, _node: int, _request: object, **_: Any) -> Any:
        return next(self._answers)

    async def coordinator_lookup(self, *_: object) -> int:
        self.lookups += 1
        return self.lookups

    async def ready(self, _node: int, **_: Any) -> bool:
        return True


@asynccontextmanager
async def group(brokers: Brokers) -> AsyncIterator[AttentiveCoordinator]:
    coordinator = AttentiveCoordinator(
        brokers, SubscriptionState(), group_id="g", retry_backoff_ms=1, exclude_internal_topics=True
    )
    yield coordinator
    await coordinator.close()


@pytest.mark.parametrize("code", [LOADING, NOT_AVAILABLE, NOT_COORDINATOR])
async def test_a_coordinator_in_the_making_is_asked_again_and_not_believed_to_know_nothing(code: int) -> None:
    brokers = Brokers(refused(code), refused(code), told(42))
    async with group(brokers) as coordinator:
        offsets = await asyncio.wait_for(coordinator.fetch_committed_offsets([PLACE]), 5)
    assert offsets[PLACE].offset == 42
    assert brokers.lookups == (1 if code == LOADING else 3), "who is not the coordinator is not asked again"


async def test_a_group_without_offsets_has_none() -> None:
    async with group(Brokers(told(-1))) as coordinator:
        assert await coordinator.fetch_committed_offsets([PLACE]) == {}


async def test_a_forbidden_group_is_no_group_without_offsets() -> None:
    async with group(Brokers(refused(FORBIDDEN))) as coordinator:
        with pytest.raises(GroupAuthorizationFailedError, match="g"):
            await coordinator.fetch_committed_offsets([PLACE])


async def test_an_answer_of_the_oldest_form_is_read_as_before() -> None:
    answer = OffsetFetchResponse_v1([(PLACE.topic, [(PLACE.partition, 7, "", 0)])])
    async with group(Brokers(answer)) as coordinator:
        assert (await coordinator.fetch_committed_offsets([PLACE]))[PLACE].offset == 7
