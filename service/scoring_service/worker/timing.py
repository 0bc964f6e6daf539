"""Every clock of the worker in one place; tests shorten them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Durations in seconds."""

    poll_s: float = 0.5
    """How long an idle poll waits."""
    commit_every_s: float = 0.5
    drain_s: float = 10.0
    """How long a revocation or a stop waits for what is in flight."""
    close_s: float = 5.0
    """How long leaving the group and flushing may take after that; nothing is waited for any more."""
    observe_every_s: float = 1.0
    slow_s: float = 5.0
    """Without an acknowledgement for so long, a lane says that it is held."""
    retry_min_s: float = 0.1
    retry_max_s: float = 5.0
    give_up_s: float = 60.0
    """After so long without an acknowledgement the producer is built anew and the batch sent again."""
    rejoin_after_s: float = 30.0
    """After so long with nothing but failing polls the client is built anew."""
    stalled_s: float = 60.0
    """After so long without progress, though nothing keeps it from any, a lane is stalled."""
    patience_s: float = 300.0
    """Two stalls, or two fencings, within so long: a new client is no help."""

    def retry_s(self, attempt: int) -> float:
        """Return how long to wait before try `attempt + 1`; attempts count from 0."""
        return min(self.retry_max_s, self.retry_min_s * 2.0**attempt)
