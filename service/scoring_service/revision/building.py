"""From a scorer block to a revision that could serve."""

import asyncio
from collections.abc import Callable

from scoring_service.candidate import Candidate
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.revision.serving import Serving
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.parameters import shape


class Builder:
    """Builds the revisions of one worker."""

    def __init__(
        self, build: Callable[[ScorerBlock], Scorer], pipeline: str, version: str, *, keeps_dead_letters: bool
    ) -> None:
        self._build = build
        self._pipeline = pipeline
        self._version = version
        self._keeps_dead_letters = keeps_dead_letters

    async def built(self, block: ScorerBlock) -> Serving:
        """Return what a block describes, built off the event loop.

        Raises:
            InvalidParameters: It cannot be built; the message names the field, what was expected and what came.
        """
        revision = revision_of(block)
        return self.serving(revision, await asyncio.to_thread(self._build, block))

    def serving(self, revision: str, scorer: Scorer, candidate: Candidate | None = None) -> Serving:
        """Return a built scorer as what serves, with a candidate beside it if there is one."""
        signature = Signature(self._pipeline, revision, self._version)
        keeps = self._keeps_dead_letters
        alone = BatchScorer(scorer, signature, keeps_dead_letters=keeps)
        fits = shape(getattr(scorer, "parameters", None)) if scorer.stateful else ()
        if candidate is None:
            return Serving(revision, scorer, alone, alone, shape=fits)
        beside = BatchScorer(scorer, signature, keeps_dead_letters=keeps, candidate=candidate)
        return Serving(revision, scorer, beside, alone, candidate, fits)


def revision_of(block: ScorerBlock) -> str:
    """Return the revision of a block.

    Raises:
        InvalidParameters: It has none: a parameter is no canonical JSON.
    """
    try:
        return block.revision
    except ValueError as error:
        raise InvalidParameters(f"scorer.{block.member}: {error}") from error
