"""Pure: whether a pipeline's status told the truth at each moment at which somebody looked (I10).

A claim is Ready=True of the present generation. It is false while pods are missing, or do not serve what the spec says.
A fault may make a claim false that was true; nobody may make a new one that is false.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from scoring_service.contract.revision import revision_of

Manifest = dict[str, Any]


class Sample(NamedTuple):
    """What one look found."""

    at: float
    """Monotonic seconds."""
    claims: str
    """When Ready became True, and of which generation; empty if it is not claimed."""
    is_so: bool
    """Whether the pods are what the spec says."""


def sample(at: float, pipeline: Manifest, deployments: Sequence[Manifest], serving: Iterable[str]) -> Sample:
    """Return a sample; `serving` are the revisions that the workers serve, one each."""
    ((member, parameters),) = pipeline["spec"]["scorer"].items()
    wanted = [revision_of(member, parameters)] * pipeline["spec"]["replicas"]
    replicas = [deployment["spec"]["replicas"] for deployment in deployments]
    is_so = list(serving) == wanted and replicas == [len(wanted)]
    return Sample(at, _claim(pipeline), is_so)


def _claim(pipeline: Manifest) -> str:
    status, generation = pipeline.get("status") or {}, pipeline["metadata"]["generation"]
    ready = [said for said in status.get("conditions") or () if said["type"] == "Ready" and said["status"] == "True"]
    if not ready or status["observedGeneration"] != generation:
        return ""
    return f"generation {generation} since {ready[0]['lastTransitionTime']}"


def made_false(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples of claims that were false from the moment on at which they were first seen.

    A sample is several requests: what two of them in a row say is so.
    """
    threes = zip(samples, samples[1:], samples[2:], strict=False)
    return [
        second
        for first, second, third in threes
        if second.claims
        and second.claims != first.claims
        and not second.is_so
        and third == (third.at, second.claims, False)
    ]


def false_for_s(samples: Sequence[Sample], since: float) -> float:
    """Return the longest time after `since` for which a claim was false without a break, in seconds."""
    longest, began = 0.0, None
    for taken in samples:
        if taken.at < since or not taken.claims or taken.is_so:
            began = None
            continue
        began = taken.at if began is None else began
        longest = max(longest, taken.at - began)
    return longest
