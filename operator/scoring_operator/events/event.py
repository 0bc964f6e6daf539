"""What an Event says; and the reasons of Events that no condition has."""

from collections.abc import Callable
from enum import StrEnum
from typing import Literal, NamedTuple

from scoring_operator.facts import Manifest

Severity = Literal["Normal", "Warning"]


class Told(StrEnum):
    """Reasons of Events beside those of conditions; closed."""

    ADOPTED = "Adopted"
    """This release has taken the pipeline over from another one."""
    DRIFT_REPAIRED = "DriftRepaired"
    """Somebody changed or deleted a child, and it was put back."""
    OFFSETS_EXPIRE = "OffsetsExpire"
    """No pod has run for five days or more: after seven the brokers forget where the group was."""
    REVISION_SERVING = "RevisionServing"
    """Another revision serves on every ready pod."""
    SCALED = "Scaled"
    """The operator has written `spec.replicas`."""
    SCOPE_CONFLICT = "ScopeConflict"
    """Another release acts on this pipeline; the one that reports leaves it alone."""


class Event(NamedTuple):
    """Something that happened to a pipeline."""

    severity: Severity
    reason: str
    """A `Told`, or a condition's `Reason`."""
    note: str
    """One or two sentences; cut at 1024 characters when it is written."""


Note = Callable[[Manifest, Event], None]
"""Takes an Event about a pipeline as stored, at once."""


def normal(reason: str, note: str) -> Event:
    """Return an Event that asks nothing of anybody."""
    return Event("Normal", reason, note)


def warning(reason: str, note: str) -> Event:
    """Return an Event that somebody should read."""
    return Event("Warning", reason, note)
