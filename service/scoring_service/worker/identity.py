"""Who a worker is: for its status and its outputs."""

from typing import NamedTuple


class Identity(NamedTuple):
    """Who this worker is."""

    version: str
    pod: str
    started_at: float
    """Monotonic seconds."""
