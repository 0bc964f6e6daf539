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


def generation_lag(pipelines: Manifests) -> int:
    """Return the most changes of a spec that its status does not speak of yet; 0 without pipelines."""
    return max(
        (pipeline["metadata"]["generation"] - _status(pipeline).get("observedGeneration", 0) for pipeline in pipelines),
        default=0,
    )


def _status(pipeline: dict[str, Any]) -> dict[str, Any]:
    return pipeline.get("status") or {}


def _conditions(pipeline: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for condition in _status(pipeline).get("conditions") or ():
        yield condition["type"], condition["status"]
