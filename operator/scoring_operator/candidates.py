"""Pure: the candidate's slot of `scorer.json`, and how far the pods have come with it. No condition depends on it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from scoring_operator import lanes
from scoring_operator.facts import PodReport
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import CandidateBlock, ScorerFile

WITH_CANDIDATES: Final = 2
"""Version of `scorer.json`."""
TOO_OLD: Final = "the workers' image knows no candidates: change the image"


class Candidacy(NamedTuple):
    """What becomes of `spec.candidate`."""

    running: str = ""
    """Its revision once every ready pod runs it; empty before, and without."""
    refusal: str = ""
    """Why a pod does not run it, in the pod's words; empty if none refuses."""


def slot(version: int, asked: CandidateBlock | None) -> CandidateBlock | None:
    """Return what workers that read this version are told of a candidate."""
    return asked if version >= WITH_CANDIDATES else None


def judge(asked: CandidateBlock | None, file: ScorerFile, reports: Sequence[PodReport]) -> Candidacy:
    """Return how far a candidate has come, by what pods say that have read the present file."""
    if asked is None:
        return Candidacy()
    if file.contract_version < WITH_CANDIDATES:
        return Candidacy(refusal=TOO_OLD)
    revision, digest = asked.scorer.revision, digest_of(file.encode())
    ready = [report.status for report in lanes.present(reports) if report.pod.ready]
    told = [status.candidate for status in ready if status is not None and status.config_digest == digest]
    ours = [candidate for candidate in told if candidate is not None and candidate.revision == revision]
    refusals = [candidate.refusal for candidate in ours if candidate.refusal]
    is_everywhere = bool(ready) and len(ours) == len(ready) and not refusals
    return Candidacy(revision if is_everywhere else "", refusals[0] if refusals else "")
