"""What fuzzing has to know of a scorer besides its types: by hand where there is more to know than its sample says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec

from fuzz import plain
from harness import samples, wallets
from scoring_service.codec import BatchScorer, Clock, Signature
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers.base import Rejection, Scorer
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.registry import SCORERS, build

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


_TRADING: Final = {"reputation-v2": 1000.0, "seed-readme": 100.0, "zeru-v1": 800.0}
"""The most that trading alone may score."""


def _wallet_scores(output: Any) -> Iterable[tuple[float, float, float]]:
    final = (-3.0, 3.0) if output.model_version == "seed-readme" else (0.0, 1000.0)
    yield float(output.zscore), *final
    for category in output.categories:
        match type(category).__name__:
            case "TradingCategory":
                yield category.score, 0.0, _TRADING[output.model_version]
            case "MergedCategory":
                yield category.score, *final
            case _:
                yield category.score, 0.0, 1000.0


def _no_opinion(_content: bytes, _as_of: float, _parameters: Mapping[str, Any]) -> None:
    """Return nothing: of variants whose second opinion is not made for any bytes."""


def _wallet_reputation(**chosen: Any) -> Subject:
    parameters = {"variant": "zeru-v1", **chosen}
    swap = {"document_id": "n", "action": "swap", "timestamp": wallets.SWAPPED_AT, "tokenIn": {"amountUSD": 9.5}}
    return Subject(
        "walletReputation",
        parameters,
        wallets.encoded(wallets.a_wallet(swap)),
        frozenset({"wallet_address", "error", "reason", "timestamp", "processing_time_ms", "categories"}),
        _wallet_scores,
        plain.wallet if parameters["variant"] == "zeru-v1" else _no_opinion,
    )


def _of_sample(member: str, **parameters: Any) -> Subject:
    """Return a scorer with the parameters of its sample, but for those given; its neighbour is of its golden cases."""
    (spec,) = [spec for spec in samples.specs() if member in spec["scorer"]]
    scorer = SCORERS[member](msgspec.convert({**spec["scorer"][member], **parameters}, SCORERS[member].Parameters))
    low, high, _ = scorer.range
    return Subject(
        member,
        {**spec["scorer"][member], **parameters},
        msgspec.json.encode(spec["goldenCases"][0]["inputs"][0]),
        frozenset(msgspec.structs.asdict(scorer.failure(Rejection(Reason.SCHEMA, "")))),
        lambda output: [(output.number, low, high)],
        lambda content, as_of, given: None,
    )


_BY_HAND: Final[Mapping[str, tuple[Subject, ...]]] = {
    "volatility": (
        _of_sample("volatility", windowSize=3),
        _of_sample("volatility", windowSize=3, maxSymbols=1),
        _of_sample("volatility"),
    ),
    "walletReputation": (
        _wallet_reputation(),
        _wallet_reputation(strict=True),
        _wallet_reputation(categories="merged", zscoreDecimals=0),
        _wallet_reputation(weights={"liquidityProvision": 0.0, "trading": 1.0}, zscoreDecimals=3, topReasons=12),
        _wallet_reputation(variant="reputation-v2", topReasons=12),
        _wallet_reputation(variant="seed-readme", topReasons=12),
    ),
}
"""Scorers with several choices of parameters that change how a record is read or written."""

SUBJECTS: Final = {member: _BY_HAND.get(member) or (_of_sample(member),) for member in SCORERS}
"""Every scorer of the registry."""
