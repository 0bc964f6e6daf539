"""Pure: what all pipelines together say, from their manifests."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

Series = tuple[tuple[str, ...], float]
Manifests = Iterable[dict[str, Any]]

STATUSES: Final = ("True", "False", "Unknown")


def resources(pipelines: Manifests) -> Iterator[Series]:
    """Return the number of pipelines by kind, condition and status, those that are 0 included."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for pipeline in pipelines:
        for kind, status in _conditions(pipeline):
            counts.update({(pipeline["kind"], kind, one): int(one == status) for one in STATUSES})
    yield from counts.items()


def resource_conditions(pipelines: Manifests) -> Iterator[Series]:
    """Return 1 for the status that a condition of a pipeline has, 0 for the others."""
    for pipeline in pipelines:
        meta = pipeline["metadata"]
        for kind, status in _conditions(pipeline):
            for one in STATUSES:
                yield (meta["namespace"], meta["name"], kind, one), float(one == status)


def scaling_decisions(pipelines: Manifests) -> Iterator[Series]:
    """Return the number of pipelines by the reason of the decision on their replicas."""
    counts = Counter(scaling["reason"] for _, scaling in _scaling(pipelines))
    yield from (((reason,), float(count)) for reason, count in counts.items())


def desired_replicas(pipelines: Manifests) -> Iterator[Series]:
    """Return the replicas that are wanted, by namespace and name."""
    yield from ((key, float(scaling["desired"])) for key, scaling in _scaling(pipelines) if "desired" in scaling)


def drain_seconds(pipelines: Manifests) -> Iterator[Series]:
    """Return the seconds that what waits would take, by namespace and name, where they are known."""
    for key, scaling in _scaling(pipelines):
        inputs = scaling.get("inputs") or {}
        if "drainSeconds" in inputs:
            yield key, float(inputs["drainSeconds"])


def generation_lag(pipelines: Manifests) -> int:
    """Return the most changes of a spec that its status does not speak of yet; 0 without pipelines."""
    return max(
        (pipeline["metadata"]["generation"] - _status(pipeline).get("observedGeneration", 0) for pipeline in pipelines),
        default=0,
    )


def _scaling(pipelines: Manifests) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """Return what status says of the autoscaler, by namespace and name, where it says anything."""
    for pipeline in pipelines:
        meta, scaling = pipeline["metadata"], _status(pipeline).get("scaling")
        if scaling:
            yield (meta["namespace"], meta["name"]), scaling


def _status(pipeline: dict[str, Any]) -> dict[str, Any]:
    return pipeline.get("status") or {}


def _conditions(pipeline: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for condition in _status(pipeline).get("conditions") or ():
        yield condition["type"], condition["status"]
