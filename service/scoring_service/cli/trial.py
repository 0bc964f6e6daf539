"""A pipeline's scorer as a command tries it: built from the manifest, with what scores its batches."""

import asyncio
from typing import Final

from scoring_service.cli.manifest import refuse
from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import ModelUnavailable
from scoring_service.models import completed
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.model import missing
from scoring_service.scorers.registry import build

_NO_VERSION: Final = ""
"""Headers carry it, and nobody reads the headers of a trial."""


def on_trial(pipeline: Pipeline, block: ScorerBlock | None = None) -> tuple[Scorer, BatchScorer]:
    """Return the scorer of a manifest that has been read, and what decodes and encodes around it.

    Args:
        pipeline: The manifest.
        block: Its candidate's scorer; by default the one that would serve.
    """
    asked = pipeline.block if block is None else block
    scorer = _with_model(build(asked))
    return scorer, BatchScorer(scorer, Signature(pipeline.key, asked.revision, _NO_VERSION))


def _with_model(scorer: Scorer) -> Scorer:
    """Return a scorer with the model that it needs; ends the process if that cannot be loaded, as nobody waits here."""
    file = missing(scorer)
    if file is None:
        return scorer
    try:
        return asyncio.run(completed(scorer))
    except ModelUnavailable as error:
        refuse(f"{file.uri}: {error}")
