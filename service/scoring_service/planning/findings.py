"""What a plan has found, as it is written for programs: camelCase, absent values null."""

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of all parts."""


class Side(_Part, frozen=True, kw_only=True):
    """What one of the two revisions makes of the records."""

    revision: str
    scored: int
    refused: dict[str, int]
    """Records without a score, by reason."""
    counts: list[int]
    """Scores between two edges each; the last bin holds its upper edge too."""
    mean: float | None
    deciles: list[float]
    """Nine: a tenth of the scores is at or below the first; the fifth is the median. Empty without a score."""


class Crossing(_Part, frozen=True, kw_only=True):
    """Who would change sides of a threshold, of those that both revisions score. At the threshold is above."""

    threshold: float
    up: int
    down: int
    share: float
    """Of those that both score, 0 to 1."""


class Reason(_Part, frozen=True, kw_only=True):
    """What one feature gives to a score, before and after."""

    feature: str
    before: float
    after: float


class Mover(_Part, frozen=True, kw_only=True):
    """One of those that move most."""

    entity: str
    """What the record is about, as the scorer's key says it."""
    source: str
    """`topic/partition/offset`."""
    before: float
    after: float
    reasons: list[Reason]
    """The largest change first; empty if the scorer does not explain itself."""

    @property
    def delta(self) -> float:
        """By how much it rises."""
        return self.after - self.before


class Findings(_Part, frozen=True, kw_only=True):
    """What would change."""

    records: int
    before: Side
    after: Side
    edges: list[float]
    """Of the bins of both sides."""
    compared: int
    """Records that both score; all figures below are of them."""
    moved: int
    mean_delta: float | None
    mean_movement: float | None
    """Mean of the deltas' sizes."""
    largest_movement: float | None
    rank_correlation: float | None
    """Spearman's, ties included: 1 if the order stays. Null if one side has no order."""
    gained: int
    """Records with a score only after."""
    lost: int
    """Records with a score only before."""
    crossing: Crossing | None
    """Null unless a threshold is asked for."""
    movers: list[Mover]
    """The largest movement first; one for each entity."""
