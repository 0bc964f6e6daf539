"""What is known of each sender of a partition. Bounded twice: transactions of a sender, and senders."""

from bisect import bisect_right, insort
from typing import Final, NamedTuple


class Seen(NamedTuple):
    """One transaction of a sender, as far as later ones need it."""

    at: float
    """Unix seconds."""
    pair: str


Past = tuple[Seen, ...]
"""The transactions of one sender, the oldest first. A tuple: whoever adds to it makes another."""

NOTHING: Final[Past] = ()


class Histories(NamedTuple):
    """The state of one partition. Nobody changes it."""

    by_sender: dict[str, Past]
    """The least recently seen sender first."""
    forgotten: int = 0
    """Senders whose past was dropped because there were too many, since the partition began."""


class Fold:
    """One call's way from a state to the next; it copies the table of senders once."""

    def __init__(self, state: Histories, history_size: int, max_senders: int) -> None:
        self._by_sender = state.by_sender.copy()
        self._forgotten = state.forgotten
        self._size = history_size
        self._most = max_senders

    def before(self, sender: str, at: float) -> Past:
        """Return what a sender is known to have done up to a moment; what came later in time does not count."""
        past = self._by_sender.get(sender, NOTHING)
        if not past or past[-1].at <= at:
            return past
        return past[: bisect_right(past, at, key=lambda seen: seen.at)]

    def add(self, sender: str, seen: Seen) -> None:
        """Add a transaction, in its place in time, and forget what is too much."""
        past = self._by_sender.pop(sender, NOTHING)
        if not past or past[-1].at <= seen.at:
            past = (*past, seen)
        else:
            sorted_in = list(past)
            insort(sorted_in, seen, key=lambda known: known.at)
            past = tuple(sorted_in)
        self._by_sender[sender] = past[-self._size :]
        while len(self._by_sender) > self._most:
            del self._by_sender[next(iter(self._by_sender))]
            self._forgotten += 1

    def state(self) -> Histories:
        """Return the next state; the fold is not used any more."""
        return Histories(self._by_sender, self._forgotten)
