"""What a person does to one pipeline, with the permissions of their own kubeconfig."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from scoring_operator.cluster.kube.client import APPLY, MERGE, STEPS, KubeClient
from scoring_operator.cluster.kube.kinds import BY_NAME, PIPELINE, POD, Kind
from scoring_operator.cluster.kube.login import person_logged_in
from scoring_operator.cluster.login import Login
from scoring_operator.desired import naming
from scoring_operator.facts import Key, Manifest
from scoring_service.contract.names import CONTROLLER_ANNOTATION, RESUME_ANNOTATION, SCORER_FILE, UPGRADE_ANNOTATION

JOB: Final = Kind("Job", "batch", "v1", "jobs")
JOB_LABEL: Final = "batch.kubernetes.io/job-name"
FIELD_MANAGER: Final = "kubectl-scoring"
ENDED: Final = ("Failed", "Succeeded")


class Person:
    """Requests about one pipeline."""

    def __init__(self, client: KubeClient, key: Key) -> None:
        self._client = client
        self.key = key

    async def pipeline(self) -> Manifest:
        """Return the pipeline as stored.

        Raises:
            NotFound: There is none.
        """
        return await self._client.request("GET", PIPELINE.path(*self.key))

    async def suspend(self, *, suspend: bool) -> None:
        """Set `spec.suspend`."""
        await self._merge({"spec": {"suspend": suspend}})

    async def give(self, controller: str) -> None:
        """Name the release of the operator that is to act on the pipeline."""
        await self._merge({"metadata": {"annotations": {CONTROLLER_ANNOTATION: controller}}})

    async def release(self) -> str:
        """Release lanes that a failure budget holds; return the moment that stands for it."""
        now = _now()
        await self._merge({"metadata": {"annotations": {RESUME_ANNOTATION: now}}})
        return now

    async def propose(self, before: Manifest, scorer: Manifest) -> None:
        """Replace `spec.scorer`, which must still be `before`: a merge would leave parameters that only that has."""
        await self._steps(
            {"op": "test", "path": "/spec/scorer", "value": before},
            {"op": "replace", "path": "/spec/scorer", "value": scorer},
        )

    async def upgrade(self, image: str) -> None:
        """Name an image in `spec.pod.image`; without one take it out and ask for the operator's."""
        asked = {} if image else {"metadata": {"annotations": {UPGRADE_ANNOTATION: _now()}}}
        await self._merge({**asked, "spec": {"pod": {"image": image}}})

    async def promote(self, pipeline: Manifest) -> None:
        """Make the candidate the scorer that serves, unless the pipeline has changed since it was read.

        The cases that it was tried on go with it; one without leaves those of the pipeline as they are. Steps and no
        merge: that would leave parameters that only the former scorer has, and drop the nulls of a case.

        Raises:
            Conflict: It has changed.
        """
        candidate, version = pipeline["spec"]["candidate"], pipeline["metadata"]["resourceVersion"]
        cases = candidate.get("goldenCases")
        await self._steps(
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            {"op": "replace", "path": "/spec/scorer", "value": candidate["scorer"]},
            *([{"op": "add", "path": "/spec/goldenCases", "value": cases}] if cases else []),
            {"op": "remove", "path": "/spec/candidate"},
        )

    async def discard(self) -> None:
        """Drop `spec.candidate`."""
        await self._merge({"spec": {"candidate": None}})

    async def pods(self) -> list[str]:
        """Return the names of the workers' pods that have not ended."""
        found = await self._list(POD, naming.selector_text(self.key.name))
        return sorted(pod["metadata"]["name"] for pod in found if pod.get("status", {}).get("phase") not in ENDED)

    async def deployment(self) -> Manifest:
        """Return the workers' Deployment.

        Raises:
            NotFound: The operator has made none.
        """
        return await self._client.request("GET", BY_NAME["Deployment"].path(*self.key))

    async def live_file(self) -> str:
        """Return `scorer.json` as the pods mount it; empty if there is none.

        Raises:
            NotFound: The operator has made no live ConfigMap.
        """
        path = BY_NAME["ConfigMap"].path(self.key.namespace, naming.live_name(self.key.name))
        content: str = ((await self._client.request("GET", path)).get("data") or {}).get(SCORER_FILE, "")
        return content

    async def start(self, job: Manifest) -> None:
        """Create a Job."""
        query = {"fieldManager": FIELD_MANAGER}
        path = JOB.path(self.key.namespace, job["metadata"]["name"])
        await self._client.request("PATCH", path, body=job, content_type=APPLY, query=query)

    async def job(self, name: str) -> Manifest:
        """Return a Job."""
        return await self._client.request("GET", JOB.path(self.key.namespace, name))

    async def pod_of(self, job: str) -> Manifest | None:
        """Return the pod of a Job; None before there is one."""
        found = await self._list(POD, f"{JOB_LABEL}={job}")
        return found[0] if found else None

    async def log(self, pod: str) -> str:
        """Return what a pod has said."""
        return await self._client.text(POD.path(self.key.namespace, pod, "log"))

    async def delete(self, job: str) -> None:
        """Delete a Job with its pod."""
        path = JOB.path(self.key.namespace, job)
        await self._client.request("DELETE", path, body={"propagationPolicy": "Background"})

    async def _steps(self, *steps: Manifest) -> None:
        query = {"fieldManager": FIELD_MANAGER}
        path = PIPELINE.path(*self.key)
        await self._client.request("PATCH", path, body=list(steps), content_type=STEPS, query=query)

    async def _merge(self, body: Mapping[str, Any]) -> None:
        query = {"fieldManager": FIELD_MANAGER}
        path = PIPELINE.path(*self.key)
        await self._client.request("PATCH", path, body=dict(body), content_type=MERGE, query=query)

    async def _list(self, kind: Kind, selector: str) -> list[Manifest]:
        path = kind.path(self.key.namespace)
        found: list[Manifest] = (await self._client.request("GET", path, query={"labelSelector": selector}))["items"]
        return found


@asynccontextmanager
async def person(
    name: str, namespace: str = "", kubeconfig: str | None = None, context: str | None = None
) -> AsyncIterator[Person]:
    """Yield access to a pipeline; without a namespace in that of the kubeconfig's context.

    Raises:
        NotLoggedIn: There is nothing to log in with.
    """
    async with person_logged_in(Login(namespace, kubeconfig, context)) as (client, where):
        yield Person(client, Key(where, name))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
