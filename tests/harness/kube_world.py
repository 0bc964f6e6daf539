"""A pipeline on a real API server: its operator, its workers and the garbage collector act in turn.

What harness/memory_world.py is in memory; but schemas, defaults, server-side apply and refusals are real. Lists stand
for the watches, so that a run is the same each time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import uuid4

import aiohttp

from harness.apiserver import Apiserver
from harness.interrupted import Happens, Interrupted, Point, die
from harness.memory_world import IMAGE, bare
from harness.pipelines import KEY
from harness.stage import Api, Stage, mark_of
from harness.turns import TURN_S, Turns
from scoring_operator.cluster.kube.client import MERGE, KubeClient, NotFound
from scoring_operator.cluster.kube.cluster import KubeCluster
from scoring_operator.cluster.kube.kinds import BY_NAME, CHILDREN, PIPELINE, POD, REPLICA_SET
from scoring_operator.cluster.kube.login import logged_in
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.events.event import Event
from scoring_operator.facts import Key, Manifest
from scoring_operator.fleet import HttpFleet
from scoring_operator.reconcile import Reconciler
from scoring_service.contract.names import SCORER_FILE

PATIENCE_S: Final = 60.0
"""A pod of a busy machine is not a silent one."""
ADDRESSES: Final = ("clusterIP", "clusterIPs")
"""Of a Service; the API server chooses them."""


class KubeWorld(Turns):
    """One namespace; a pipeline of one name lives in it, or several one after the other."""

    def __init__(self, client: KubeClient, stage: Stage, session: aiohttp.ClientSession) -> None:
        """Begin without a pipeline.

        Args:
            client: Of an administrator.
            stage: Plays the pods, when told.
            session: Asks them.
        """
        super().__init__()
        self.key = Key(stage.api.namespace, KEY.name)
        self.stage = stage
        self.events: list[Event] = []
        self.drifted: list[tuple[str, str]] = []
        """Kind and what was done, of each child that somebody had touched."""
        self._client = client
        self._fleet = HttpFleet(session, PATIENCE_S)
        self._operators: list[Interrupted] = []
        self.start()

    def start(self, point: Point | None = None, happens: Happens = die) -> Interrupted:
        """Start an operator that knows nothing, in place of the present one; something happens to it at a write."""
        self._cluster = KubeCluster(self._client, self.key.namespace)
        seen = Interrupted(self._cluster, point, happens)
        self._operators.append(seen)
        self._operator = Reconciler(
            seen,
            self._fleet,
            WorkerDefaults(image=IMAGE),
            self.clocks,
            note=lambda _, event: self.events.append(event),
            drifted=lambda kind, action: self.drifted.append((kind, action)),
        )
        return seen

    async def put(self, manifest: Manifest) -> None:
        """Create the pipeline, or replace its spec."""
        stored = await self.find(PIPELINE.name, self.key.name)
        version = {} if stored is None else {"resourceVersion": stored["metadata"]["resourceVersion"]}
        annotations = manifest["metadata"].get("annotations", {})
        meta = {"namespace": self.key.namespace, "name": self.key.name, "annotations": annotations, **version}
        path = PIPELINE.path(self.key.namespace, "" if stored is None else self.key.name)
        await self._client.request("PUT" if stored else "POST", path, body={**manifest, "metadata": meta})

    async def delete(self) -> None:
        """Delete the pipeline."""
        await self._client.request("DELETE", PIPELINE.path(*self.key))

    async def scale(self, replicas: int, manager: str) -> None:
        """Write the scale subresource, as an autoscaler would."""
        path, query = PIPELINE.path(*self.key, "scale"), {"fieldManager": manager}
        await self._client.request(
            "PATCH", path, body={"spec": {"replicas": replicas}}, content_type=MERGE, query=query
        )

    async def look(self) -> None:
        """Let the operator see everything, and look once."""
        await self._cluster.resync()
        await self._operator(self.key)

    async def play(self) -> None:
        """Let everybody but the operator act."""
        await self._collect()
        await self.stage.act()
        self.now += TURN_S

    def written(self) -> int:
        """Return how many writes the API server has taken from the operators of this world."""
        return sum(operator.taken for operator in self._operators)

    async def clear(self) -> None:
        """Have nothing in the namespace, as in the beginning, and an operator that knows nothing."""
        if await self.find(PIPELINE.name, self.key.name) is not None:
            await self.delete()
        await self._collect()
        self.start()

    async def pipeline(self) -> Manifest:
        """Return the resource as it is stored."""
        return await self.get(PIPELINE.name, self.key.name)

    async def get(self, kind: str, name: str) -> Manifest:
        """Return an object as it is stored."""
        return await self._client.request("GET", BY_NAME[kind].path(self.key.namespace, name))

    async def find(self, kind: str, name: str) -> Manifest | None:
        """Return an object as it is stored, None if there is none."""
        try:
            return await self.get(kind, name)
        except NotFound:
            return None

    async def edit(self, kind: str, name: str, body: Any, content_type: str) -> Manifest:
        """Patch an object, as a person would."""
        path = BY_NAME[kind].path(self.key.namespace, name)
        return await self._client.request("PATCH", path, body=body, content_type=content_type)

    async def remove(self, kind: str, name: str) -> None:
        """Delete an object, as a person would."""
        await self._client.request("DELETE", BY_NAME[kind].path(self.key.namespace, name))

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object of somebody else."""
        path = BY_NAME[manifest["kind"]].path(self.key.namespace)
        return await self._client.request("POST", path, body=manifest)

    async def objects(self) -> dict[str, Manifest]:
        """Return all that there is besides the pipeline and pods, whosever it is, by `Kind/name`."""
        found = {}
        for kind in CHILDREN:
            for item in await self._items(kind.name):
                found[f"{kind.name}/{item['metadata']['name']}"] = item
        return found

    async def children(self) -> dict[str, Manifest]:
        """Return the same without what differs between equal objects."""
        return {name: comparable(manifest) for name, manifest in (await self.objects()).items()}

    async def versions(self) -> dict[str, str]:
        """Return the version of each object that the operator may write, the pipeline and pods included."""
        pods = {f"Pod/{pod['metadata']['name']}": pod for pod in await self._items(POD.name)}
        found = {**await self.objects(), **pods, PIPELINE.name: await self.pipeline()}
        return {name: manifest["metadata"]["resourceVersion"] for name, manifest in found.items()}

    async def is_realised(self, children: dict[str, Manifest]) -> bool:
        """Tell whether all of `children` are there, with as many pods of their template, which have read their file."""
        deployment = children[f"Deployment/{self.key.name}"]["spec"]
        file = children[f"ConfigMap/{self.key.name}-live"]["data"][SCORER_FILE].encode()
        pods = [pod["metadata"]["labels"]["template"] for pod in await self._items(POD.name)]
        present = await self.children()
        return (
            all(present.get(name) == child for name, child in children.items())
            and pods == [mark_of(deployment["template"])] * deployment["replicas"]
            and all(worker.content == file for worker in self.stage.workers.values())
        )

    async def _collect(self) -> None:
        """Delete what belongs to something that is gone, as the garbage collector would."""
        kinds = (PIPELINE, *CHILDREN, REPLICA_SET, POD)
        found = [(kind.name, item) for kind in kinds for item in await self._items(kind.name)]
        present = {item["metadata"]["uid"] for _, item in found}
        lost = [(kind, item) for kind, item in found if _owners(item) and not _owners(item) & present]
        for kind, item in lost:
            if kind == POD.name:
                await self.stage.end(item)
            else:
                with suppress(NotFound):  # somebody was quicker
                    await self.remove(kind, item["metadata"]["name"])
        if lost:  # they owned something, maybe
            await self._collect()

    async def _items(self, kind: str) -> list[Manifest]:
        found: list[Manifest] = (await self._client.request("GET", BY_NAME[kind].path(self.key.namespace)))["items"]
        return found


