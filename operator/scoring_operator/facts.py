"""What was observed, as immutable values: the input of every decision, whatever cluster it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scoring_service.contract.worker_status import WorkerStatus

Manifest = dict[str, Any]
"""A finished Kubernetes object, YAML-shaped. Built once, never mutated."""


class Key(NamedTuple):
    """Names one ScoringPipeline."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Pod:
    """One worker pod (in local mode: one process)."""

    namespace: str
    name: str
    uid: str
    address: str
    """`host:port` of the ops listener; empty while unknown."""
    ready: bool
    terminating: bool = False
    ended: bool = False
    """It stays as an object and does nothing any more; counts as terminating."""
    restarts: int = 0
    waiting: str = ""
    """Why it does not run, as kubelet or scheduler say (`ImagePullBackOff`, say); empty if they say nothing."""
    is_former: bool = False
    """Made from another template than the Deployment has now."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is there now, as far as the adapter knows without asking."""

    pipeline: Manifest | None
    """The resource itself, status included; None once it is gone."""
    children: tuple[Manifest, ...] = ()
    """Objects whose controller is this pipeline, by uid; their status included (a Deployment's is read)."""
    orphans: tuple[Manifest, ...] = ()
    """Objects that nobody controls and whose labels name this pipeline: applying one takes it back."""
    pods: tuple[Pod, ...] = ()
    startups: frozenset[str] = frozenset()
    """Names of start-up ConfigMaps that a pod, or a ReplicaSet it could go back to, still mounts."""

    @property
    def former_status(self) -> Manifest:
        """The pipeline's status so far; empty at first."""
        return (self.pipeline or {}).get("status") or {}


@dataclass(frozen=True, slots=True)
class PodReport:
    """One pod and what it said about itself when last asked."""

    pod: Pod
    status: WorkerStatus | None = None
    """None: it did not answer, or not sensibly. Unknown is not zero."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One pipeline with all that belongs to it, as far as a person may see it."""

    observed: Observed
    reports: tuple[PodReport, ...] = ()
    pods: tuple[Manifest, ...] = ()
    """As objects: `observed.pods` says of them what an operator needs to know."""
    replica_sets: tuple[Manifest, ...] = ()
    events: tuple[Manifest, ...] = ()
    """Of the pipeline and of whatever belongs to it, the latest last."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Why something could not be read, by what it is: a person may be forbidden to, or nobody answers."""

    @property
    def pipeline(self) -> Manifest:
        """The resource itself."""
        assert self.observed.pipeline is not None  # noqa: S101 - nobody sees a pipeline that is not there
        return self.observed.pipeline

    @property
    def status(self) -> Manifest:
        """What an operator last wrote; empty before it did."""
        return self.observed.former_status
