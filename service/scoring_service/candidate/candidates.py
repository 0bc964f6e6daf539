"""From the live file's slot to a second revision, or the reason why there is none. Never raises for what it says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from scoring_service.candidate.buckets import Share
from scoring_service.candidate.canary import Canary
from scoring_service.candidate.comparison import Comparison
from scoring_service.candidate.second import Second
from scoring_service.candidate.shadow import Shadow
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock
from scoring_service.contract.worker_status import CandidateStatus
from scoring_service.errors import CaseMissed, InvalidParameters
from scoring_service.scorers.base import Scorer

MAX_MESSAGE = 256
BUILD_S = 15.0
"""For building a candidate and for its golden cases, which have a shorter bound of their own."""

log = structlog.get_logger(__name__)

Build = Callable[[ScorerBlock], Awaitable[Scorer]]
"""Returns a scorer that may be used: built, and its golden cases hold.

Raises:
    InvalidParameters: The block cannot be built.
    CaseMissed: It is built, and misses a case.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A built candidate."""

    revision: str
    block: CandidateBlock
    second: Second


class Candidates:
    """The candidate of one worker, kept in step with the live file."""

    def __init__(self, build: Build, pipeline: str) -> None:
        self._build = build
        self._pipeline = pipeline
        self._block: CandidateBlock | None = None
        self.current: Candidate | None = None
        self.refusal = ""
        """Why there is none although the file asks for one, at most 256 characters; empty otherwise."""
        self.refusals = 0
        """Since the start; one that a slot goes on to ask for, refused for the same reason, counts once."""

    async def follow(self, block: CandidateBlock | None, first: Scorer) -> Candidate | None:
        """Return the candidate that a slot asks for, beside the serving scorer `first`; None if there is none."""
        candidate, refusal = None, ""
        if block is not None:
            try:
                candidate = await self._built(block, first)
            except InvalidParameters as error:
                refusal = f"candidate.{error}"
            except CaseMissed as error:
                refusal = f"candidate: {error}"
            except TimeoutError:
                refusal = f"candidate.scorer: expected to be built within {BUILD_S:g} s, was not"
            except Exception as error:  # noqa: BLE001 - whatever a candidate raises is its own
                refusal = f"candidate.scorer: {type(error).__name__}: {error}"
        self._note(candidate, refusal[:MAX_MESSAGE], is_asked_again=block == self._block)
        self._block = block
        return candidate

    def scorer(self, revision: str) -> Scorer | None:
        """Return the candidate's scorer if it is of that revision: what is promoted is not built again."""
        return self.current.second.scorer if self.current is not None and self.current.revision == revision else None

    def status(self) -> CandidateStatus | None:
        """Return what `/status` says of it."""
        if self._block is None:
            return None
        return CandidateStatus(
            revision=self._block.scorer.name,
            mode=self._block.mode,
            percent=self._block.percent,
            refusal=self.refusal,
            last_error=self.current.second.comparison.last_error if self.current else "",
        )

    async def _built(self, block: CandidateBlock, first: Scorer) -> Candidate:
        former = self.current
        if former is not None and former.block == block:
            return former
        revision = block.scorer.name
        known = former if former is not None and former.revision == revision else None
        if known is not None and known.block.scorer.golden_cases == block.scorer.golden_cases:
            scorer = known.second.scorer
        else:
            async with asyncio.timeout(BUILD_S):  # one that hangs must not keep the live file from being followed
                scorer = await self._build(block.scorer)
        check(scorer, block.mode, first)
        comparison = known.second.comparison if known is not None else Comparison(scorer.range)
        return Candidate(revision, block, self._second(block, revision, scorer, comparison))

    def _second(self, block: CandidateBlock, revision: str, scorer: Scorer, comparison: Comparison) -> Second:
        share = Share(self._pipeline, block.percent)
        if block.mode == "Canary":
            return Canary(scorer, share, comparison)
        return Shadow(scorer, revision, share, comparison)

    def _note(self, candidate: Candidate | None, refusal: str, *, is_asked_again: bool) -> None:
        if refusal and not (is_asked_again and refusal == self.refusal):
            self.refusals += 1
            log.warning("candidate refused", reason=refusal)
        if candidate is not None and candidate is not self.current:
            block = candidate.block
            log.info("candidate begins", revision=candidate.revision, mode=block.mode, percent=block.percent)
        elif candidate is None and self.current is not None:
            log.info("candidate ends", revision=self.current.revision)
        self.current, self.refusal = candidate, refusal


def check(scorer: Scorer, mode: str, first: Scorer) -> None:
    """Return if a scorer can be tried in a mode beside the one that serves.

    Raises:
        InvalidParameters: It cannot; the message names the field below `candidate`, what was expected and what came.
    """
    if first.stateful and mode != "Shadow":
        raise InvalidParameters(f"mode: expected Shadow, as {first.name} keeps a state (got {mode})")
    if scorer.name != first.name:
        raise InvalidParameters(f"scorer: expected {first.name}, which serves (got {scorer.name})")
    low, high, _ = scorer.range
    if not low < high:
        raise InvalidParameters(f"scorer: expected a range of scores with a width (got {low} to {high})")
