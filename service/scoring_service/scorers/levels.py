"""A risk in a word, as requirement 001 has them: safe < 0.3 ≤ low < 0.5 ≤ medium < 0.7 ≤ high < 0.85 ≤ critical."""

from bisect import bisect_right
from typing import Final, Literal

Level = Literal["safe", "low", "medium", "high", "critical"]
LEVELS: Final[tuple[Level, ...]] = ("safe", "low", "medium", "high", "critical")
_ENDS: Final = (0.3, 0.5, 0.7, 0.85)


def level(risk: float) -> Level:
    """Return the level of a risk, 0 to 1."""
    return LEVELS[bisect_right(_ENDS, risk)]
