"""From a scorer block to a revision that could serve."""

import asyncio
from collections.abc import Callable

from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.revision.serving import Serving
from scoring_service.scorers.base import Scorer


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
        scorer = await asyncio.to_thread(self._build, block)
        signature = Signature(self._pipeline, revision, self._version)
        return Serving(revision, scorer, BatchScorer(scorer, signature, keeps_dead_letters=self._keeps_dead_letters))


def revision_of(block: ScorerBlock) -> str:
    """Return the revision of a block.

    Raises:
        InvalidParameters: It has none: a parameter is no canonical JSON.
    """
    try:
        return block.revision
    except ValueError as error:
        raise InvalidParameters(f"{block.member}: {error}") from error


def name_of(block: ScorerBlock) -> str:
    """Return the revision of a block, empty if it has none."""
    try:
        return block.revision
    except ValueError:
        return ""
