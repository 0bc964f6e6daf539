"""The windows of one partition by symbol. They are bounded: beyond it, the least recently seen symbol is forgotten."""

from typing import Final, NamedTuple

from msgspec import UNSET

from scoring_service.scorers.reasons import AbsorbedReason
from scoring_service.scorers.volatility.clock import Place, place
from scoring_service.scorers.volatility.input import Tick
from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.scorers.volatility.window import Features, Window, begun

APART: Final = 500
"""Windows of a partition that are kept for drift, at most: the latest."""


class Windows(NamedTuple):
    """The state of one partition. Nobody changes it, or anything in it."""

    by_symbol: dict[str, Window]
    """The least recently seen symbol first."""
    forgotten: int = 0
    """Symbols whose window was dropped because there were too many, since the partition began."""
    apart: tuple[tuple[float, float], ...] = ()
    """ret_mean and ret_std of the latest windows that do not overlap, if drift is asked for."""


class Fold:
    """One call's way from a state to the next: what it changes it has copied before, once."""

    def __init__(self, state: Windows, parameters: VolatilityParameters) -> None:
        self._windows = state.by_symbol.copy()
        self._forgotten = state.forgotten
        self._own: set[str] = set()
        self._apart = state.apart
        self._keeps_apart = parameters.drift is not UNSET
        self._prices = parameters.window_size
        self._gap = parameters.max_gap_seconds
        self._most = parameters.max_symbols

    def take(self, tick: Tick, at: float) -> Features | AbsorbedReason:
        """Take in a tick of moment `at`: what its window says now, or why nothing."""
        window = self._windows.get(tick.symbol)
        where = Place.ANEW if window is None else place(window, at, gap=self._gap, prices=self._prices)
        if where is Place.LATE:
            return AbsorbedReason.LATE
        if window is None or where is Place.ANEW:
            self._own.add(tick.symbol)
            self._keep(tick.symbol, begun(tick.price, at))
            return AbsorbedReason.WARMING
        if tick.symbol not in self._own:
            self._own.add(tick.symbol)
            window = self._windows[tick.symbol] = window.copy()
        if where is Place.STRAY:
            window.strays += 1
            return AbsorbedReason.OUT_OF_WINDOW
        window.take(tick.price, at, self._prices - 1)
        self._keep(tick.symbol, window)
        return self._features(window) if self.is_full(window) else AbsorbedReason.WARMING

    def _features(self, window: Window) -> Features:
        found = window.features()
        if self._keeps_apart and window.since >= found.n:
            window.since = 0
            self._apart = (*self._apart[1 - APART :], (found.ret_mean, found.ret_std))
        return found

    def _keep(self, symbol: str, window: Window) -> None:
        """Put a window last, and forget the first ones if there are too many."""
        self._windows.pop(symbol, None)
        self._windows[symbol] = window
        while len(self._windows) > self._most:
            first = next(iter(self._windows))
            del self._windows[first]
            self._own.discard(first)
            self._forgotten += 1

    def is_full(self, window: Window) -> bool:
        """Tell whether a window has all its prices."""
        return len(window.returns) >= self._prices - 1

    def state(self) -> Windows:
        """Return the next state; the fold is not used any more."""
        return Windows(self._windows, self._forgotten, self._apart)
