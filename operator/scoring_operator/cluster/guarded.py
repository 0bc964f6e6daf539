"""A cluster that is written to only while a term lasts: asked before every write, and ended when its time is up.

So what a write repeats after a refusal, or sends after a connection took long, is never sent in another's term.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from scoring_operator.cluster.port import Cluster
from scoring_operator.election.term import Term
from scoring_operator.errors import ClusterUnavailable
from scoring_operator.facts import Key, Manifest, Observed, Pod


class GuardedCluster:
    """The cluster of one leader, for one term. Writes raise `NotLeading` once that is over."""

    def __init__(self, cluster: Cluster, term: Term) -> None:
        self._cluster = cluster
        self._term = term

    def observe(self, key: Key) -> Observed:
        return self._cluster.observe(key)

    async def apply(self, manifest: Manifest, seen: Manifest | None = None) -> Manifest:
        async with in_time(self._term):
            return await self._cluster.apply(manifest, seen)

    async def delete(self, manifest: Manifest) -> None:
        async with in_time(self._term):
            await self._cluster.delete(manifest)

    async def apply_status(self, seen: Manifest, status: Manifest) -> Manifest:
        async with in_time(self._term):
            return await self._cluster.apply_status(seen, status)

    async def annotate_pod(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        async with in_time(self._term):
            await self._cluster.annotate_pod(pod, annotations)

    async def scale(self, seen: Manifest, replicas: int) -> None:
        async with in_time(self._term):
            await self._cluster.scale(seen, replicas)


@asynccontextmanager
async def in_time(term: Term) -> AsyncIterator[None]:
    """Give a write the time that the term has left as it begins: renewals meanwhile are for later writes.

    Raises:
        NotLeading: The term is over: nothing was sent.
        ClusterUnavailable: Its time ran out first.
    """
    term.check()
    try:
        async with asyncio.timeout(term.left_s()):
            yield
    except TimeoutError as late:
        raise ClusterUnavailable("no answer in the time that this leader was sure of") from late
