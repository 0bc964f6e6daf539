"""A scorer in a test's hands: build it, give it one record, get what becomes of it."""

from typing import Any

from harness.wallets import AS_OF, encoded
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Outcome, Rejection, Row, Scorer, Source
from scoring_service.scorers.registry import build
from scoring_service.scorers.wallet_reputation.output import WalletScore

SOURCE = Source("in", 0, 7)


def a_scorer(**parameters: Any) -> Scorer:
    return build(ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1", **parameters}))


def outcome(record: Any, as_of: float = AS_OF, **parameters: Any) -> Outcome:
    """Return what becomes of a record, given as a value or as bytes."""
    scorer = a_scorer(**parameters)
    value = scorer.decode(record if isinstance(record, bytes) else encoded(record))
    if isinstance(value, Rejection):
        return value
    own = scorer.as_of(value)
    (result,), _ = scorer.score([Row(value, None, as_of if own is None else own, SOURCE)], scorer.start())
    return result


def scored(record: Any, as_of: float = AS_OF, **parameters: Any) -> WalletScore:
    result = outcome(record, as_of, **parameters)
    assert isinstance(result, WalletScore), result
    return result


def rejected(record: Any, as_of: float = AS_OF, **parameters: Any) -> Rejection:
    result = outcome(record, as_of, **parameters)
    assert isinstance(result, Rejection), result
    return result


def parts(score: WalletScore) -> tuple[float, float, float]:
    """Return liquidity, trading and final score of a split output."""
    liquidity, trading = score.categories
    return liquidity.score, trading.score, float(score.zscore)
