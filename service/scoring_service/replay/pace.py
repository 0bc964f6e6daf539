"""Which record is due when: event time divided by the speed, from the first record that is sent on.

Due times are counted from the beginning, so waits that end late do not add up.
"""

from math import inf, isfinite, nan
from typing import Final, NamedTuple

REAL_TIME: Final = "real-time"
AT_ONCE: Final = "max"


class Pace(NamedTuple):
    """How fast recorded time passes."""

    speed: float
    """Recorded seconds per second; infinite: nothing waits."""

    @classmethod
    def of(cls, written: str) -> "Pace":
        """Return the pace of `real-time`, `max` or a number above zero.

        Raises:
            ValueError: It is none of these.
        """
        if written == AT_ONCE:
            return cls(inf)
        speed = 1.0 if written == REAL_TIME else _number(written)
        if not (isfinite(speed) and speed > 0):
            raise ValueError(f"expected real-time, max or a number above zero, got {written!r}")
        return cls(speed)

    def due(self, first: float, moment: float) -> float:
        """Return after how many seconds a record is due.

        Args:
            first: Moment of the first record, Unix seconds.
            moment: Its own; one before the first is due at once.
        """
        return max(0.0, (moment - first) / self.speed)


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return nan
