"""Plays the Deployment controller, the kubelet and the workers of one namespace, on an API server without nodes.

Pods are objects with an address on the loopback network, where a small server answers `/status` as a worker would.
"""

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3
from aiohttp import web
from kubernetes import client, config

from harness.flow import Flow
from scoring_service.contract.names import CONTRACT_VERSION, NUDGE_ANNOTATION, SCORER_FILE, STATUS_PATH
from scoring_service.contract.revision import digest_of, revision_of

Manifest = dict[str, Any]
GROUP = ("scoring.dev", "v1alpha1")
_addresses = (f"127.{os.getpid() % 200 + 20}.{number // 250}.{number % 250 + 1}" for number in itertools.count())
"""Of pods: other ones in each process, for several may play at the same time."""


async def until(condition: Callable[[], Awaitable[Any]], within_s: float = 15.0) -> Any:
    """Return the first true answer of `condition`.

    Raises:
        TimeoutError: There was none in time; the text is its last answer.
    """
    end = time.monotonic() + within_s
    while True:
        answer = await condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within_s} s: {condition.__doc__ or condition}, last {answer!r}")
        await asyncio.sleep(0.01)


async def settled(read: Callable[[], Awaitable[Any]], for_s: float) -> None:
    """Return once `read` has returned the same for so many seconds on end."""
    last, since = await read(), time.monotonic()
    while time.monotonic() - since < for_s:
        await asyncio.sleep(0.1)
        now = await read()
        if now != last:
            last, since = now, time.monotonic()


