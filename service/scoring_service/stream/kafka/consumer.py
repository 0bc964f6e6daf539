"""One member of a consumer group, through aiokafka.

What its source says and the worker relies on: an assignment becomes current, and polls wake, before the listener is
called; a partition without a committed offset makes polls fail until somebody seeks; pausing drops what is fetched.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition, errors

from scoring_service.contract.startup import Startup
from scoring_service.errors import PositionOutOfRange, StreamUnavailable
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.authentication import authenticated
from scoring_service.stream.kafka.ending import ended, leave_behind
from scoring_service.stream.kafka.faults import missing, translated
from scoring_service.stream.kafka.patching import patch
from scoring_service.stream.kafka.secrets import Secrets
from scoring_service.stream.ports import Bounds, Consumer, GroupListener, Record

BOUNDS_TIMEOUT_S = 1.5
"""For each of up to three questions in turn: about all partitions, about the topic, about each partition alone."""

CLOSE_TIMEOUT_S = 4.0

log = structlog.get_logger(__name__)


class KafkaConsumer(Consumer):
    """A dynamic member with the sticky assignor, reading what is committed."""

    def __init__(self, startup: Startup, client_id: str, secrets: Secrets) -> None:
        self._startup = startup
        self._client_id = client_id
        self._secrets = secrets
        self._topic = startup.input.topic
        self._group = startup.input.group
        self._client: AIOKafkaConsumer | None = None
        self._seen_partitions = 0

    async def join(self, listener: GroupListener) -> None:
        patch()
        credentials = await authenticated(self._startup, self._secrets)
        client = AIOKafkaConsumer(**settings.consumer(self._startup, self._client_id, credentials))
        try:
            with translated("read", self._topic):
                await client.start()
                topics = await client.topics()
            if self._topic not in topics:
                raise missing(self._topic)
        except BaseException:
            await client.stop()
            raise
        self._client = client
        client.subscribe([self._topic], listener=_Listener(listener, lambda: self._client is client))

    async def partitions(self) -> int:
        known = self._joined.partitions_for_topic(self._topic)
        self._seen_partitions = len(known) if known else self._seen_partitions
        return self._seen_partitions

    async def poll(self, timeout_s: float, max_records: int) -> Mapping[int, Sequence[Record]]:
        with translated("read", self._topic):
            try:
                polled = await self._joined.getmany(timeout_ms=int(timeout_s * 1000), max_records=max_records)
            except errors.OffsetOutOfRangeError as error:
                raise PositionOutOfRange(place.partition for place in error.args[0]) from error
            except errors.NoOffsetForPartitionError:
                return {}  # a lane that has not begun: it will seek
        return {place.partition: records for place, records in polled.items()}

    def pause(self, partitions: Iterable[int]) -> None:
        if ours := self._ours(partitions):
            self._joined.pause(*ours)

    def resume(self, partitions: Iterable[int]) -> None:
        if ours := self._ours(partitions):
            self._joined.resume(*ours)

    def seek(self, partition: int, offset: int) -> None:
        for place in self._ours((partition,)):
            self._joined.seek(place, offset)

    async def position(self, partition: int) -> int:
        with translated("read", self._topic):
            offset: int = await self._joined.position(self._place(partition))
        return offset

    def last_stable(self, partition: int) -> int | None:
        for place in self._ours((partition,)):
            offset: int | None = self._joined.last_stable_offset(place)
            return offset
        return None

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        asked = list(partitions)
        with translated("ask for the offsets of group", self._group):
            async with asyncio.timeout(settings.ANSWER_TIMEOUT_S):
                offsets = await asyncio.gather(*(self._joined.committed(self._place(p)) for p in asked))
        return dict(zip(asked, offsets, strict=True))

    async def commit(self, offsets: Mapping[int, int]) -> None:
        with translated("commit for group", self._group):
            await self._joined.commit({self._place(partition): offset for partition, offset in offsets.items()})

    async def bounds(self, partitions: Iterable[int]) -> Mapping[int, Bounds]:
        asked = list(partitions)
        if not asked:
            self._refuse_a_lost_topic()
            return {}
        try:
            return await self._ask_for_bounds(asked)
        except StreamUnavailable as error:
            # the client answers for all or for none: one partition without a leader must not hide the others
            with translated("describe", self._topic):
                async with asyncio.timeout(BOUNDS_TIMEOUT_S):
                    topics = await self._joined.topics()
            if self._topic not in topics:
                raise missing(self._topic) from error
            return await self._ask_one_by_one(asked, error)

    def _refuse_a_lost_topic(self) -> None:
        """Raise if the topic was there and no longer is: nothing is assigned then, and all would look well."""
        if self._seen_partitions and not self._joined.partitions_for_topic(self._topic):
            raise missing(self._topic)

    async def _ask_for_bounds(self, partitions: Sequence[int]) -> dict[int, Bounds]:
        places = [self._place(partition) for partition in partitions]
        with translated("ask for the ends of", self._topic):
            async with asyncio.timeout(BOUNDS_TIMEOUT_S):
                starts, ends = await asyncio.gather(
                    self._joined.beginning_offsets(places), self._joined.end_offsets(places)
                )
        return {place.partition: Bounds(starts[place], ends[place]) for place in starts.keys() & ends.keys()}

    async def _ask_one_by_one(self, partitions: Sequence[int], error: StreamUnavailable) -> dict[int, Bounds]:
        answers = await asyncio.gather(*(self._ask_for_bounds([p]) for p in partitions), return_exceptions=True)
        found: dict[int, Bounds] = {}
        for answer in answers:
            if isinstance(answer, dict):
                found |= answer
            elif not isinstance(answer, StreamUnavailable):
                raise answer
        if not found:
            raise error
        return found

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            if problem := await ended(client.stop(), CLOSE_TIMEOUT_S):
                log.warning("left without a farewell", error=problem)
                await leave_behind(client)

    @property
    def _joined(self) -> AIOKafkaConsumer:
        if self._client is None:
            raise StreamUnavailable("not a member of the group")
        return self._client

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)

    def _ours(self, partitions: Iterable[int]) -> list[TopicPartition]:
        """Return those of `partitions` that are still assigned: a lost one needs neither pause nor seek."""
        if self._client is None:
            return []
        assigned = self._client.assignment()
        return [place for place in map(self._place, partitions) if place in assigned]


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """Passes on what a client hears for as long as it is the one in use: a rebalance may end after its closing."""

    def __init__(self, listener: GroupListener, is_in_use: Callable[[], bool]) -> None:
        self._listener = listener
        self._is_in_use = is_in_use

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        if self._is_in_use():
            await self._listener.on_revoked([place.partition for place in revoked])

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        if self._is_in_use():
            self._listener.on_assigned([place.partition for place in assigned])
