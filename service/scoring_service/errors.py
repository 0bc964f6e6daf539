"""What can go wrong in the data plane besides bad records, which are data (see `scorers.base.Rejection`).

ServiceError
├── InvalidParameters    a scorer block does not fit its scorer's own type: the revision is refused
├── StreamUnavailable    brokers do not answer, or refuse for now: retried for ever
└── StreamMisconfigured  a topic is missing or forbidden: nothing but a person can mend it
"""


class ServiceError(Exception):
    """Root of the data plane's errors."""


class InvalidParameters(ServiceError):
    """A scorer block cannot be built; the message names the field, what was expected and what came."""


class StreamUnavailable(ServiceError):
    """The stream does not answer for now."""


class StreamMisconfigured(ServiceError):
    """The stream answers, and refuses for good: a topic is missing or access is denied."""