def comparable(manifest: Manifest) -> Manifest:
    """Return an object without what differs between two of the same content."""
    found = bare(manifest)
    meta, spec = found["metadata"], found.get("spec", {})
    annotations = meta.get("annotations", {})
    marked = {naming.APPLIED_ANNOTATION: "of what was applied"} if naming.APPLIED_ANNOTATION in annotations else {}
    told = {"spec": {name: value for name, value in spec.items() if name not in ADDRESSES}} if spec else {}
    return {**found, **told, "metadata": {**meta, "annotations": {**annotations, **marked}}}


@asynccontextmanager
async def kube_world(apiserver: Apiserver) -> AsyncIterator[KubeWorld]:
    """Yield a world in a namespace of its own; the API server must serve the definition."""
    namespace = f"world-{uuid4().hex[:8]}"
    apiserver.kubectl("create", "namespace", namespace)
    api = Api(str(apiserver.kubeconfig), namespace)
    stage = Stage(api)
    try:
        async with logged_in(str(apiserver.kubeconfig)) as client, aiohttp.ClientSession() as session:
            yield KubeWorld(client, stage, session)
            await stage.leave()
            await asyncio.sleep(0.1)  # aiohttp closes TLS connections in later turns of the loop
    finally:
        await stage.leave()
        api.close()
        apiserver.kubectl("delete", "namespace", namespace, "--wait=false")


def _owners(manifest: Manifest) -> set[str]:
    return {owner["uid"] for owner in manifest["metadata"].get("ownerReferences") or ()}
