"""What fuzzing has to know of a scorer besides its types. A new scorer adds its line to `SUBJECTS`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from fuzz import plain
from harness import ticks, wallets
from scoring_service.codec import BatchScorer, Clock, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.registry import build

SIGNATURE: Final = Signature("shop/wallets", "0123456789ab", "1.2.3")
STILL: Final = Clock(now=lambda: 1_800_000_000.0, elapsed=lambda: 0.0)
"""A clock that stands, so that equal records give equal bytes."""


@dataclass(frozen=True)
class Subject:
    """One scorer with one choice of parameters."""

    member: str
    parameters: Mapping[str, Any]
    neighbour: bytes
    """A good record: it must be scored the same whatever is beside it."""
    failure_members: frozenset[str]
    """Of a failure record, as documented."""
    scores: Callable[[Any], Iterable[tuple[float, float, float]]]
    """The scores of an output, each with the least and the greatest that it may be."""
    expected: Callable[[bytes, float, Mapping[str, Any]], plain.Expectation | None]
    """An independent opinion on a record, where there is one."""

    @cached_property
    def scorer(self) -> Scorer:
        """The scorer, built once."""
        return build(ScorerBlock(member=self.member, parameters=dict(self.parameters)))

    @cached_property
    def batches(self) -> BatchScorer:
        """The scorer behind the codec, built once."""
        return BatchScorer(self.scorer, SIGNATURE, STILL)


def _wallet_scores(output: Any) -> Iterable[tuple[float, float, float]]:
    yield float(output.zscore), 0.0, 1000.0
    for category in output.categories:
        yield category.score, 0.0, 800.0 if type(category).__name__ == "TradingCategory" else 1000.0


def _wallet_reputation(**parameters: Any) -> Subject:
    swap = {"document_id": "n", "action": "swap", "timestamp": wallets.SWAPPED_AT, "tokenIn": {"amountUSD": 9.5}}
    return Subject(
        "walletReputation",
        {"variant": "zeru-v1", **parameters},
        wallets.encoded(wallets.a_wallet(swap)),
        frozenset({"wallet_address", "error", "reason", "timestamp", "processing_time_ms", "categories"}),
        _wallet_scores,
        plain.wallet,
    )


def _volatility(**parameters: Any) -> Subject:
    return Subject(
        "volatility",
        parameters,
        ticks.encoded(ticks.a_tick()),
        frozenset({"symbol", "error", "reason", "timestamp", "processing_time_ms"}),
        lambda output: [(output.score, 0.0, 1.0)],
        lambda content, as_of, given: None,
    )


SUBJECTS: Final[Mapping[str, tuple[Subject, ...]]] = {
    "volatility": (_volatility(windowSize=3), _volatility(windowSize=3, maxSymbols=1), _volatility()),
    "walletReputation": (
        _wallet_reputation(),
        _wallet_reputation(strict=True),
        _wallet_reputation(categories="merged", zscoreDecimals=0),
        _wallet_reputation(weights={"liquidityProvision": 0.0, "trading": 1.0}, zscoreDecimals=3, topReasons=10),
    ),
}
"""Every scorer of the registry, with each choice of parameters that changes how a record is read or written."""
