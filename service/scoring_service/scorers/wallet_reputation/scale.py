"""The scale of volume: by orders of magnitude, as 1,000 dollars say much of a small wallet and little of a large."""

from math import log10
from typing import Final

MICRO: Final = 1_000_000
"""Micro-dollars of a dollar."""

NOTHING: Final = 1
FULL: Final = 6
"""Decimal logarithms of US dollars: 10 and 1,000,000."""


def volume_share(amount: float) -> float:
    """Return where an amount of micro-dollars lies between nothing, 0, and full, 1."""
    if amount <= 10**NOTHING * MICRO:
        return 0.0
    share = (log10(amount) - log10(MICRO) - NOTHING) / (FULL - NOTHING)
    return share if share < 1.0 else 1.0
