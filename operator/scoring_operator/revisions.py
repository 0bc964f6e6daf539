"""Pure: what `scorer.json` should say next, which pods need a nudge, and what status tells of it.

The rule: `serving` only ever becomes what every ready pod says it serves. A refused revision leaves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scoring_operator.facts import PodReport
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

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
    everywhere: bool = False
    """Every ready pod serves the desired revision and has read the present file."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """The latest nudge of one pod."""

    digest: str
    count: int
    at: float
    """Monotonic seconds."""

    @property
    def annotation(self) -> str:
        """The value to write: the digest, made new for each repetition, because an equal value changes nothing."""
        return self.digest if self.count == 1 else f"{self.digest}-{self.count}"


def next_file(current: ScorerFile, desired: ScorerBlock, reports: Sequence[PodReport]) -> ScorerFile:
    """Return the next content of `scorer.json`, given the present one and what the pods report about it."""
    wanted = desired.revision
    if current.serving is not None and current.serving.revision == wanted:
        return ScorerFile(serving=current.serving)
    if current.proposed is None or current.proposed.revision != wanted:
        return ScorerFile(serving=current.serving, proposed=desired)
    if _is_everywhere(wanted, _digest(current), reports):
        return ScorerFile(serving=current.proposed)
    return current


def judge(desired: str, file: ScorerFile, reports: Sequence[PodReport]) -> Revisions:
    """Return how far the desired revision has come, given the file as written and what the pods report."""
    digest = _digest(file)
    refusals = [
        report.status.refused.message
        for report in _present(reports)
        if report.status is not None
        and report.status.refused is not None
        and report.status.refused.revision == desired
        and report.status.config_digest == digest
    ]
    return Revisions(
        desired=desired,
        serving=file.serving.revision if file.serving else "",
        refused=desired if refusals else "",
        refusal=refusals[0] if refusals else "",
        everywhere=_is_everywhere(desired, digest, reports),
    )


def nudges(
    file: ScorerFile, reports: Iterable[PodReport], past: Mapping[str, Nudge], now: float
) -> dict[str, tuple[PodReport, Nudge]]:
    """Return the nudges to give now, by pod uid: pods that answer, and answer with an older file."""
    digest = _digest(file)
    due = {}
    for report in _present(reports):
        if report.status is None or report.status.config_digest == digest:
            continue
        last = past.get(report.pod.uid)
        if last is None or last.digest != digest:
            due[report.pod.uid] = (report, Nudge(digest, 1, now))
        elif last.count < NUDGES_AT_MOST and now - last.at >= NUDGE_EVERY_S:
            due[report.pod.uid] = (report, Nudge(digest, last.count + 1, now))
    return due


def _is_everywhere(revision: str, digest: str, reports: Sequence[PodReport]) -> bool:
    ready = [report for report in _present(reports) if report.pod.ready]
    return bool(ready) and all(
        report.status is not None and report.status.serving == revision and report.status.config_digest == digest
        for report in ready
    )


def _present(reports: Iterable[PodReport]) -> list[PodReport]:
    return [report for report in reports if not report.pod.terminating]


def _digest(file: ScorerFile) -> str:
    return digest_of(file.encode())
