"""The variants of the formulas, by name: what the scorer asks of each, as values of one type."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from scoring_service.scorers.base import ScoreRange
from scoring_service.scorers.wallet_reputation import formula, reputation_v2, seed_readme
from scoring_service.scorers.wallet_reputation.actions import Usable, actions
from scoring_service.scorers.wallet_reputation.contributions import PATHS, Paths
from scoring_service.scorers.wallet_reputation.decimals import fixed
from scoring_service.scorers.wallet_reputation.features import Features, features
from scoring_service.scorers.wallet_reputation.input import Wallet
from scoring_service.scorers.wallet_reputation.layout import DAMPED_LAYOUTS, LAYOUTS, Layout, Scores
from scoring_service.scorers.wallet_reputation.ledger import ledger
from scoring_service.scorers.wallet_reputation.parameters import Weights


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One way to score a wallet: columns, then features, then scores. All functions are pure."""

    range: ScoreRange
    """Of the final score."""
    columns: Callable[[Wallet], Usable]
    """Returns what the features are computed from."""
    features: Callable[[Any, float], Features | None]
    """Of columns, at a moment in Unix seconds; None if one of them is beyond any float."""
    scores: Callable[[Any, Weights], Scores]
    zscore: Callable[[float, int], str]
    """Writes the final score with so many decimals."""
    terms: Callable[[Any, Weights], list[float]]
    """What the final score is the sum of, to 1e-9."""
    paths: Paths
    """What the terms are called."""
    layouts: Mapping[str, Layout]


VARIANTS: Final[Mapping[str, Variant]] = {
    "reputation-v2": Variant(
        range=reputation_v2.RANGE,
        columns=ledger,
        features=reputation_v2.features,
        scores=reputation_v2.scores,
        zscore=fixed,
        terms=reputation_v2.final_terms,
        paths=reputation_v2.V2_PATHS,
        layouts=DAMPED_LAYOUTS,
    ),
    "seed-readme": Variant(
        range=seed_readme.RANGE,
        columns=actions,
        features=seed_readme.features,
        scores=seed_readme.scores,
        zscore=seed_readme.zscore,
        terms=seed_readme.final_terms,
        paths=seed_readme.SEED_PATHS,
        layouts=LAYOUTS,
    ),
    "zeru-v1": Variant(
        range=ScoreRange(0.0, 1000.0, "better"),
        columns=actions,
        features=features,
        scores=formula.scores,
        zscore=fixed,
        terms=formula.final_terms,
        paths=PATHS,
        layouts=LAYOUTS,
    ),
}
