"""`/status` of a worker: what the operator polls. Bounded; carries no configuration and no secrets."""

from enum import StrEnum

import msgspec

from scoring_service.contract.names import CONTRACT_VERSION
from scoring_service.contract.wire import Wire


class LaneState(StrEnum):
    """What a lane (one assigned partition) is doing."""

    INITIALISING = "Initialising"
    READY = "Ready"
    HELD = "Held"
    STALLED = "Stalled"


class LaneStatus(Wire, frozen=True):
    """One assigned partition."""

    partition: int
    state: LaneState
    reason: str = ""
    """Why the lane is held, CamelCase; empty otherwise."""
    position: int | None = None
    """Offset of the next record to deliver; None while unknown."""
    last_stable_offset: int | None = None
    """End of what a read_committed reader may see; None while unknown."""

    @property
    def lag(self) -> int | None:
        """Records not yet delivered; None is *unknown*, which is not zero."""
        if self.position is None or self.last_stable_offset is None:
            return None
        return max(0, self.last_stable_offset - self.position)


class RefusedRevision(Wire, frozen=True):
    """A proposed revision that this worker does not serve."""

    revision: str
    message: str
    """One sentence: what was expected and what came; at most 256 characters."""


class WorkerStatus(Wire, frozen=True):
    """The state of one worker process."""

    version: str
    """Of the worker package."""
    pipeline: str
    """`namespace/name`."""
    pod: str = ""
    contract_version: int = CONTRACT_VERSION
    """The newest version of the mounted files that this worker reads."""
    config_digest: str = ""
    """sha256 of the `scorer.json` that was last acted upon; empty before the first."""
    serving: str = ""
    """Revision that scores now; empty while none builds."""
    refused: RefusedRevision | None = None
    ready: bool = False
    input_topic: str = ""
    group: str = ""
    partitions: int | None = None
    """Partitions of the input topic; None while unknown."""
    lanes: tuple[LaneStatus, ...] = ()
    scored_total: int = 0
    rejected_total: int = 0
    rejected_by_reason: dict[str, int] = {}
    duplicates_total: int = 0
    """Transactions counted once although they came twice inside a record."""
    records_per_second: float = 0.0
    """Delivered records per second, averaged over the last ten."""
    uptime_seconds: float = 0.0
    last_error: str = ""
    """The latest infrastructure error, at most 256 characters; empty if none."""

    def encode(self) -> bytes:
        """Return the body of `/status`."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, content: bytes) -> "WorkerStatus":
        """Parse the body of `/status`.

        Raises:
            msgspec.ValidationError: A member is missing or of the wrong type.
            msgspec.DecodeError: The bytes are not JSON.
        """
        return msgspec.json.decode(content, type=cls)
