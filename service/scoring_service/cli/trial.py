"""A pipeline's scorer as a command tries it: built from the manifest, with what scores its batches."""

from typing import Final

from scoring_service.codec import BatchScorer, Signature
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Scorer
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
    scorer = build(asked)
    return scorer, BatchScorer(scorer, Signature(pipeline.key, asked.revision, _NO_VERSION))
