"""What a person sees of pipelines, with the permissions of their own kubeconfig. Only reads, and never a Secret.

Pods are asked for their `/status` through the API server: a person stands outside of the cluster's network. What may
not be read, or does not answer, is noted with its reason instead of ending the rest.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import msgspec

from scoring_operator.cluster.kube.client import KubeClient
from scoring_operator.cluster.kube.kinds import CHILDREN, PIPELINE, POD, REPLICA_SET, Kind
from scoring_operator.cluster.kube.login import person_logged_in
from scoring_operator.cluster.kube.observation import observed
from scoring_operator.cluster.login import Login
from scoring_operator.desired import naming
from scoring_operator.errors import OperatorError
from scoring_operator.facts import Key, Manifest, Observed, Pod, PodReport, Sighting
from scoring_service.contract.names import OPS_PORT, STATUS_MAX_BYTES, STATUS_PATH
from scoring_service.contract.worker_status import WorkerStatus

EVENT: Final = Kind("Event", "", "v1", "events")
POD_METRICS: Final = Kind("PodMetrics", "metrics.k8s.io", "v1beta1", "pods")
ASK_WITHIN_S: Final = 3.0
LOG_LINES: Final = 2000
LOG_BYTES: Final = 1 << 20

_Read = TypeVar("_Read")


class Reader:
    """Requests of a person who looks."""

    def __init__(self, client: KubeClient, namespace: str) -> None:
        """Look into `namespace`."""
        self._client = client
        self.namespace = namespace

    async def pipelines(self, *, everywhere: bool = False) -> list[Manifest]:
        """Return the pipelines of the namespace, or of all, by namespace and name."""
        page = await self._client.request("GET", PIPELINE.path("" if everywhere else self.namespace))
        found: list[Manifest] = page["items"]
        return sorted(found, key=lambda one: (one["metadata"]["namespace"], one["metadata"]["name"]))

    async def pipeline(self, name: str) -> Manifest:
        """Return one pipeline as stored.

        Raises:
            NotFound: There is none of that name.
        """
        return {**await self._client.request("GET", PIPELINE.path(self.namespace, name)), "kind": PIPELINE.name}

    async def tried(self, pipeline: Manifest, *, is_new: bool) -> Manifest:
        """Return a pipeline as the API server would store it; it stores nothing.

        Raises:
            InvalidManifest: It would refuse it, or refuses us.
        """
        meta, query = pipeline["metadata"], {"dryRun": "All", "fieldValidation": "Strict"}
        verb, path = (
            ("POST", PIPELINE.path(self.namespace)) if is_new else ("PUT", PIPELINE.path(self.namespace, meta["name"]))
        )
        return await self._client.request(verb, path, body=pipeline, query=query)

    async def sighting(self, name: str, *, with_events: bool = False) -> Sighting:
        """Return a pipeline with all that belongs to it.

        Raises:
            NotFound: There is none of that name.
        """
        pipeline, unread = await self.pipeline(name), dict[str, str]()
        labels = naming.selector_text(name)
        kinds = (*CHILDREN, REPLICA_SET, POD)
        lists = await asyncio.gather(
            *(_noted(self._list(kind, labelSelector=labels), kind.plural, unread, []) for kind in kinds)
        )
        found = [pipeline, *(manifest for listed in lists for manifest in listed)]
        seen = observed(Key(self.namespace, name), found)
        reports = await self.reports(seen.pods, unread)
        return Sighting(
            observed=seen,
            reports=reports,
            pods=tuple(manifest for manifest in found if manifest["kind"] == POD.name),
            replica_sets=tuple(manifest for manifest in found if manifest["kind"] == REPLICA_SET.name),
            events=await self._events(seen, found, unread) if with_events else (),
            unread=unread,
        )

    async def reports(self, pods: Sequence[Pod], unread: dict[str, str]) -> tuple[PodReport, ...]:
        """Return one report for each pod, in order; `unread` gets the reason why some have none."""
        return tuple(
            await asyncio.gather(*(_noted(self._ask(pod), _status_of(pod), unread, PodReport(pod)) for pod in pods))
        )

    async def usage(self, name: str) -> dict[str, tuple[str, str]]:
        """Return processor and memory of a pipeline's pods, as quantities, by the pod's name.

        Raises:
            OperatorError: The cluster does not measure it, or not for everybody.
        """
        measured = await self._list(POD_METRICS, labelSelector=naming.selector_text(name))
        return {
            pod["metadata"]["name"]: (worker["usage"]["cpu"], worker["usage"]["memory"])
            for pod in measured
            for worker in pod["containers"][:1]
        }

    async def log(self, pod: str, *, previous: bool = False) -> str:
        """Return the last lines that a pod's worker has said, or said before it was last restarted.

        Raises:
            OperatorError: There are none, or they may not be read.
        """
        query = {"container": "worker", "tailLines": LOG_LINES, "limitBytes": LOG_BYTES, "timestamps": "true"}
        path = POD.path(self.namespace, pod, "log")
        return await self._client.text(path, query={**query, "previous": "true" if previous else "false"})

    async def _ask(self, pod: Pod) -> PodReport:
        if not pod.address or pod.terminating:
            return PodReport(pod)
        path = POD.path(pod.namespace, f"{pod.name}:{OPS_PORT}", "proxy") + STATUS_PATH
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                said = (await self._client.text(path)).encode()
            return PodReport(pod, WorkerStatus.decode(said[:STATUS_MAX_BYTES]))
        except TimeoutError:
            raise OperatorError(f"no answer within {ASK_WITHIN_S:g} s") from None
        except msgspec.MsgspecError as error:
            raise OperatorError(f"no status: {error}") from error

    async def _events(self, seen: Observed, found: Sequence[Manifest], unread: dict[str, str]) -> tuple[Manifest, ...]:
        concerned = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in (*found, *seen.children)}
        listed = await _noted(self._list(EVENT), EVENT.plural, unread, [])
        about = [event for event in listed if _object_of(event) in concerned]
        return tuple(sorted(about, key=moment_of))

    async def _list(self, kind: Kind, **query: str) -> list[Manifest]:
        """Return the objects of a kind; inside of lists the API server leaves kind and version out."""
        page = await self._client.request("GET", kind.path(self.namespace), query=query)
        return [{**item, "apiVersion": kind.api_version, "kind": kind.name} for item in page["items"]]


def moment_of(event: Manifest) -> str:
    """Return when an event last happened, in a form that sorts; empty if it does not say."""
    series = event.get("series") or {}
    said = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(said or event["metadata"].get("creationTimestamp") or "")


async def _noted(reading: Awaitable[_Read], what: str, unread: dict[str, str], otherwise: _Read) -> _Read:
    """Return what was read; otherwise note why not."""
    try:
        return await reading
    except OperatorError as error:
        unread[what] = str(error)
        return otherwise


def _status_of(pod: Pod) -> str:
    return f"status of {pod.name}"


def _object_of(event: Manifest) -> tuple[str, str]:
    involved = event["involvedObject"]
    return involved.get("kind", ""), involved.get("name", "")


@asynccontextmanager
async def reader(login: Login) -> AsyncIterator[Reader]:
    """Yield access to pipelines.

    Raises:
        NotLoggedIn: There is nothing to log in with.
    """
    async with person_logged_in(login) as (client, namespace):
        yield Reader(client, namespace)
