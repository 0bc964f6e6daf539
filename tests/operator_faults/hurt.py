"""One pipeline whose operators reach the API server through a line that may be hurt, and what must be true of it."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import urllib3
from kubernetes import client

from harness.api_faults import written
from harness.api_proxy import ApiProxy
from harness.operated import PIPELINE, World, value
from harness.operators import OperatorProcess
from harness.stage import Api, Manifest, Stage, until
from operator_faults import ending, truth

KINDS: Final = {
    "ConfigMap": "v1/configmaps",
    "Service": "v1/services",
    "ServiceAccount": "v1/serviceaccounts",
    "Deployment": "apps/v1/deployments",
    "NetworkPolicy": "networking.k8s.io/v1/networkpolicies",
    "PodDisruptionBudget": "policy/v1/poddisruptionbudgets",
}
OURS: Final = "app.kubernetes.io/managed-by"
UNREACHABLE: Final = (client.exceptions.ApiException, urllib3.exceptions.HTTPError, OSError)
EVERY_S: Final = 0.4
"""Seconds between two samples of the status."""
LOOK_S: Final = 0.1
"""Seconds between two looks of somebody who waits."""
QUIET_S: Final = 1.5
FEW: Final = 8
"""Descriptors and threads that come and go."""


class Hurt(World):
    """A world whose operators have a bad line."""

    def __init__(self, api: Api, stage: Stage, kubeconfig: str, folder: Path, proxy: ApiProxy) -> None:
        super().__init__(api, stage, kubeconfig, folder)
        self.proxy = proxy
        self.samples: list[truth.Sample] = []
        self._before: dict[int, tuple[int, int]] = {}
        self._pokes = 0
        self._undisturbed: dict[str, dict[str, Manifest]] = {}
        """What a run without faults makes of a spec, by the spec."""

    async def begin(self) -> OperatorProcess:
        """Start an operator and a pipeline that becomes Ready."""
        operator = await self.start("first")
        await self.create()
        self._before[operator.pid] = held_by(operator.pid)
        return operator

    def heal(self) -> float:
        """Let the line be whole; return when, in monotonic seconds."""
        self.proxy.faults.heal()
        return time.monotonic()

    async def recovered(self, since: float, within_s: float) -> float:
        """Return how many seconds after `since` all was as a run without faults leaves it."""
        last: list[str] = []

        async def is_well() -> bool:
            last[:] = await self.wrong()
            await asyncio.sleep(LOOK_S if last else 0)
            return not last

        try:
            await until(is_well, max(1.0, since + within_s - time.monotonic()))
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s: {last}") from None
        return time.monotonic() - since

    async def wrong(self) -> list[str]:
        """Return what is not as a run without faults leaves it; nothing if all is."""
        try:
            if not await self.is_ready():
                said = (await self.pipeline()).get("status", {}).get("conditions", ())
                return [f"{c['type']}={c['status']} {c['reason']}" for c in said] or ["no status"]
            if not (await self._sample()).is_so:
                return ["Ready, and it is not so"]
            return ending.differences(await self._expected(), await self.children(), self.api.namespace)
        except (*UNREACHABLE, AssertionError, KeyError) as error:
            return [repr(error)]

    async def _expected(self) -> dict[str, Manifest]:
        pipeline = await self.pipeline()
        spec = json.dumps(pipeline["spec"], sort_keys=True)
        if spec not in self._undisturbed:
            self._undisturbed[spec] = await ending.undisturbed(pipeline)
        return self._undisturbed[spec]

    async def children(self) -> list[Manifest]:
        """Return what the operator has made."""
        return [
            {**item, "kind": kind}
            for kind, path in KINDS.items()
            for item in await self.api.items(path)
            if OURS in item["metadata"].get("labels", {})
        ]

    async def rests(self, operator: OperatorProcess) -> None:
        """Assert that a look at what is well writes nothing, and that the operator holds no more than it did."""
        await until(self._is_quiet, within_s=40)
        looks, began = value(operator, "controller_runtime_reconcile_total"), time.monotonic()
        pod = (await self.api.items("v1/pods"))[0]["metadata"]["name"]
        self._pokes += 1
        await self.api.merge(f"v1/pods/{pod}", {"metadata": {"labels": {"poked": str(self._pokes)}}})

        async def has_looked() -> bool:
            await asyncio.sleep(LOOK_S)
            return value(operator, "controller_runtime_reconcile_total") > looks

        await until(has_looked, within_s=40)
        await asyncio.sleep(0.5)
        assert written(asked.call for asked in self.proxy.since(began)) == []
        after = held_by(operator.pid)
        before = self._before.setdefault(operator.pid, after)
        assert all(now <= then + FEW for then, now in zip(before, after, strict=True)), (before, after)

    async def _is_quiet(self) -> bool:
        return not written(asked.call for asked in self.proxy.since(time.monotonic() - QUIET_S))

    def told_the_truth(self, healed_at: float, within_s: float) -> None:
        """Assert that nobody has claimed what was not so."""
        assert truth.made_false(self.samples) == []
        assert truth.false_for_s(self.samples, healed_at) <= within_s

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look at the status all the time."""

        async def look() -> None:
            while True:
                with suppress(*UNREACHABLE, AssertionError):
                    self.samples.append(await self._sample())
                await asyncio.sleep(EVERY_S)

        looking = asyncio.create_task(look())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait([looking])

    async def _sample(self) -> truth.Sample:
        pipeline, at = await self.pipeline(), time.monotonic()
        deployments = await self.api.items("apps/v1/deployments")
        serving = [self.stage._choice(worker)[0] for worker in self.stage.workers.values()]
        return truth.sample(at, pipeline, deployments, serving)

    async def scale(self, replicas: int) -> None:
        """Change how many pods there should be."""
        await self.api.merge(PIPELINE, {"spec": {"replicas": replicas}})

    async def delete(self, path: str) -> None:
        """Delete an object, as a person does."""
        await self.api.call("DELETE", path)

    async def uids(self) -> set[str]:
        """Return the uids of all pods."""
        return {pod["metadata"]["uid"] for pod in await self.api.items("v1/pods")}


def held_by(pid: int) -> tuple[int, int]:
    """Return how many descriptors and threads a process has."""
    return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 - of another process


async def eventually(action: Any, within_s: float = 60.0) -> Any:
    """Return what `action` returns once the API server answers."""

    async def done() -> Any:
        with suppress(*UNREACHABLE):
            return (await action(),)
        return None

    return (await until(done, within_s))[0]
