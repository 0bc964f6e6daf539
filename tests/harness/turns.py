"""A pipeline whose operator and surroundings act in turn, in a time of their own: when nothing is written, it rests."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from scoring_operator.conditions import HOLD_S
from scoring_operator.conditions.scaling import BLIND_S
from scoring_operator.errors import OperatorError
from scoring_operator.look import Clocks

Witness = Callable[[], Awaitable[None]]
TURN_S: Final = 3.0
QUIET_TURNS: Final = 3
"""So many turns without a write, before and after all that is held for a while has run out, are rest."""
TURNS_AT_MOST: Final = 60


class Turns(ABC):
    """Everybody acts in turn, and only when told."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.clocks = Clocks(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC), lambda least, _: least)

    @abstractmethod
    async def look(self) -> None:
        """Let the operator look once.

        Raises:
            OperatorError: What its queue would come back for.
        """

    @abstractmethod
    async def play(self) -> None:
        """Let everybody but the operator act, in `TURN_S`."""

    @abstractmethod
    def written(self) -> int:
        """Return how much the operator has written so far."""

    async def turn(self) -> None:
        """Let the operator look once, then the Deployment controller, the kubelet and the workers act."""
        with suppress(OperatorError):  # the queue would come back, and so does the next turn
            await self.look()
        await self.play()

    async def rest(self, witness: Witness | None = None) -> None:
        """Go on until nothing is written any more, and nothing that is held for a while can change that.

        Args:
            witness: Looks on after each turn.

        Raises:
            AssertionError: That does not come.
        """
        quiet = 0
        for _ in range(TURNS_AT_MOST):
            before = self.written()
            await self.turn()
            if witness is not None:
                await witness()
            quiet = 0 if self.written() != before else quiet + 1
            self.now += max(HOLD_S, BLIND_S) if quiet == QUIET_TURNS else 0.0
            if quiet == 2 * QUIET_TURNS:
                return
        raise AssertionError(f"it still writes after {TURNS_AT_MOST} turns")

    async def writes_at_rest(self) -> int:
        """Return the writes of one more look, an hour later."""
        before = self.written()
        self.now += 3600
        await self.look()
        return self.written() - before
