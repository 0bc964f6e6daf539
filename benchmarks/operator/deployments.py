"""Plays the Deployment controller: a ReplicaSet and ready pods for each Deployment, made and replaced at once."""

import asyncio
import itertools
from collections import defaultdict
from typing import Final

import msgspec
from benchmarks.operator.kube import Api, Refused
from benchmarks.operator.workers import Workers

from scoring_operator.cluster.kube.kinds import BY_NAME, POD, REPLICA_SET
from scoring_operator.cluster.kube.pods import TEMPLATE_HASH_LABEL
from scoring_operator.facts import Manifest
from scoring_service.contract.revision import digest_of

FORBIDDEN: Final = 403
AGAIN_S: Final = 0.05
ATTEMPTS: Final = 200
AT_ONCE: Final = 16
"""Deployments in hand."""
DEPLOYMENT: Final = BY_NAME["Deployment"]


class Deployments:
    """The controller of one namespace. Nobody else makes pods here, so that it knows all that there are."""

    def __init__(self, api: Api, namespace: str, workers: Workers, group: asyncio.TaskGroup) -> None:
        self._api = api
        self._namespace = namespace
        self._workers = workers
        self._group = group
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._numbers = itertools.count()
        self._newest: dict[str, Manifest | None] = {}
        self._in_hand: set[str] = set()
        self._sets: dict[str, Manifest] = {}
        """The ReplicaSet of each Deployment that has one."""
        self._pods: dict[str, list[str]] = defaultdict(list)
        """Names of the pods of each Deployment."""

    def changed(self, event: str, deployment: Manifest) -> None:
        """Take note of a Deployment, and bring its pods to what it says."""
        name = deployment["metadata"]["name"]
        self._newest[name] = None if event == "DELETED" else deployment
        if name not in self._in_hand:
            self._in_hand.add(name)
            self._group.create_task(self._settle(name))

    async def _settle(self, name: str) -> None:
        settled: Manifest | None = {}
        while self._newest[name] is not settled:
            settled = self._newest[name]
            async with self._slots:
                await self._bring(name, settled)
        self._in_hand.discard(name)

    async def _bring(self, name: str, deployment: Manifest | None) -> None:
        former = self._sets.get(name)
        if former is not None and (deployment is None or not _is_of(former, deployment)):
            while self._pods[name]:
                await self._end(name)
            await self._api.delete(REPLICA_SET.path(self._namespace, self._sets.pop(name)["metadata"]["name"]))
        if deployment is None:
            return
        if name not in self._sets:
            path = REPLICA_SET.path(self._namespace)
            self._sets[name] = await self._api.create(path, replica_set(deployment))
        while len(self._pods[name]) > deployment["spec"]["replicas"]:
            await self._end(name)
        while len(self._pods[name]) < deployment["spec"]["replicas"]:
            await self._start(name)
        said = status(deployment)
        if {part: deployment.get("status", {}).get(part, 0) for part in said} != said:
            await self._api.merge(DEPLOYMENT.path(self._namespace, name, "status"), {"status": said})

    async def _start(self, name: str) -> None:
        made = pod(self._sets[name], next(self._numbers))
        self._pods[name].append(made["metadata"]["name"])
        await self._admitted(made)
        address = await self._workers.start(made, name, self._pods[name])
        running = {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        await self._api.merge(POD.path(self._namespace, made["metadata"]["name"], "status"), {"status": running})

    async def _admitted(self, made: Manifest) -> None:
        """Create a pod; the API server refuses one for a while whose service account it has only just been given."""
        for attempt in itertools.count():
            try:
                await self._api.create(POD.path(self._namespace), made)
            except Refused as error:
                if error.code != FORBIDDEN or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _end(self, name: str) -> None:
        ended = self._pods[name].pop()
        await self._api.delete(POD.path(self._namespace, ended))
        await self._workers.end(ended)


def replica_set(deployment: Manifest) -> Manifest:
    """Return the ReplicaSet that runs a Deployment's present template."""
    meta, spec = deployment["metadata"], deployment["spec"]
    mark = {TEMPLATE_HASH_LABEL: _mark(deployment)}
    labels = {**spec["template"]["metadata"]["labels"], **mark}
    return {
        "metadata": {
            "name": f"{meta['name']}-{mark[TEMPLATE_HASH_LABEL]}",
            "labels": labels,
            "ownerReferences": [_reference("Deployment", deployment)],
        },
        "spec": {
            "replicas": spec["replicas"],
            "selector": {"matchLabels": {**spec["selector"]["matchLabels"], **mark}},
            "template": {**spec["template"], "metadata": {**spec["template"]["metadata"], "labels": labels}},
        },
    }


def pod(made_by: Manifest, number: int) -> Manifest:
    """Return a pod of a ReplicaSet."""
    template = made_by["spec"]["template"]
    return {
        "metadata": {
            "name": f"{made_by['metadata']['name']}-{number}",
            "labels": template["metadata"]["labels"],
            "ownerReferences": [_reference("ReplicaSet", made_by)],
        },
        "spec": template["spec"],
    }


def status(deployment: Manifest) -> Manifest:
    """Return the status of a Deployment all whose pods are ready."""
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    generation = {"observedGeneration": deployment["metadata"]["generation"]}
    return generation | dict.fromkeys(counts, deployment["spec"]["replicas"])


def _is_of(made: Manifest, deployment: Manifest) -> bool:
    (owner,) = made["metadata"]["ownerReferences"]
    return bool(
        owner["uid"] == deployment["metadata"]["uid"]
        and made["metadata"]["labels"][TEMPLATE_HASH_LABEL] == _mark(deployment)
    )


def _mark(deployment: Manifest) -> str:
    return digest_of(msgspec.json.encode(deployment["spec"]["template"], order="deterministic"))[:10]


def _reference(kind: str, manifest: Manifest) -> Manifest:
    named = {part: manifest["metadata"][part] for part in ("name", "uid")}
    return {"apiVersion": "apps/v1", "kind": kind, "controller": True, **named}
