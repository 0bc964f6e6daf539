"""Event time: a tick stands where its own moment puts it, against the newest tick of its symbol. No other clock counts.

equal or newer, by at most the gap   it is the next one; equal moments keep the order of arrival
newer by more than the gap           trading paused: a new window begins with it
older, by at most the gap            `late`: it changes nothing, for the scores since then are out
older by more than the gap           `out_of_window`: the same; but as many in a row as a window has prices begin a new
                                     window, so that one tick with a wrong moment does not silence a symbol for ever
"""

from enum import Enum, auto

from scoring_service.scorers.volatility.window import Window


class Place(Enum):
    """Where a tick belongs."""

    NEXT = auto()
    ANEW = auto()
    """It begins a new window."""
    LATE = auto()
    STRAY = auto()
    """It is out of the window."""


def place(window: Window, at: float, *, gap: float, prices: int) -> Place:
    """Return where a tick of moment `at` belongs.

    Args:
        window: Of its symbol.
        at: Unix seconds.
        gap: Seconds.
        prices: How many a full window has.
    """
    ahead = at - window.newest
    if 0 <= ahead <= gap:
        return Place.NEXT
    if ahead > gap:
        return Place.ANEW
    if -ahead <= gap:
        return Place.LATE
    return Place.ANEW if window.strays + 1 >= prices else Place.STRAY
