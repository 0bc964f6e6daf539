"""What serves, kept in step with the live file.

The file is looked at five times a second; `proposed` is built and tried beside the serving scorer, off the event loop,
and takes over between two batches: a batch is scored by whatever `current` was when its scoring began.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

import structlog

from scoring_service import models
from scoring_service.candidate import Candidates
from scoring_service.contract.golden_cases import MAX_NAME, GoldenCase
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock
from scoring_service.contract.worker_status import RefusedRevision
from scoring_service.errors import CaseMissed, InvalidParameters
from scoring_service.revision.building import Builder, revision_of
from scoring_service.revision.completing import Completing
from scoring_service.revision.file import LiveFile, NotUnderstood, understood
from scoring_service.revision.serving import Kept, Seen, Serving
from scoring_service.revision.successor import Successor, beside, is_warm, must_warm
from scoring_service.revision.verifying import verify
from scoring_service.scorers.base import Scorer

LOOK_EVERY_S = 0.2
MAX_MESSAGE = 256

log = structlog.get_logger(__name__)


class Revisions:
    """The serving revision of one worker."""

    def __init__(
        self,
        live_directory: Path,
        build: Callable[[ScorerBlock], Scorer],
        pipeline: str,
        version: str,
        *,
        keeps_dead_letters: bool = False,
        warmup_s: float = 60.0,
        load: models.Load = models.load,
    ) -> None:
        self._pipeline = pipeline
        self._warmup_s = warmup_s
        self._file = LiveFile(live_directory)
        self._builder = Builder(build, pipeline, version, keeps_dead_letters=keeps_dead_letters, load=load)
        self._completing = Completing(self._builder)
        self._passed: tuple[GoldenCase, ...] = ()
        """The cases that `current` has passed."""
        self._successor: Successor | None = None
        self._asked: CandidateBlock | None = None
        """The candidate that the file asks for."""
        self.states: Callable[[], Iterable[Kept | None]] = tuple
        """What the lanes keep; set by the worker."""
        self.candidates = Candidates(self._candidates_scorer, pipeline)
        self._changed = asyncio.Event()
        self._resume: str | None = None
        self.current: Serving | None = None
        self.refused: RefusedRevision | None = None
        self.config_digest = ""
        """sha256 of the file that was last acted upon."""
        self.has_started = False
        """Whether the group is known to have committed before."""
        self.problem = ""
        """Why the file could not be acted upon; empty if it was."""

    async def watch(self) -> None:
        """Follow the file for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def until_serving(self) -> None:
        """Return once a revision serves."""
        while self.current is None:
            await self._changed.wait()

    def seen(self) -> Seen:
        """Return what serves, and what the file has last said about going on."""
        return Seen(self.current, self._resume)

    async def until_release(self, seen: Seen) -> bool:
        """Return once another revision serves than `seen` (False), or the file asks to go on (True)."""
        while self.seen() == seen:
            await self._changed.wait()
        return self._resume != seen.resume

    async def look(self) -> None:
        """Act upon the file if it has changed since the last look."""
        try:
            content = await self._file.changed()
            if content is not None and digest_of(content) != self.config_digest:
                await self._act_upon(content)
        except NotUnderstood as error:
            self._report(str(error))
        await self._take_over()
        if self._successor is None and (completed := self._completing.of(self.current)) is not None:
            await self._serve(completed)

    async def _act_upon(self, content: bytes) -> None:
        file = understood(content)
        blocks = [block for block in (file.proposed, file.serving) if block is not None]
        await self._serve_first(blocks, file.candidate)
        self.has_started = file.started
        if file.resume != self._resume:
            self._resume = file.resume
            self._notify()
        self.config_digest = digest_of(content)
        self.problem = ""

    async def _serve_first(self, blocks: list[ScorerBlock], candidate: CandidateBlock | None) -> None:
        """Serve the first block that builds and passes its cases, a candidate beside it; report one that does not.

        If none does, what serves goes on, with the candidate that the file asks for now.
        """
        serving, refused = self.current, None
        for block in blocks:
            try:
                serving = await self._verified(block)
            except (InvalidParameters, CaseMissed) as error:
                refused = refused or _refusal(block, error)
            else:
                self._passed = block.golden_cases
                self._succeed(block, serving)
                break
        self._asked = candidate
        if serving is not None and self._successor is None:
            await self._serve(serving)
        self._refuse(refused)

    async def _serve(self, serving: Serving) -> None:
        self._swap(serving)  # it is verified: no candidate, however long that takes, keeps it from serving
        self._swap(await self._beside(serving, self._asked))

    def _succeed(self, block: ScorerBlock, serving: Serving) -> None:
        """Let a verified revision warm up first if its windows are others; whoever warms up already goes on."""
        current, successor = self.current, self._successor
        if successor is not None and successor.serving.revision == serving.revision:
            return
        self._successor = None
        if current is not None and must_warm(current, serving):
            self._successor = successor = Successor(serving, block, monotonic() + self._warmup_s)
            log.info("revision warms up", revision=serving.revision, beside=current.revision, at_most_s=self._warmup_s)
            self._swap(self._builder.serving(current.revision, current.scorer, beside(successor, self._pipeline)))

    async def _take_over(self) -> None:
        """Let the revision that warms up serve once it is warm, or its time is up."""
        successor, current = self._successor, self.current
        if successor is None or current is None:
            return
        if is_warm(current, successor.serving, self.states()) or monotonic() >= successor.deadline:
            self._successor = None
            await self._serve(successor.serving)

    @property
    def model_problem(self) -> str:
        """Why the serving revision lacks its model; empty if it does not."""
        return self._builder.problem_of(self.current) if self.current is not None else ""

    @property
    def warming(self) -> str:
        """The revision that warms up; empty if none does."""
        return self._successor.serving.revision if self._successor is not None else ""

    async def _verified(self, block: ScorerBlock) -> Serving:
        """Return the block built and tried; what serves is not built again, nor tried again with the same cases."""
        known = self._successor.serving if self._successor is not None else self.current
        if known is None or known.revision != revision_of(block):
            serving = await self._built(block)
        elif block.golden_cases == self._passed:
            return known
        else:
            serving = known
        await verify(self._builder.serving(serving.revision, serving.scorer), block.golden_cases)  # no canary answers
        return serving

    async def _built(self, block: ScorerBlock) -> Serving:
        """Return the block built: a candidate that is promoted is not built again."""
        revision = revision_of(block)
        scorer = self.candidates.scorer(revision)
        return await self._builder.built(block) if scorer is None else self._builder.serving(revision, scorer)

    async def _beside(self, serving: Serving, block: CandidateBlock | None) -> Serving:
        """Return what serves with the candidate that the file asks for, if that one can be built."""
        candidate = await self.candidates.follow(block, serving.scorer)
        if candidate is serving.candidate:
            return serving
        return self._builder.serving(serving.revision, serving.scorer, candidate)

    async def _candidates_scorer(self, block: ScorerBlock) -> Scorer:
        """Return the scorer of a candidate that passes its cases; other cases of the same one build nothing."""
        serving = await self._built(block)
        await verify(serving, block.golden_cases)
        return serving.scorer

    def _swap(self, serving: Serving) -> None:
        if serving is self.current:
            return
        before = self.current.revision if self.current else ""
        if serving.revision != before:
            log.info("revision serves", revision=serving.revision, before=before)
        self.current = serving
        self._notify()

    def _notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _refuse(self, refused: RefusedRevision | None) -> None:
        if refused is not None and refused != self.refused:
            log.warning("revision refused", revision=refused.revision, reason=refused.message)
        self.refused = refused

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("live file ignored", reason=problem)
        self.problem = problem[:MAX_MESSAGE]


def _refusal(block: ScorerBlock, error: InvalidParameters | CaseMissed) -> RefusedRevision:
    case = error.case if isinstance(error, CaseMissed) else ""
    return RefusedRevision(revision=block.name, message=str(error)[:MAX_MESSAGE], case=case[:MAX_NAME])
