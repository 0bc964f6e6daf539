"""`/status` of a worker: what the operator polls. Bounded; carries no configuration and no secrets."""

from enum import StrEnum

import msgspec

from scoring_service.contract.names import CONTRACT_VERSION
from scoring_service.contract.wire import Wire, decoded


class LaneState(StrEnum):
    """What a lane (one assigned partition) is doing."""

    INITIALISING = "Initialising"
    READY = "Ready"
    HELD = "Held"
    STALLED = "Stalled"


class HeldReason(StrEnum):
    """Why a lane does not go on, or a worker does not join: the closed list."""

    BROKERS_UNREACHABLE = "BrokersUnreachable"
    """No answer from the brokers: goes on by itself when they are back."""
    CREDENTIALS_INVALID = "CredentialsInvalid"
    """The brokers refuse the name, the password or the certificate, or a file of them cannot be read."""
    CREDENTIALS_MISSING = "CredentialsMissing"
    """A Secret, or a key of it, is not there."""
    DRAINING = "Draining"
    """What is in flight is finished before the partition goes."""
    FAILURE_BUDGET_EXCEEDED = "FailureBudgetExceeded"
    """Too many records would fail: nothing of the batch is written until a new revision, budget or `resume`."""
    NOT_AUTHORISED = "NotAuthorised"
    """The brokers know the client and refuse what it needs; the message names the missing permission."""
    OFFSETS_LOST = "OffsetsLost"
    """The group has committed before and the brokers know none of its offsets."""
    OUTPUT_UNAVAILABLE = "OutputUnavailable"
    """An output topic is missing or forbidden, or has too few replicas."""
    PRODUCER_FENCED = "ProducerFenced"
    """Exactly-once: somebody else writes with this pipeline's transactional ids."""
    WARMING = "Warming"
    """Earlier records are read again, for the state that the scorer keeps of them."""


class LaneStatus(Wire, frozen=True):
    """One assigned partition."""

    partition: int
    state: LaneState
    reason: str = ""
    """Why the lane is held, a `HeldReason` (newer workers may know more of them); empty otherwise."""
    position: int | None = None
    """Offset of the next record to deliver; None while unknown."""
    last_stable_offset: int | None = None
    """End of what a read_committed reader may see; None while unknown."""
    committed_offset: int | None = None
    """Offset that the group would resume from; None while it has none, or it is not known."""

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
    case: str = ""
    """The first golden case that it misses; empty if it cannot even be built."""


class CandidateStatus(Wire, frozen=True):
    """The candidate that the live file asks for."""

    revision: str
    """Empty if its parameters have none."""
    mode: str
    """`Shadow` or `Canary`."""
    percent: float
    refusal: str = ""
    """Why it does not run, at most 256 characters; empty if it does."""
    last_error: str = ""
    """The latest record that it failed at and the serving revision did not, at most 256 characters; empty if none."""


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
    model_variant: str = ""
    """What makes the scores, as outputs have it; empty of a scorer that does not say it."""
    model_version: str = ""
    refused: RefusedRevision | None = None
    model_problem: str = ""
    """Why the serving scorer's baseline stands in for its model; empty if it does not."""
    warming: str = ""
    """Revision that scores beside the serving one until its windows are warm, and then takes over; empty if none."""
    candidate: CandidateStatus | None = None
    """None without one."""
    ready: bool = False
    held: str = ""
    """Why the worker has not joined the group, a `HeldReason`, if it is for something outside; empty otherwise."""
    held_message: str = ""
    """One sentence on it, at most 256 characters."""
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
    busy_ratio: float | None = None
    """Share of the last minute in which a record that was taken over was not delivered yet; None while unknown.

    What is delivered in that share is a lower bound of what the pod can do.
    """
    uptime_seconds: float = 0.0
    api_port: int | None = None
    """Port of the listener that scores by request; None without one."""
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
            msgspec.DecodeError: The bytes are not JSON in UTF-8, or nest too deep.
        """
        return decoded(content, cls)
