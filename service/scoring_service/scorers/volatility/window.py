"""The latest simple returns r = (p − q) / q of one symbol, and their mean and standard deviation, without any drift.

Sums are whole numbers: two prices that differ do so by 2⁻⁵³ of themselves at least, so every return is a multiple of
2⁻¹⁰⁵, and counted in that unit sums and squares are exact. They do not depend on what has come and gone since the
window began, nor on how ticks were cut into batches, and a tick costs the same whatever the length of the window.
"""

from collections import deque
from math import sqrt
from typing import Final

import msgspec

UNIT: Final = 2.0**-105
"""What returns are counted in; a power of two, so that counting loses nothing."""
_PER_ONE: Final = 2.0**105
_ONE: Final = 2**105

LEAST_STD: Final = 1e-8
"""The standard deviation of returns that are all the same, by the requirement: never zero."""


class Features(msgspec.Struct, frozen=True, gc=False):
    """What a full window says."""

    ret_mean: float
    """Mean of the returns."""
    ret_std: float
    """Their standard deviation over the whole window (ddof 0); 1e-8 if they are all the same."""
    n: int
    """How many returns: one less than the window has prices."""


class Window(msgspec.Struct):
    """The latest prices of one symbol as their returns. Changed only by the call that made it, see `windows`."""

    newest: float
    """Unix seconds of the last tick."""
    price: float
    """Its price."""
    returns: deque[int]
    total: int = 0
    squares: int = 0
    strays: int = 0
    """Ticks in a row that were too old for this window, see `clock`."""
    since: int = 0
    """Returns since the last window that was kept for drift: only those that share no return are."""

    def copy(self) -> "Window":
        """Return one that may be changed."""
        return Window(self.newest, self.price, self.returns.copy(), self.total, self.squares, self.strays, self.since)

    def take(self, price: float, at: float, returns: int) -> None:
        """Add the next tick, and keep the latest `returns` returns."""
        added = int((price - self.price) / self.price * _PER_ONE)
        self.newest, self.price, self.strays = at, price, 0
        self.since += 1
        self.returns.append(added)
        self.total += added
        self.squares += added * added
        while len(self.returns) > returns:
            removed = self.returns.popleft()
            self.total -= removed
            self.squares -= removed * removed

    def features(self) -> Features:
        """Return mean and standard deviation, each the nearest number to the exact one but for the root's rounding."""
        n = len(self.returns)
        scaled = n * n * _ONE * _ONE
        spread = n * self.squares - self.total * self.total
        return Features(self.total / (n * _ONE), sqrt(spread / scaled) if spread else LEAST_STD, n)


def begun(price: float, at: float) -> Window:
    """Return a window with its first price."""
    return Window(at, price, deque())
