"""Pure: what a changed manifest would change: fields of the spec, children, and what becomes of the pods.

Made with the functions that the operator itself decides with, on what is observed now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from scoring_operator import live_file, plan
from scoring_operator.api.effects import Effect, effect_of
from scoring_operator.cli.rollback import Change, changes
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired.children import Decisions, children, reference
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline

NOTHING: Final = "nothing changes for the pods"
ROLLS: Final = "the pods are replaced one by one: a new one is ready before an old one goes"
REPLACES: Final = "all pods end before new ones start: those of two guarantees must not meet"
LIVE: Final = "the pods take it over live: none restarts"
STARTS: Final = "the pods start"
UNKNOWN: Final = "nobody can tell what becomes of the pods, the operator does not understand the present spec"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the spec that would be another."""

    path: str
    before: Any
    after: Any
    effect: str
    """`live`, `rolls` or `immutable`, as the definition says of the field."""


@dataclass(frozen=True, slots=True)
class ChildChange:
    """A child that would be made, changed or deleted."""

    child: str
    """`kind/name`."""
    verb: str
    """`created`, `changed`, or `deleted` once no pod needs it any more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that would change."""

    fields: tuple[FieldChange, ...]
    children: tuple[ChildChange, ...]
    pods: str
    """What becomes of them, in one sentence."""
    scaled: tuple[int, int] | None = None
    """How many pods there should be before and after, if that is not the same."""

    @property
    def is_none(self) -> bool:
        """Whether nothing would change."""
        return not self.fields and not self.children

    def data(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self)


def difference(
    observed: Observed, stored: Manifest | None, wanted: Manifest, reports: Sequence[PodReport]
) -> Difference:
    """Return what would change.

    Args:
        observed: What is there now.
        stored: The pipeline as it is; None if there is none.
        wanted: The pipeline as it would be, defaults filled in.
        reports: What its pods say now.

    Raises:
        InvalidPipeline: The operator would refuse what is wanted: an API server knows less than it.
    """
    workers, fields = workers_of(observed), () if stored is None else tuple(_fields(stored["spec"], wanted["spec"]))
    after = _children(plan.understand(wanted), observed, reports, workers)
    try:
        before = () if stored is None else _children(plan.understand(stored), observed, reports, workers)
    except InvalidPipeline as error:
        return Difference(fields, (), f"{UNKNOWN}: {error}")
    found = tuple(_compared(before, after))
    return Difference(fields, found, _pods(before, after, found), _scaled(before, after))


def workers_of(observed: Observed) -> WorkerDefaults:
    """Return what the operator gives all workers, as far as it shows; what does not show is the same on both sides."""
    deployment = plan.child(observed, "Deployment")
    if deployment is None:
        return WorkerDefaults(image=observed.former_status.get("image", ""))
    (worker, *_) = deployment["spec"]["template"]["spec"]["containers"]
    return WorkerDefaults(image=worker["image"], pull_policy=worker.get("imagePullPolicy", "IfNotPresent"))


def _children(
    pipeline: Pipeline, observed: Observed, reports: Sequence[PodReport], workers: WorkerDefaults
) -> tuple[Manifest, ...]:
    file = live_file.written(observed, pipeline.name, pipeline.block)
    decisions: Decisions = plan.decide(pipeline, observed, file, reports, workers)
    return children(pipeline, workers, decisions)


def _fields(before: Manifest, after: Manifest) -> Iterator[FieldChange]:
    for change in changes(before, after, "spec"):
        yield FieldChange(change.path, change.before, change.after, _effect(change))


def _effect(change: Change) -> str:
    """Return what the definition says of the field; a scorer of another name, or none, is another pipeline."""
    return effect_of(change.path.split(".")) or Effect.LIVE


def _compared(before: Iterable[Manifest], after: Iterable[Manifest]) -> Iterator[ChildChange]:
    old, new = ({reference(child): child for child in side} for side in (before, after))
    for name, child in new.items():
        if name not in old:
            yield ChildChange("/".join(name), "created")
        elif old[name] != child:
            yield ChildChange("/".join(name), "changed")
    yield from (ChildChange("/".join(name), "deleted") for name in old if name not in new)


def _pods(before: Sequence[Manifest], after: Sequence[Manifest], found: Sequence[ChildChange]) -> str:
    old, new = _deployment(before), _deployment(after)
    if old is None:
        return STARTS
    if old["template"] != new["template"]:
        return REPLACES if new["strategy"]["type"] == "Recreate" else ROLLS
    return LIVE if any(change.child.endswith("-live") for change in found) else NOTHING


def _scaled(before: Sequence[Manifest], after: Sequence[Manifest]) -> tuple[int, int] | None:
    old, new = _deployment(before), _deployment(after)
    was = 0 if old is None else old["replicas"]
    return None if was == new["replicas"] else (was, new["replicas"])


def _deployment(of: Sequence[Manifest]) -> Any:
    return next((child["spec"] for child in of if child["kind"] == "Deployment"), None)
