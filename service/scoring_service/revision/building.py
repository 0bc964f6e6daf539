"""From a scorer block to a revision that could serve."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from scoring_service import models
from scoring_service.candidate import Candidate
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters, ModelUnavailable
from scoring_service.revision.serving import Serving
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.model import Model, ModelFile, Modelled, file_of
from scoring_service.scorers.parameters import shape

MAX_MESSAGE: Final = 256

log = structlog.get_logger(__name__)

Load = Callable[[ModelFile, int], Awaitable[Model]]
"""From a file and the columns of its lines to a model; raises `ModelUnavailable`."""


class Builder:
    """Builds the revisions of one worker."""

    def __init__(
        self,
        build: Callable[[ScorerBlock], Scorer],
        pipeline: str,
        version: str,
        *,
        keeps_dead_letters: bool,
        load: Load = models.load,
    ) -> None:
        self._build = build
        self._load = load
        self._pipeline = pipeline
        self._version = version
        self._keeps_dead_letters = keeps_dead_letters

    async def built(self, block: ScorerBlock) -> Serving:
        """Return what a block describes, built off the event loop.

        Raises:
            InvalidParameters: It cannot be built; the message names the field, what was expected and what came.
        """
        revision = revision_of(block)
        return await self.completed(self.serving(revision, await asyncio.to_thread(self._build, block)))

    async def completed(self, serving: Serving) -> Serving:
        """Return a revision with the model that it needs; if that cannot be had, with its baseline, and why."""
        scorer = serving.scorer
        file = file_of(scorer)
        if file is None or not isinstance(scorer, Modelled):
            return serving
        try:
            return self.serving(serving.revision, scorer.with_model(await self._load(file, scorer.columns)))
        except ModelUnavailable as error:
            log.warning("baseline stands in for a model", revision=serving.revision, reason=str(error))
            return replace(serving, model_problem=str(error)[:MAX_MESSAGE])

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
