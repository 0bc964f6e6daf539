"""From a scorer block to a revision that could serve."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from scoring_service import models
from scoring_service.candidate import Candidate
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters, ModelUnavailable
from scoring_service.revision.serving import Serving
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.model import Modelled
from scoring_service.scorers.parameters import shape

MAX_MESSAGE: Final = 256

log = structlog.get_logger(__name__)


class Builder:
    """Builds the revisions of one worker."""

    def __init__(
        self,
        build: Callable[[ScorerBlock], Scorer],
        pipeline: str,
        version: str,
        *,
        keeps_dead_letters: bool,
        load: models.Load = models.load,
    ) -> None:
        self._build = build
        self._load = load
        self._pipeline = pipeline
        self._version = version
        self._keeps_dead_letters = keeps_dead_letters
        self._problem = ("", "")
        """The latest revision whose model could not be loaded, and why."""

    async def built(self, block: ScorerBlock) -> Serving:
        """Return what a block describes, built off the event loop.

        Raises:
            InvalidParameters: It cannot be built; the message names the field, what was expected and what came.
        """
        revision = revision_of(block)
        return await self.completed(self.serving(revision, await asyncio.to_thread(self._build, block)))

    async def completed(self, serving: Serving) -> Serving:
        """Return a revision with the model that it lacks; as it is if it lacks none, or that cannot be had."""
        if not serving.lacks_model:
            return serving
        try:
            return self.serving(serving.revision, await models.completed(serving.scorer, self._load))
        except ModelUnavailable as error:
            log.warning("baseline stands in for a model", revision=serving.revision, reason=str(error))
            self._problem = (serving.revision, str(error)[:MAX_MESSAGE])
            return serving

    def problem_of(self, serving: Serving) -> str:
        """Return why a revision lacks its model; empty if it does not."""
        if not serving.lacks_model:
            return ""
        revision, why = self._problem
        return why if revision == serving.revision else "its model is not loaded yet"

    def serving(self, revision: str, scorer: Scorer, candidate: Candidate | None = None) -> Serving:
        """Return a built scorer as what serves, with a candidate beside it if there is one."""
        model = scorer.model_version if isinstance(scorer, Modelled) else ""
        signature = Signature(self._pipeline, revision, self._version, model)
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
