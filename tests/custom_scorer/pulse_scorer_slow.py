"""The pulse, found out slowly: as by a model that is large. So a test knows how much one pod can do."""

import time
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pulse_scorer import Pulse, PulseParameters

from scoring_service.scorers.base import Outcome, Row, State
from scoring_service.scorers.parameters import parameter


class SlowPulseParameters(PulseParameters):
    """When an address is busy, and how long it takes to know."""

    seconds: Annotated[float, parameter("Until one record is scored.", unit="s", ge=0, le=1)] = 0.01


class SlowPulse(Pulse):
    """How often an address acts, 0 to 1000, after a while."""

    name: ClassVar[str] = "slowPulse"
    Parameters: ClassVar[type[Any]] = SlowPulseParameters
    parameters: SlowPulseParameters

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        """Return one score per row, late."""
        time.sleep(self.parameters.seconds * len(rows))
        return super().score(rows, state)
