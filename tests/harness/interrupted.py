"""A cluster at which something happens at one chosen write: right before it takes effect, or right after.

`Died` is what happens to an operator that is killed: it comes out of the write, and no handler of ours catches it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, NamedTuple, NoReturn, TypeVar

from scoring_operator.cluster.port import Cluster
from scoring_operator.facts import Key, Manifest, Observed, Pod

T = TypeVar("T")
Moment = Literal["before", "after"]
Happens = Callable[[], Awaitable[None]]


class Died(BaseException):
    """The operator is dead: it neither goes on nor hears what became of its write."""


class Point(NamedTuple):
    """One moment of one write."""

    write: int
    """Number of the write, from 1."""
    moment: Moment


class Interrupted:
    """Passes everything on, counts writes, and lets something happen at one of them."""

    def __init__(self, cluster: Cluster, point: Point | None, happens: Happens) -> None:
        """Wrap `cluster`; without a point nothing happens and the writes are counted."""
        self._cluster = cluster
        self._point = point
        self._happens = happens
        self.writes: list[str] = []
        """What was to be written, in words."""
        self.taken = 0
        """Writes that the cluster has not refused."""

    def observe(self, key: Key) -> Observed:
        return self._cluster.observe(key)

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        name = f"{manifest['kind']}/{manifest['metadata']['name']}"
        return await self._write(f"apply {name}", lambda: self._cluster.apply(manifest, seen))

    async def delete(self, manifest: Manifest) -> None:
        name = f"{manifest['kind']}/{manifest['metadata']['name']}"
        await self._write(f"delete {name}", lambda: self._cluster.delete(manifest))

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        return await self._write("status", lambda: self._cluster.apply_status(seen, status))

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        await self._write(f"annotate {pod.name}", lambda: self._cluster.annotate_pod(pod, annotations))

    async def scale(self, seen: Manifest, replicas: int) -> None:
        await self._write(f"scale to {replicas}", lambda: self._cluster.scale(seen, replicas))

    async def _write(self, what: str, do: Callable[[], Awaitable[T]]) -> T:
        self.writes.append(what)
        await self._pass("before")
        answer = await do()
        self.taken += 1
        await self._pass("after")
        return answer

    async def _pass(self, moment: Moment) -> None:
        if self._point == (len(self.writes), moment):
            await self._happens()


async def die() -> NoReturn:
    """Kill the operator that writes."""
    raise Died


def points(writes: int) -> list[Point]:
    """Return all points of so many writes."""
    return [Point(number, moment) for number in range(1, writes + 1) for moment in ("before", "after")]
