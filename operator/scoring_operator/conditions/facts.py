"""Everything that conditions are made of."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from scoring_operator.candidates import Candidacy
from scoring_operator.conditions.reasons import Reason
from scoring_operator.facts import PodReport
from scoring_operator.revisions import Revisions
from scoring_operator.scaling import Decision

PAUSED: Final = "paused"
"""The one value of the annotation `scoring.dev/reconcile` that means something."""


class Rollout(NamedTuple):
    """How far the Deployment has brought its template."""

    complete: bool = True
    stuck: bool = False
    failure: str = ""
    """Why pods cannot be made, in the Deployment's words; empty if they can."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was observed of one pipeline, and what was decided."""

    replicas: int
    """As the spec asks."""
    wanted: int
    """Pods that should run: `replicas`, capped at the partitions; none while suspended."""
    partitions: int | None
    reports: tuple[PodReport, ...]
    revisions: Revisions
    rollout: Rollout
    decision: Decision | None = None
    """On replicas; None if none was made: paused, or the spec cannot be read."""
    candidacy: Candidacy = Candidacy()  # noqa: RUF009 - immutable
    suspended: bool = False
    reconcile: str = ""
    """What the annotation `scoring.dev/reconcile` says; empty without it."""
    problem: tuple[Reason, str] | None = None
    """The spec, or a child that follows from it, was refused."""
    delay: str = ""
    """Why a child could not be written for now; empty if all are."""

    @property
    def paused(self) -> bool:
        """Whether a person has told the operator to write nothing but status."""
        return self.reconcile == PAUSED
