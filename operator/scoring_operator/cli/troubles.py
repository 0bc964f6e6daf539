"""Pure: what keeps a pod from being ready, and a Deployment from its pods, in the words of Kubernetes."""

from collections.abc import Iterator, Sequence
from typing import Final

from scoring_operator.facts import Manifest

SHOWN: Final = 300
"""Characters of what others say."""


def pod_trouble(pod: Manifest, events: Sequence[Manifest]) -> str:
    """Return why a pod is not ready; empty if it is, or is about to go.

    Args:
        pod: As an object.
        events: Those of the pod among others, the latest last: the word of the scheduler and the kubelet.
    """
    if pod["metadata"].get("deletionTimestamp") or _holds(pod, "Ready"):
        return ""
    said = next(filter(None, _reasons(pod)), "") or "it is not ready"
    warning = next(
        (event for event in reversed(events) if _is_about(event, pod) and event.get("type") == "Warning"), None
    )
    told = f"{said}; {warning.get('reason', '')}: {warning.get('message', '')}" if warning else said
    return " ".join(told.split())[:SHOWN]


def rollout_troubles(deployment: Manifest) -> Iterator[str]:
    """Yield why a Deployment does not come to its pods: no quota, a refused template, no progress."""
    for said in (deployment.get("status") or {}).get("conditions") or ():
        is_failure = said["type"] == "ReplicaFailure" and said["status"] == "True"
        if is_failure or (said["type"] == "Progressing" and said["status"] == "False"):
            yield f"{said.get('reason', '')}: {said.get('message', '')}"[:SHOWN]


def _reasons(pod: Manifest) -> Iterator[str]:
    """Yield what a pod waits for: to be placed, to get its image and mounts, to live, to be ready."""
    status = pod.get("status") or {}
    if status.get("phase") in ("Failed", "Succeeded"):
        yield f"it has ended: {status.get('reason') or status['phase']}"
    for container in status.get("containerStatuses") or ():
        yield _of_worker(container)
    for kind in ("PodScheduled", "Ready"):
        for said in status.get("conditions") or ():
            if (said["type"], said["status"]) == (kind, "False"):
                yield _joined(said.get("reason", ""), said.get("message", ""))


def _of_worker(container: Manifest) -> str:
    """Return what a container waits for, or how it ended; empty if it just runs."""
    state, last = container.get("state") or {}, (container.get("lastState") or {}).get("terminated")
    if waiting := state.get("waiting"):
        return _joined(waiting.get("reason", ""), waiting.get("message", "")) + _ended(last)
    if ended := state.get("terminated"):
        return f"its worker has ended{_ended(ended)}"
    return f"its worker was restarted {container.get('restartCount', 0)} times{_ended(last)}" if last else ""


def _ended(last: Manifest | None) -> str:
    if not last:
        return ""
    return f" ({last.get('reason', 'ended')}, exit code {last.get('exitCode', '?')})"


def _joined(*words: str) -> str:
    return ": ".join(filter(None, words))


def _holds(pod: Manifest, kind: str) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == kind and one["status"] == "True" for one in conditions)


def _is_about(event: Manifest, pod: Manifest) -> bool:
    involved = event["involvedObject"]
    return (involved.get("kind"), involved.get("name")) == ("Pod", pod["metadata"]["name"])
