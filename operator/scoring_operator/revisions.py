"""Pure: what `scorer.json` should say next, which pods need a nudge, and what status tells of it.

The rule: `serving` only ever becomes what every ready pod says it serves. A refused revision leaves it. A revision goes
with its golden cases: changed ones are proposed, and verified, like another revision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from scoring_operator import candidates, lanes
from scoring_operator.facts import PodReport
from scoring_operator.versions import WITH_GOLDEN_CASES, as_read, contract_version
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock, ScorerFile
from scoring_service.contract.worker_status import WorkerStatus

NUDGE_EVERY_S: Final = 3.0
NUDGES_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Revisions:
    """How far the desired revision has come."""

    desired: str
    """Revision of the spec; empty if the spec cannot be read."""
    serving: str
    """Revision in the slot `serving`: verified by pods; empty before the first."""
    refused: str = ""
    """The desired revision, if a pod refuses it; else empty."""
    refusal: str = ""
    """Why, in the pod's words."""
    verified: bool = False
    """What the spec asks for, golden cases included, is in the slot `serving`: pods have verified it."""
    untried: bool = False
    """The spec has golden cases that the present pods' image does not know."""
    complaint: str = ""
    """What a pod that has not acted upon the present file says is wrong, with its name; empty if none says so."""
    everywhere: bool = False
    """Every ready pod serves the desired revision and has read the present file."""
    spreading: bool = False
    """A pod that answers has not read the present file, or what the spec asks for is not verified yet."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """The latest nudge of one pod."""

    digest: str
    count: int
    at: float
    """Monotonic seconds."""

    def annotation(self, now: datetime) -> str:
        """Return the value to write: new at any moment, as an equal one (a former operator's, say) does nothing."""
        return f"{self.digest}-{int(now.timestamp() * 1000):x}"


def next_file(  # noqa: PLR0913, RUF100 - the parts of the file
    current: ScorerFile,
    desired: ScorerBlock,
    reports: Sequence[PodReport],
    *,
    candidate: CandidateBlock | None = None,
    started: bool = False,
    resume: str = "",
) -> ScorerFile:
    """Return the next content of `scorer.json`.

    Args:
        current: The present content.
        desired: What the spec asks for.
        reports: What the pods report about the present content.
        candidate: What the spec asks to be tried beside it: it needs no verification, as it keeps nothing from serving.
        started: Whether the group has ever committed.
        resume: What the pipeline is annotated with to release held lanes.
    """
    version = contract_version(current, reports)
    everywhere = _is_everywhere(desired.revision, _digest(current), reports)
    serving, proposed, wanted = (as_read(version, slot) for slot in (current.serving, current.proposed, desired))
    if _is_same(serving, wanted):
        slots = ScorerFile(serving=serving)
    elif not _is_same(proposed, wanted):
        slots = ScorerFile(serving=serving, proposed=wanted)
    else:
        slots = ScorerFile(serving=proposed) if everywhere else ScorerFile(serving=serving, proposed=proposed)
    return msgspec.structs.replace(
        slots,
        contract_version=version,
        candidate=candidates.slot(version, candidate),
        started=started,
        resume=resume,
    )


def judge(desired: str, file: ScorerFile, reports: Sequence[PodReport], *, has_cases: bool = False) -> Revisions:
    """Return how far the desired revision has come.

    Args:
        desired: Revision of the spec; empty if it cannot be read.
        file: `scorer.json` as written.
        reports: What the pods report.
        has_cases: Whether the spec has golden cases.
    """
    digest = _digest(file)
    refusals = [
        report.status.refused.message
        for report in lanes.present(reports)
        if report.status is not None
        and report.status.refused is not None
        and report.status.refused.revision == desired
        and report.status.config_digest == digest
    ]
    complaints = (
        f"{report.pod.name} says: {report.status.last_error}"
        for report in lanes.present(reports)
        if report.status is not None and report.status.last_error and not _has_read(report, digest)
    )
    return Revisions(
        desired=desired,
        serving=_revision(file),
        refused=desired if refusals else "",
        refusal=refusals[0] if refusals else "",
        complaint=next(complaints, ""),
        verified=_is_verified(desired, file),
        untried=has_cases and file.contract_version < WITH_GOLDEN_CASES,
        everywhere=_is_everywhere(desired, digest, reports),
        spreading=not _is_verified(desired, file)
        or any(_is_behind(report, digest) for report in lanes.present(reports)),
    )


def is_under_way(told: Revisions, waiting: Mapping[str, Nudge]) -> bool:
    """Tell whether pods may soon say something new about the revision, whatever else keeps the pipeline from its spec.

    Args:
        told: How far the desired revision has come.
        waiting: Nudges that still wait for their effect.
    """
    is_spreading = bool(told.desired) and not told.verified and not told.refused
    return is_spreading or any(nudge.count < NUDGES_AT_MOST for nudge in waiting.values())


def unanswered(file: ScorerFile, reports: Iterable[PodReport], past: Mapping[str, Nudge]) -> dict[str, Nudge]:
    """Return the nudges, by pod uid, that still wait for their effect: the pod lives and has not read the file."""
    digest = _digest(file)
    waiting = {report.pod.uid for report in lanes.present(reports) if not _has_read(report, digest)}
    return {uid: nudge for uid, nudge in past.items() if uid in waiting}


def nudges(
    file: ScorerFile, reports: Iterable[PodReport], past: Mapping[str, Nudge], now: float
) -> dict[str, tuple[PodReport, Nudge]]:
    """Return the nudges to give now, by pod uid: pods that answer, and answer with an older file."""
    digest = _digest(file)
    due = {}
    for report in lanes.present(reports):
        if not _is_behind(report, digest):
            continue
        last = past.get(report.pod.uid)
        if last is None or last.digest != digest:
            due[report.pod.uid] = (report, Nudge(digest, 1, now))
        elif last.count < NUDGES_AT_MOST and now - last.at >= NUDGE_EVERY_S:
            due[report.pod.uid] = (report, Nudge(digest, last.count + 1, now))
    return due


def _is_everywhere(revision: str, digest: str, reports: Sequence[PodReport]) -> bool:
    ready = [report for report in lanes.present(reports) if report.pod.ready]
    return bool(ready) and all(
        report.status is not None and _serves(report.status, revision) and _has_read(report, digest) for report in ready
    )


def _serves(status: WorkerStatus, revision: str) -> bool:
    """Tell whether a pod has verified a revision: one that misses new cases serves on, with the former ones."""
    return status.serving == revision and (status.refused is None or status.refused.revision != revision)


def _is_same(slot: ScorerBlock | None, wanted: ScorerBlock | None) -> bool:
    """Tell whether a slot has the wanted revision, with the wanted cases."""
    return (
        slot is not None
        and wanted is not None
        and (slot.revision, slot.golden_cases) == (wanted.revision, wanted.golden_cases)
    )


def _is_verified(desired: str, file: ScorerFile) -> bool:
    return _revision(file) == desired and file.proposed is None


def _has_read(report: PodReport, digest: str) -> bool:
    return report.status is not None and report.status.config_digest == digest


def _is_behind(report: PodReport, digest: str) -> bool:
    return report.status is not None and not _has_read(report, digest)


def _revision(file: ScorerFile) -> str:
    return file.serving.revision if file.serving else ""


def _digest(file: ScorerFile) -> str:
    return digest_of(file.encode())
