"""What one look at a pipeline begins with: the pipeline as it was, what is remembered of it, time and chance."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from scoring_operator import drift, live_file, scaling, scope, skew
from scoring_operator.cluster.port import Cluster
from scoring_operator.conditions import PAUSED, Held
from scoring_operator.errors import Conflict
from scoring_operator.facts import Key, Manifest, Observed
from scoring_operator.pace import Pace
from scoring_operator.revisions import Nudge
from scoring_service.contract.names import RECONCILE_ANNOTATION
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.scorer_file import ScorerFile


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance, as arguments."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    uniform: Callable[[float, float], float] = random.uniform


@dataclass(slots=True)
class Memory:
    """What is remembered of one pipeline between two looks; all of it may be lost at any time."""

    uid: str
    file: ScorerFile | None = None
    """`scorer.json` as last written: wins over a ConfigMap that somebody edited. None: not written yet."""
    applied: dict[tuple[str, str], drift.Applied] = field(default_factory=dict)
    nudges: dict[str, Nudge] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    told: skew.Told | None = None
    """The status that was last written."""
    pace: Pace = Pace()  # noqa: RUF009 - immutable
    """Of the writes of status."""
    autoscaler: scaling.Memory | None = None
    """None: nothing has been decided yet."""
    scaled: str = ""
    """When replicas were last seen to change, as status says it; empty before anything was decided."""
    paused: bool = False
    idle_days: int = 0
    """Whole days without a pod that were warned of."""


class Look(NamedTuple):
    """One reconcile of one pipeline."""

    key: Key
    manifest: Manifest
    """The pipeline as it was when the reconcile began: all decisions are made from it."""
    memory: Memory
    controller: str
    """The release that looks."""

    @property
    def reconcile(self) -> str:
        """What the annotation `scoring.dev/reconcile` says; empty without it."""
        return _reconcile(self.manifest)

    def observe(self, cluster: Cluster) -> Observed:
        """Return the present state, to be asked before every write: what is deleted must not get children again.

        Raises:
            Conflict: The pipeline is gone, is going, or is another one, somebody else's or paused by now.
        """
        observed = cluster.observe(self.key)
        present = living(observed)
        if present is None or present["metadata"]["uid"] != self.memory.uid:
            raise Conflict(f"{self.key} was deleted under way")
        if not scope.standing(present, self.controller).acts:
            raise Conflict(f"{self.key} was given to another release under way")
        if _reconcile(present) == PAUSED != self.reconcile:
            raise Conflict(f"{self.key} was paused under way")
        return replace(observed, pipeline=skew.as_told(present, self.memory.told))

    def file(self, observed: Observed, pipeline: Pipeline | None) -> ScorerFile:
        """Return `scorer.json` as last written; what a former operator wrote is read back."""
        if self.memory.file is not None:
            return self.memory.file
        return live_file.written(observed, self.key.name, pipeline.block if pipeline else None)


def living(observed: Observed) -> Manifest | None:
    """Return the pipeline unless it is gone or going."""
    if observed.pipeline is None or observed.pipeline["metadata"].get("deletionTimestamp"):
        return None
    return observed.pipeline


def _reconcile(pipeline: Manifest) -> str:
    value: str = (pipeline["metadata"].get("annotations") or {}).get(RECONCILE_ANNOTATION, "")
    return value
