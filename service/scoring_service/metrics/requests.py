"""What is counted of requests for scores, by a worker that takes any."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Requests:
    """The counts of one api listener."""

    answered: Counter[int] = field(default_factory=Counter)
    """Answers by status code."""
    records: Counter[str] = field(default_factory=Counter)
    """Records of requests by outcome: scored, rejected or absorbed. None of them is a record of the stream."""
    in_hand: int = 0
    """Requests that are read, wait for the scorer, are scored or answered."""
    seconds: float = 0.0
    """From the heads of requests for scores to their answers, refusals left out."""

    def scored(self, outcomes: Mapping[str, int], seconds: float) -> None:
        """Count a request that was scored."""
        self.records.update(outcomes)
        self.seconds += seconds
