"""The live file: whoever can write the ConfigMap can write anything into it, and scoring must go on."""

from typing import Any, Final

import msgspec

from fuzz.finding import require, within
from fuzz.judging import judge
from fuzz.subjects import SUBJECTS, Subject
from fuzz.targets.record import TIMESTAMPS, HostileRecord
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.golden_cases import broken
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile
from scoring_service.errors import InvalidParameters
from scoring_service.golden import first_miss
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.registry import build, completed

SECONDS: Final = 0.1
SECONDS_PER_BYTE: Final = 100e-6
MAX_MESSAGE: Final = 1000


def check(data: bytes) -> None:
    """Return if the file is read or refused as documented, and its blocks are built or refused.

    Raises:
        Finding: Something else happens.
    """
    try:
        file = within(SECONDS + SECONDS_PER_BYTE * len(data), lambda: ScorerFile.decode(data))
    except msgspec.DecodeError:
        return
    require(ScorerFile.decode(file.encode()).encode() == file.encode(), "a file that was read is written the same")
    for block in (file.serving, file.proposed):
        if block is not None:
            _check_block(block)


def _check_block(block: ScorerBlock) -> None:
    try:
        scorer = build(block)
    except InvalidParameters as error:
        require(0 < len(str(error)) <= MAX_MESSAGE, f"a refusal is one short sentence (got {len(str(error))})")
        require("\n" not in str(error), f"a refusal is one line (got {error})")
        scorer = None
    revision = _revision(block)
    if scorer is None:
        return
    require(revision, "what builds has a revision")
    require(build(completed(block)).parameters == scorer.parameters, "defaults filled in build the same")
    _check_cases(block, scorer)
    _check_scores(Subject(block.member, block.parameters, b"", frozenset(), *_opinions(block.member)))


def _check_cases(block: ScorerBlock, scorer: Scorer) -> None:
    """Try the cases as a worker does: only what keeps the rules, and then whatever it says."""
    if any(broken(block.golden_cases)):
        return
    miss = first_miss(scorer, BatchScorer(scorer, Signature("a/b", block.revision, "")), block.golden_cases)
    said = "" if miss is None else str(miss)
    require(len(said) <= 256 and "\n" not in said, f"a miss is one line of at most 256 characters (got {said})")


def _revision(block: ScorerBlock) -> str:
    try:
        revision = block.revision
    except ValueError:  # documented: a parameter that is not canonical JSON
        return ""
    require(revision == block.revision and len(revision) == 12, f"a revision is twelve digits (got {revision})")
    return revision


def _check_scores(subject: Subject) -> None:
    record = HostileRecord(SUBJECTS[subject.member][0].neighbour, b"good", TIMESTAMPS[0], 0, 1)
    judge(subject, record, subject.batches.score_batch([record], "in", 3, subject.scorer.start()))


def _opinions(member: str) -> tuple[Any, Any]:
    known = SUBJECTS[member][0]
    return known.scores, known.expected
