"""What can go wrong in the data plane besides bad records, which are data (see `scorers.base.Rejection`).

ServiceError
├── InvalidParameters    a scorer block does not fit its scorer's own type: the revision is refused
├── ModelUnavailable     a model file cannot be had, or is none: a baseline stands in, and it is tried again
├── CaseMissed           what was built from one makes something else of a golden case: it is refused as well
├── StreamUnavailable    brokers do not answer, or refuse for now: retried for ever
│   ├── CredentialsMissing   a Secret, or a key of it, is not there
│   └── CredentialsInvalid   what it holds cannot be read, or brokers and client do not accept each other
├── StreamMisconfigured  a topic is missing or forbidden: nothing but a person can mend it
├── GroupInUse           a group has members, and what was asked for needs one without
├── MessageTooLarge      the stream never takes a message of this size: it must become a smaller one
├── Fenced               somebody else writes with this transactional id since: the partition is theirs
├── Stalled              a partition has records, brokers that answer, and no progress: start this process anew
├── BudgetExceeded       more records would fail than the pipeline allows: nothing of the batch is written
└── PositionOutOfRange   a partition no longer holds the offset to read: retention overtook it, or the log was cut short
"""

from collections.abc import Iterable


class ServiceError(Exception):
    """Root of the data plane's errors."""


class InvalidParameters(ServiceError):
    """A scorer block cannot be built; the message names the field, what was expected and what came."""


class ModelUnavailable(ServiceError):
    """A model file cannot be used; the message says what was expected and what came."""


class CaseMissed(ServiceError):
    """A revision is built and misses a golden case; the message names it, what was expected and what came."""

    def __init__(self, case: str, message: str) -> None:
        super().__init__(message)
        self.case = case


class StreamUnavailable(ServiceError):
    """The stream does not answer for now."""


class CredentialsMissing(StreamUnavailable):
    """A file that proves who we are, or whom to trust, is not there yet."""

    def __init__(self, secret: str, key: str) -> None:
        super().__init__(f"Secret {secret} has no key {key}")


class CredentialsInvalid(StreamUnavailable):
    """Connecting is refused, by the brokers or by us, until somebody changes a Secret or the brokers."""

    def __init__(self, subject: str, problem: str) -> None:
        """Name a broker, or a Secret and its key, and what is wrong with it; never what it holds."""
        super().__init__(f"{subject}: {problem}")


class StreamMisconfigured(ServiceError):
    """The stream answers, and refuses for good: a topic is missing or access is denied."""


class GroupInUse(ServiceError):
    """Somebody is in the group; the message says who."""


class MessageTooLarge(ServiceError):
    """The stream refuses a message, or the batch that it was sent in, for its size."""

    def __init__(self, message: str, place: int = 0) -> None:
        self.place = place
        """Which of several writes was refused, counted from 0."""
        super().__init__(message)


class Fenced(ServiceError):
    """A newer owner of the partition has shut this one out, or the brokers gave up on its transaction."""


class Stalled(ServiceError):
    """Partitions make no progress although nothing keeps them, and a new client has not helped."""


class BudgetExceeded(ServiceError):
    """More records of a window would fail than `delivery.failureBudget` allows."""


class PositionOutOfRange(ServiceError):
    """The stream does not hold the next offset of some partitions: it is below the log's start or beyond its end."""

    def __init__(self, partitions: Iterable[int]) -> None:
        self.partitions = frozenset(partitions)
        super().__init__(f"partitions {sorted(self.partitions)}: the stream no longer holds the offset to read")
