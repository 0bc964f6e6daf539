"""The variants of `walletReputation` on the same wallets: their scores, how alike they order them, and what differs.

Scores come from `planning.comparison`, as those of `scorer plan` do; what that does not count is counted here.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from scoring_service.candidate.ranks import Floats, rank_correlation, ranks
from scoring_service.cli.lines import records
from scoring_service.codec.rows import rows
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.planning.comparison import Comparison
from scoring_service.planning.findings import Findings
from scoring_service.scorers.base import Row
from scoring_service.scorers.registry import build
from scoring_service.scorers.wallet_reputation.output import WalletScore

VARIANTS: Final = ("zeru-v1", "reputation-v2", "seed-readme")
PAIRS: Final = tuple(combinations(VARIANTS, 2))


class Pair(NamedTuple):
    """Two variants on all wallets."""

    findings: Findings
    points: list[tuple[float, float]]
    """Scores of both, in the order of the wallets."""


class Group(NamedTuple):
    """Some of the wallets, and how alike two variants order them; None if one of them gives no order."""

    name: str
    wallets: int
    spearman: float | None
    kendall: float | None


class Study:
    """All variants on all wallets, each record a wallet of its own."""

    def __init__(self, lines: Iterable[bytes], as_of: int) -> None:
        """Score lines for a moment, in Unix seconds."""
        self.records = list(records(lines, as_of))
        self.scorers = {
            name: build(ScorerBlock(member="walletReputation", parameters={"variant": name})) for name in VARIANTS
        }
        self.rows = [row for row in rows(self.scorers[VARIANTS[0]], self.records, "wallets", 0) if isinstance(row, Row)]
        self.pairs = {pair: self._pair(*pair) for pair in PAIRS}
        self.scores = {
            VARIANTS[0]: _column(self.pairs[PAIRS[0]], 0),
            VARIANTS[1]: _column(self.pairs[PAIRS[0]], 1),
            VARIANTS[2]: _column(self.pairs[PAIRS[1]], 1),
        }
        self.outputs = {name: self._outputs(name) for name in VARIANTS}
        self.provides = np.array([each.categories[0].transaction_count > 0 for each in self.outputs[VARIANTS[0]]])
        """Whether a wallet ever provided or withdrew liquidity."""

    def _pair(self, before: str, after: str) -> Pair:
        comparison = Comparison(self.scorers[before], self.scorers[after], 0)
        comparison.take("wallets", 0, self.records)
        return Pair(comparison.findings((before, after)), comparison.points(len(self.records)))

    def _outputs(self, variant: str) -> list[WalletScore]:
        found, _ = self.scorers[variant].score(self.rows, None)
        return [each for each in found if isinstance(each, WalletScore)]

    def address(self, place: int) -> str:
        """Return which wallet it is."""
        return self.outputs[VARIANTS[0]][place].wallet_address

    def groups(self, one: str, other: str) -> list[Group]:
        """Return how alike two variants order all wallets, and those that do and do not provide liquidity."""
        everyone = np.full(len(self.rows), fill_value=True)
        chosen = (("all", everyone), ("swap only", ~self.provides), ("provide liquidity", self.provides))
        return [_group(name, self.scores[one][which], self.scores[other][which]) for name, which in chosen]

    def terms(self, variant: str, place: int) -> dict[str, float]:
        """Return what each feature gave to a wallet's score, by its name without the category."""
        found = self.scorers[variant].contributions(self.rows[place])
        return {each.feature.partition(".")[2]: each.contribution for each in found}

    def mean_terms(self, variant: str, which: Floats) -> dict[str, float]:
        """Return the mean of each term over some wallets."""
        found = [self.terms(variant, int(place)) for place in np.flatnonzero(which)]
        return {name: float(np.mean([terms[name] for terms in found])) for name in found[0]}

    def moves(self, before: str, after: str) -> Floats:
        """Return by how many places each wallet rises from one variant to another."""
        return ranks(self.scores[after]) - ranks(self.scores[before])


def _column(pair: Pair, which: int) -> Floats:
    return np.array([point[which] for point in pair.points], dtype=np.float64)


def _group(name: str, one: Floats, other: Floats) -> Group:
    return Group(name, len(one), rank_correlation(one, other), kendall(one, other))


def kendall(one: Floats, other: Floats) -> float | None:
    """Return Kendall's rank correlation (tau-b, ties included), from -1 to 1; None if one side has no order.

    Of all pairs of wallets: those in the same order less those in opposite order, by the geometric mean of those that
    each side tells apart.
    """
    first, second = _signs(one), _signs(other)
    told = float(np.sum(first != 0)) * float(np.sum(second != 0))
    return float(np.sum(first * second) / np.sqrt(told)) if told else None


def _signs(values: Floats) -> Floats:
    """Return for each pair which is larger: -1, 0 or 1."""
    return np.asarray(np.sign(values[:, None] - values[None, :]), dtype=np.float64)


def tied(scores: Floats) -> tuple[int, int, float]:
    """Return how many share their score with another, the largest number that share one, and that score."""
    values, counts = np.unique(scores, return_counts=True)
    most = int(counts.argmax())
    return int(counts[counts > 1].sum()), int(counts[most]), float(values[most])


def furthest(moves: Floats, count: int) -> Sequence[int]:
    """Return who falls furthest, and then who rises furthest, `count` of each, the furthest first."""
    order = np.argsort(moves, kind="stable")
    return [*map(int, order[:count]), *map(int, order[::-1][:count])]
