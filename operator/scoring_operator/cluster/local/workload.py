"""A Deployment without Kubernetes: keeps as many pods as it says, and rolls them when its template changes."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import structlog

from scoring_operator.cluster.local.launch import Launch
from scoring_operator.cluster.local.pod import DEFAULT_TIMING, Identity, LocalPod, Probe, Timing
from scoring_operator.cluster.local.rollout import Member, Steps, next_steps, replacing_steps
from scoring_operator.facts import Manifest, Pod
from scoring_service.contract.names import ENV_SECRETS_DIRECTORY, SECRETS_DIRECTORY

TEMPLATE_HASH_LENGTH = 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Machine:
    """What a pod on this machine is made with."""

    volumes: Path
    """Folder with one directory per ConfigMap: `<namespace>/<name>`."""
    launch: Launch
    probe: Probe
    environment: Mapping[str, str]
    """What every worker inherits; a container's own variables win, but for the folder of Secrets."""
    timing: Timing = DEFAULT_TIMING


class Workload:
    """The pods of one Deployment."""

    def __init__(self, machine: Machine, changed: Callable[[], None]) -> None:
        self._machine = machine
        self._changed = changed
        self._deployment: Manifest = {}
        self._template = ""
        self._pods: dict[str, tuple[LocalPod, asyncio.Task[None]]] = {}
        self._started = 0

    @property
    def pods(self) -> Iterator[LocalPod]:
        """The pods, oldest first, terminating ones included."""
        return (pod for pod, _ in self._pods.values())

    def observed(self) -> Iterator[Pod]:
        """Return what anybody may see of the pods, oldest first."""
        return (replace(pod.observed(), is_former=pod.identity.template != self._template) for pod in self.pods)

    def follow(self, deployment: Manifest) -> None:
        """Become what `deployment` says, step by step."""
        self._deployment = deployment
        self._template = _hash(deployment["spec"]["template"])
        self._step()

    def status(self) -> Manifest:
        """Return the Deployment's status."""
        members = list(self._members())
        ready = sum(member.is_ready for member in members)
        return {
            "observedGeneration": self._deployment["metadata"]["generation"],
            "replicas": len(members),
            "updatedReplicas": sum(member.is_current for member in members),
            "readyReplicas": ready,
            "availableReplicas": ready,
        }

    async def close(self) -> None:
        """Stop all pods; returns once their workers have ended."""
        self._deployment = {}
        for pod in self.pods:
            pod.stop()
        await asyncio.gather(*(task for _, task in list(self._pods.values())), return_exceptions=True)

    def _step(self) -> None:
        if not self._deployment:
            return
        steps = self._steps()
        for name in steps.stop:
            self._pods[name][0].stop()
        for _ in range(steps.start):
            self._start()
        if steps.start or steps.stop:
            self._changed()

    def _steps(self) -> Steps:
        members, spec = list(self._members()), self._deployment["spec"]
        if spec["strategy"]["type"] != "Recreate":
            return next_steps(members, spec["replicas"])
        are_ending = any(pod.is_former and pod.terminating for pod in self.observed())
        return replacing_steps(members, spec["replicas"], former_are_ending=are_ending)

    def _members(self) -> Iterator[Member]:
        for pod in self.observed():
            if not pod.terminating:
                yield Member(pod.name, not pod.is_former, pod.ready)

    def _start(self) -> None:
        pod = self._pod()
        grace_s = self._deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        task = asyncio.create_task(pod.run(grace_s, self._pod_changed), name=pod.identity.name)
        self._pods[pod.identity.name] = pod, task
        task.add_done_callback(self._pod_ended)

    def _pod(self) -> LocalPod:
        metadata, template = self._deployment["metadata"], self._deployment["spec"]["template"]["spec"]
        self._started += 1
        name = f"{metadata['name']}-{self._template}-{self._started}"
        mounts = _mounts(template)
        directories = {path: str(self._machine.volumes / metadata["namespace"] / of) for path, of in mounts.items()}
        directories[SECRETS_DIRECTORY] = self._machine.environment.get(ENV_SECRETS_DIRECTORY, SECRETS_DIRECTORY)
        environment = dict(self._machine.environment) | _environment(template, name, directories)
        identity = Identity(metadata["namespace"], name, str(uuid.uuid4()), self._template, frozenset(mounts.values()))
        return LocalPod(identity, environment, self._machine.launch, self._machine.probe, self._machine.timing)

    def _pod_changed(self) -> None:
        self._step()
        self._changed()

    def _pod_ended(self, task: "asyncio.Task[None]") -> None:
        """Forget a pod, which may start another; one that failed keeps its place for a while: no storm of starts."""
        failure = None if task.cancelled() else task.exception()
        if failure is None:
            self._forget(task.get_name())
            return
        log.error("pod failed", pod=task.get_name(), exc_info=failure)
        asyncio.get_running_loop().call_later(self._machine.timing.back_off_most_s, self._forget, task.get_name())

    def _forget(self, name: str) -> None:
        del self._pods[name]
        self._pod_changed()


def _mounts(template: Manifest) -> dict[str, str]:
    """Return the name of the ConfigMap mounted at each path; Secrets are where this machine's owner keeps them."""
    config_maps = {v["name"]: v["configMap"]["name"] for v in template["volumes"] if "configMap" in v}
    (container,) = template["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    return {mounts[volume]: config_map for volume, config_map in config_maps.items()}


def _environment(template: Manifest, pod: str, directories: Mapping[str, str]) -> dict[str, str]:
    """Return the container's variables; a path that is a mount becomes the directory on this machine."""
    (container,) = template["containers"]
    return {variable["name"]: _value(variable, pod, directories) for variable in container["env"]}


def _value(variable: dict[str, Any], pod: str, directories: Mapping[str, str]) -> str:
    if variable.get("valueFrom"):  # the only field that a worker asks for
        return pod
    value: str = variable["value"]
    return directories.get(value, value)


def _hash(template: Manifest) -> str:
    encoded = msgspec.json.encode(template, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:TEMPLATE_HASH_LENGTH]
