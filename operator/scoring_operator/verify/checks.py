"""What must be true of a release that works. A check returns why it is not yet; empty: it is."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest
from scoring_operator.metrics import own
from scoring_operator.verify.port import Installation, Subject

OPS: Final = "ops"
"""Name of the container's port that /readyz and /metrics are on."""


class Check(NamedTuple):
    """One thing that must be true."""

    what: str
    """What is true if it is."""
    failing: Callable[[Installation, Subject], Awaitable[str]]


async def unserved(release: Installation, _: Subject) -> str:
    """Return why pipelines cannot be listed: then the definition is missing, or another one."""
    await release.pipelines()
    return ""


async def unled(release: Installation, subject: Subject) -> str:
    """Return why no process may write."""
    if await release.holder():
        return ""
    where = f"{subject.namespace}/{subject.lease}"
    return f"nobody holds the Lease {where}: is a pod of the operator running, and what does it log?"


async def unready(release: Installation, subject: Subject) -> str:
    """Return why the leader is not ready."""
    address = await _leader(release, subject)
    await release.page(address, "/readyz")
    return ""


async def unmeasured(release: Installation, subject: Subject) -> str:
    """Return why the leader's metrics do not say that it leads."""
    address = await _leader(release, subject)
    leading = gauge(await release.page(address, "/metrics"), own.LEADER.name)
    return "" if leading == 1 else f"http://{address}/metrics: expected {own.LEADER.name} 1, got {leading}"


async def unscored(release: Installation, subject: Subject) -> str:
    """Return why the pipeline is not Ready, or has committed nothing."""
    found = await release.pipeline()
    if found is None:
        return f"there is no ScoringPipeline {subject.namespace}/{subject.pipeline}"
    return of_pipeline(found)


def of_pipeline(manifest: Manifest) -> str:
    """Return what keeps a pipeline from being Ready and having scored."""
    status = manifest.get("status") or {}
    ready = next((each for each in status.get("conditions") or () if each["type"] == "Ready"), None)
    if ready is None:
        return "its status says nothing yet: the operator has not seen it"
    if ready["status"] != "True" or ready.get("observedGeneration") != manifest["metadata"].get("generation"):
        return f"it is not Ready: {ready['reason']}: {ready.get('message', '')}"
    return "" if status.get("firstCommitTime") else "it is Ready and has committed nothing: no record has come"


def gauge(page: str, name: str) -> float | None:
    """Return the value of a gauge without labels on a page of metrics; None: it is not there."""
    samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
    return next((sample.value for sample in samples if sample.name == name), None)


def address_of(pod: Manifest) -> str:
    """Return `host:port` of a pod's ops listener; empty before it has an address."""
    ip = (pod.get("status") or {}).get("podIP", "")
    ports = (port for container in pod["spec"]["containers"] for port in container.get("ports") or ())
    number = next((port["containerPort"] for port in ports if port.get("name") == OPS), None)
    if not ip or number is None:
        return ""
    return f"[{ip}]:{number}" if ":" in ip else f"{ip}:{number}"


async def _leader(release: Installation, subject: Subject) -> str:
    """Return the address of the leader, whose identity begins with the name of its pod.

    Raises:
        OperatorError: The Lease names nobody who can be asked; the text says why.
    """
    name = (await release.holder()).partition("_")[0]
    pod = await release.pod(name) if name else None
    if pod is None:
        raise OperatorError(
            f"the Lease {subject.namespace}/{subject.lease} is of {name or 'nobody'}, of whom there is no pod"
        )
    address = address_of(pod)
    if not address:
        raise OperatorError(f"pod {name} has no address yet")
    return address


INSTALLED: Final = (
    Check("ScoringPipelines are served", unserved),
    Check("a process of the operator holds the Lease", unled),
    Check("the leader has listed everything", unready),
    Check("its metrics say that it leads", unmeasured),
)
SCORING: Final = Check("a pipeline is Ready and has scored", unscored)
