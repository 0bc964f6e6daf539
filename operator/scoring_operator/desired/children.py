"""Everything a pipeline owns, in the order in which it must come to be; whatever is not in here must go."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.configmaps import live_config_map, startup_config_map
from scoring_operator.desired.deployment import deployment
from scoring_operator.desired.disruption import disruption_budget
from scoring_operator.desired.network import network_policy
from scoring_operator.desired.service import service
from scoring_operator.desired.service_account import service_account
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.scorer_file import ScorerFile


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided from observation rather than read from the spec."""

    file: ScorerFile
    """Content of `scorer.json`."""
    replicas: int
    """Pods to run."""
    image: str
    """Image of the worker's container."""
    replaces: bool = False
    """Whether all pods must end before new ones start."""


def children(pipeline: Pipeline, workers: WorkerDefaults, decisions: Decisions) -> tuple[Manifest, ...]:
    """Return all children; before the Deployment the ConfigMaps that its pods mount, and what limits these pods."""
    startup = startup_config_map(pipeline, workers)
    built = (
        service_account(pipeline),
        startup,
        live_config_map(pipeline, decisions.file),
        service(pipeline, workers),
        network_policy(pipeline, workers),
        deployment(
            pipeline,
            workers,
            replicas=decisions.replicas,
            image=decisions.image,
            startup=startup["metadata"]["name"],
            replaces=decisions.replaces,
        ),
        disruption_budget(pipeline),
    )
    return tuple(child for child in built if child is not None)


def superfluous(desired: Iterable[Manifest], observed: Iterable[Manifest], kept: Container[str]) -> list[Manifest]:
    """Return the observed children that must go: not desired, and not a ConfigMap of a name in `kept`."""
    wanted = {reference(child) for child in desired}
    return [
        child
        for child in observed
        if reference(child) not in wanted
        and not (child["kind"] == "ConfigMap" and child["metadata"]["name"] in kept)
        and not child["metadata"].get("deletionTimestamp")
    ]


def reference(manifest: Manifest) -> tuple[str, str]:
    """Return what names a child among its siblings: kind and name."""
    return manifest["kind"], manifest["metadata"]["name"]
