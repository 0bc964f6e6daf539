"""A consumer group of the in-process stream: eager rebalances, as aiokafka has them."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sized
from typing import Protocol

from scoring_service.errors import StreamUnavailable


class Member(Protocol):
    """What a group does to its members."""

    @property
    def assigned(self) -> Iterable[int]: ...
    async def revoke(self) -> None: ...
    def assign(self, partitions: Iterable[int]) -> None: ...
    def announce(self) -> None: ...


class Topics(Protocol):
    """What a group needs of its broker."""

    def partitions(self, topic: str) -> Sized: ...
    def notify(self) -> None: ...
    def check(self, request: str) -> None: ...


class MemoryGroup:
    """Members and committed offsets of one group on one topic."""

    def __init__(self, broker: Topics, topic: str) -> None:
        self._broker = broker
        self._topic = topic
        self._members: list[Member] = []
        self._rebalancing = asyncio.Lock()
        self._rebalances: set[asyncio.Task[None]] = set()
        self.committed: dict[int, int] = {}
        self.epochs: Counter[int] = Counter()
        """How often each partition has had a new owner of its transactions."""
        self.rebalances = 0
        """How many have completed."""

    def join(self, member: Member) -> None:
        """Add a member; a rebalance begins."""
        self._members.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        """Remove a member, if it is one; a rebalance begins for the rest."""
        if member in self._members:
            self._members.remove(member)
            self.rebalance()

    def rebalance(self) -> None:
        """Begin a rebalance, as a new partition or a lost member does."""
        task = asyncio.get_running_loop().create_task(self._rebalance())
        self._rebalances.add(task)
        task.add_done_callback(self._rebalances.discard)

    async def _rebalance(self) -> None:
        async with self._rebalancing:
            members = list(self._members)
            await asyncio.gather(*(member.revoke() for member in members))
            members = [member for member in members if member in self._members]
            count = len(self._broker.partitions(self._topic))
            for place, member in enumerate(members):
                member.assign(range(place, count, len(members)))
            await asyncio.sleep(0)  # polls wake here, before the listeners hear of it
            for member in members:
                member.announce()
            self.rebalances += 1
            self._broker.notify()

    def fence(self, partition: int) -> int:
        """Return the epoch of a new owner of a partition's transactions; those of all former ones are over."""
        self.epochs[partition] += 1
        return self.epochs[partition]

    def commit(self, member: Member, offsets: Mapping[int, int]) -> None:
        """Store offsets.

        Raises:
            StreamUnavailable: The member is gone, or a partition is not its own.
        """
        self._broker.check("commit")
        if member not in self._members or not set(offsets) <= set(member.assigned):
            raise StreamUnavailable("the group has given the partitions to others")
        self.committed.update(offsets)
        self._broker.notify()
