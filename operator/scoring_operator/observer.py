"""Who is told what the queue does, so that it can be counted."""

from typing import Protocol


class Observer(Protocol):
    """Told what the queue does."""

    def added(self) -> None:
        """Note a key that became due, or due earlier."""
        ...

    def taken(self, waited_s: float) -> None:
        """Note a reconcile that begins, for a key that has been due for so long."""
        ...

    def succeeded(self, seconds: float, *, comes_again: bool) -> None:
        """Note a reconcile that got through, and whether it asked to be called again."""
        ...

    def failed(self, seconds: float, reason: str, *, crashed: bool) -> None:
        """Note one that did not; `reason` is the class of its error."""
        ...


class Unobserved:
    """An observer that looks away."""

    def added(self) -> None:
        """Do nothing."""

    def taken(self, waited_s: float) -> None:
        """Do nothing."""

    def succeeded(self, seconds: float, *, comes_again: bool) -> None:
        """Do nothing."""

    def failed(self, seconds: float, reason: str, *, crashed: bool) -> None:
        """Do nothing."""