class Api:
    """A person's access to one namespace, by the official synchronous client in threads."""

    def __init__(self, kubeconfig: str, namespace: str) -> None:
        self.namespace = namespace
        self.api = config.new_client_from_config(kubeconfig)  # type: ignore[no-untyped-call]  # partial annotations

    def close(self) -> None:
        """Close all connections."""
        self.api.close()

    async def call(self, verb: str, path: str, body: Any = None, content_type: str = "application/json") -> Manifest:
        """Return the answer; `path` begins after the namespace, e.g. `apps/v1/deployments/x` or `v1/pods`."""

        def send() -> Manifest:
            headers = {"Accept": "application/json", "Content-Type": content_type}
            request = self.api.param_serialize(
                verb, self._path(path), header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self.api.call_api(*request)
            response.read()
            if response.status >= 300:
                raise client.exceptions.ApiException.from_response(
                    http_resp=response, body=response.data.decode(), data=None
                )
            answer: Manifest = json.loads(response.data)
            return answer

        return await asyncio.to_thread(send)

    async def get(self, path: str) -> Manifest | None:
        """Return an object, None if there is none."""
        try:
            return await self.call("GET", path)
        except client.exceptions.ApiException as error:
            if error.status == 404:
                return None
            raise

    async def items(self, path: str) -> list[Manifest]:
        """Return the objects of a list."""
        return list((await self.call("GET", path))["items"])

    async def merge(self, path: str, body: Manifest) -> Manifest:
        """Merge-patch an object."""
        return await self.call("PATCH", path, body, "application/merge-patch+json")

    def _path(self, path: str) -> str:
        head, _, rest = path.partition("/")
        if "." in head or head in ("apps", "batch", "policy"):
            version, _, rest = rest.partition("/")
            return f"/apis/{head}/{version}/namespaces/{self.namespace}/{rest}"
        return f"/api/{head}/namespaces/{self.namespace}/{rest}"


def mark_of(template: Manifest) -> str:
    """Return the label by which the pods of a template are known."""
    return digest_of(json.dumps(template, sort_keys=True).encode())[:10]


@dataclass
class Worker:
    """One pretended worker process."""

    address: str
    runner: web.AppRunner
    content: bytes = b""
    annotation: str = ""
    nudges: int = 0
    revisions: list[tuple[float, str]] = field(default_factory=list)
    """When it began to serve which revision, monotonic seconds."""


class Stage:
    """Everything that a namespace with nodes would have."""

    def __init__(self, api: Api, partitions: int = 6) -> None:
        self.api = api
        self.partitions = partitions
        self.refuse: set[str] = set()
        self.workers: dict[str, Worker] = {}
        """By the pod's name."""
        self.committed: int | None = None
        """Offset that the group has committed in every partition."""
        self.flow: Flow | None = None
        """What flows through the partitions, and the clock that it goes by is `now`; None: nothing moves."""
        self.now: Callable[[], float] = time.monotonic
        self.held = ""
        """Why no worker joins the group."""
        self.is_patient = False
        """Whether an API server that does not answer is waited for."""
        self.strategies: list[Manifest] = []
        """Of the Deployment, each time that it was another one than before."""
        self._numbers = itertools.count()

    @asynccontextmanager
    async def playing(self) -> AsyncIterator["Stage"]:
        """Act until the context ends."""
        play = asyncio.create_task(self._play())
        try:
            yield self
        finally:
            play.cancel()
            await asyncio.wait([play])
            await self.leave()
            if not play.cancelled():
                play.result()

    async def _play(self) -> None:
        while True:
            try:
                await self.act()
            except (client.exceptions.ApiException, urllib3.exceptions.HTTPError, OSError):
                if not self.is_patient:
                    raise
            await asyncio.sleep(0.02)

    async def act(self) -> None:
        """Do all that there is to do, once."""
        for deployment in await self.api.items("apps/v1/deployments"):
            with suppress(client.exceptions.NotFoundException):  # it may be deleted at any moment
                await self._control(deployment)
        for pod in await self.api.items("v1/pods"):
            await self._kubelet(pod)
        if self.flow is not None:
            self.flow.advance(self.now(), sorted(self.workers))

    async def leave(self) -> None:
        """Let no worker answer any more."""
        for name in list(self.workers):
            await self.workers.pop(name).runner.cleanup()

    async def _control(self, deployment: Manifest) -> None:
        """Keep as many pods of the present template as are wanted, and say so."""
        template, wanted = deployment["spec"]["template"], deployment["spec"]["replicas"]
        if deployment["spec"]["strategy"] not in self.strategies[-1:]:
            self.strategies.append(deployment["spec"]["strategy"])
        mark = mark_of(template)
        pods = await self.api.items("v1/pods")
        for pod in [pod for pod in pods if pod["metadata"]["labels"].get("template") != mark]:
            await self.end(pod)
        await self._forget_replica_sets(deployment, mark)
        pods = [pod for pod in pods if pod["metadata"]["labels"].get("template") == mark]
        for pod in pods[wanted:]:
            await self.end(pod)
        for _ in range(wanted - len(pods)):
            await self._start(deployment, mark)
        status = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": wanted,
            "availableReplicas": wanted,
        }
        if {name: deployment["status"].get(name, 0) for name in status} != status:
            await self.api.merge(f"apps/v1/deployments/{deployment['metadata']['name']}/status", {"status": status})

    async def _start(self, deployment: Manifest, mark: str) -> None:
        name, template = deployment["metadata"]["name"], deployment["spec"]["template"]
        labels = {**template["metadata"]["labels"], "template": mark}
        owner = await self._replica_set(deployment, mark)
        meta = {"name": f"{name}-{next(self._numbers)}", "labels": labels, "ownerReferences": [owner]}
        pod = {"metadata": meta, "spec": template["spec"]}
        await self.api.call("POST", "v1/pods", {"apiVersion": "v1", "kind": "Pod", **pod})
        worker = await self._serve(pod["metadata"]["name"])
        status = {
            "phase": "Running",
            "podIP": worker.address,
            "podIPs": [{"ip": worker.address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        }
        await self.api.merge(f"v1/pods/{pod['metadata']['name']}/status", {"status": status})

    async def _replica_set(self, deployment: Manifest, mark: str) -> Manifest:
        """Return a reference to the ReplicaSet of the present template, made if there is none."""
        name, spec = f"{deployment['metadata']['name']}-{mark}", deployment["spec"]
        found = await self.api.get(f"apps/v1/replicasets/{name}")
        if found is None:
            hashed = {**spec["selector"]["matchLabels"], "pod-template-hash": mark}
            labels = {**spec["template"]["metadata"]["labels"], **hashed}
            template = {**spec["template"], "metadata": {**spec["template"]["metadata"], "labels": labels}}
            owner = self._reference("Deployment", deployment)
            found = await self.api.call(
                "POST",
                "apps/v1/replicasets",
                {
                    "metadata": {"name": name, "labels": labels, "ownerReferences": [owner]},
                    "spec": {"replicas": 0, "selector": {"matchLabels": hashed}, "template": template},
                },
            )
        return self._reference("ReplicaSet", found)

    async def _forget_replica_sets(self, deployment: Manifest, mark: str) -> None:
        """Keep no history: delete what made pods of former templates."""
        uid = deployment["metadata"]["uid"]
        for found in await self.api.items("apps/v1/replicasets"):
            owners = {owner["uid"] for owner in found["metadata"].get("ownerReferences") or ()}
            if uid in owners and found["metadata"]["labels"]["pod-template-hash"] != mark:
                with suppress(client.exceptions.NotFoundException):
                    await self.api.call("DELETE", f"apps/v1/replicasets/{found['metadata']['name']}")

    def _reference(self, kind: str, manifest: Manifest) -> Manifest:
        named = {part: manifest["metadata"][part] for part in ("name", "uid")}
        return {"apiVersion": "apps/v1", "kind": kind, "controller": True, **named}

    async def end(self, pod: Manifest) -> None:
        """Let a pod die, if it has not already."""
        name = pod["metadata"]["name"]
        try:
            await self.api.call("DELETE", f"v1/pods/{name}", {"gracePeriodSeconds": 0})
        except client.exceptions.NotFoundException:
            return
        if name in self.workers:
            await self.workers.pop(name).runner.cleanup()

    async def _kubelet(self, pod: Manifest) -> None:
        """Show the pod the live file: when it is new, and when one of its annotations has changed."""
        worker = self.workers.get(pod["metadata"]["name"])
        if worker is None:
            return
        annotation = (pod["metadata"].get("annotations") or {}).get(NUDGE_ANNOTATION, "")
        if worker.content and annotation == worker.annotation:
            return
        name = next(v["configMap"]["name"] for v in pod["spec"]["volumes"] if v["name"] == "live")
        config_map = await self.api.get(f"v1/configmaps/{name}")
        if config_map is None:
            return
        worker.nudges += annotation != worker.annotation
        worker.content, worker.annotation = config_map["data"][SCORER_FILE].encode(), annotation
        serving, _ = self._choice(worker)
        worker.revisions.append((time.monotonic(), serving))

    def _choice(self, worker: Worker) -> tuple[str, str]:
        file = json.loads(worker.content or b"{}")
        blocks = [block for block in (file.get("proposed"), file.get("serving")) if block]
        slots = [revision_of(block["member"], block["parameters"]) for block in blocks]
        served = [revision for revision in slots if revision not in self.refuse]
        return (served or [""])[0], slots[0] if slots and slots[0] in self.refuse else ""

    def _candidate(self, worker: Worker) -> Manifest | None:
        """Say of a candidate that it runs as it is asked for."""
        asked = json.loads(worker.content or b"{}").get("candidate")
        if not asked:
            return None
        revision = revision_of(asked["scorer"]["member"], asked["scorer"]["parameters"])
        return {"revision": revision, "mode": asked["mode"], "percent": asked["percent"]}

    async def _serve(self, name: str) -> Worker:
        async def status(_: web.Request) -> web.Response:
            return web.json_response(self._status(name))

        app = web.Application()
        app.add_routes([web.get(STATUS_PATH, status)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        worker = self.workers[name] = Worker(next(_addresses), runner)
        await web.TCPSite(runner, worker.address, 9090).start()
        return worker

    def _status(self, name: str) -> Manifest:
        names = sorted(self.workers)
        worker = self.workers[name]
        serving, refused = self._choice(worker)
        return {
            "version": "0.1.0",
            "contractVersion": CONTRACT_VERSION,
            "pipeline": f"{self.api.namespace}/played",
            "pod": name,
            "configDigest": digest_of(worker.content) if worker.content else "",
            "serving": serving,
            "refused": {"revision": refused, "message": "weights.trading is too much"} if refused else None,
            "candidate": self._candidate(worker),
            "ready": not self.held,
            "held": self.held,
            "heldMessage": f"what {self.held} means" if self.held else "",
            "partitions": None if self.held else self.partitions,
            "lanes": [
                self._lane(partition)
                for partition in range(names.index(name), 0 if self.held else self.partitions, len(names))
            ],
            **self._load(name),
        }

    def _lane(self, partition: int) -> Manifest:
        flow = self.flow
        return {
            "partition": partition,
            "state": "Ready",
            "position": flow.position(partition) if flow else 7,
            "lastStableOffset": flow.end(partition) if flow else 10,
            "committedOffset": self.committed,
        }

    def _load(self, name: str) -> Manifest:
        if self.flow is None:
            return {}
        return {"busyRatio": self.flow.busy.get(name), "uptimeSeconds": self.flow.uptime_s(name)}
