"""The client's errors as ours: what a person must mend, and what a retry may."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors

from scoring_service.errors import (
    CredentialsInvalid,
    Fenced,
    MessageTooLarge,
    StreamMisconfigured,
    StreamUnavailable,
)

_FORBIDDEN = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.TransactionalIdAuthorizationFailed,
)
_FENCED = (errors.ProducerFenced, errors.InvalidProducerEpoch, errors.InvalidProducerIdMapping, errors.InvalidTxnState)
"""The last two: the brokers have forgotten the id or ended its transaction, as they do for one that was silent."""


@contextmanager
def translated(request: str, name: str) -> Iterator[None]:
    """Raise our errors for the client's; `request` and `name` (a topic or group) say what was tried.

    Raises:
        Fenced: A newer owner of the transactional id has started.
        MessageTooLarge: What was to be written has too many bytes.
        StreamMisconfigured: The brokers refuse for good.
        CredentialsInvalid: They and the client do not accept each other.
        StreamUnavailable: They do not answer, or refuse for now.
    """
    try:
        yield
    except _FORBIDDEN as error:
        raise StreamMisconfigured(f"not authorised to {request} {name}") from error
    except _FENCED as error:
        raise Fenced(f"cannot {request} {name}: somebody else has begun since") from error
    except (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError) as error:
        raise MessageTooLarge(f"cannot {request} {name}: more bytes than it takes") from error
    except errors.InvalidTopicError as error:
        raise StreamMisconfigured(f"cannot {request} {name}: the brokers call it invalid") from error
    except (errors.KafkaError, errors.ConsumerStoppedError, OSError, TimeoutError) as error:
        if refusal := refused(error, f"cannot {request} {name}"):
            raise refusal from error
        raise StreamUnavailable(f"cannot {request} {name} for now: {_text(error)}") from error


def refused(error: BaseException, subject: str) -> CredentialsInvalid | None:
    """Return our error if `error`, or what caused it, is a broker and the client not accepting each other.

    The client drops the cause of a failed connection and calls it unreachable; a single connection keeps it.
    """
    cause: BaseException | None = error
    while cause is not None:
        if problem := _refusal(cause):
            return CredentialsInvalid(subject, problem)
        cause = cause.__cause__
    return None


def _refusal(error: BaseException) -> str:
    """Return what is refused, in our words: a broker's may repeat what it was given."""
    match error:
        case errors.SaslAuthenticationFailed():
            return "the broker refuses the name or the password"
        case errors.UnsupportedSaslMechanismError():
            return "the broker does not offer this SASL mechanism"
        case errors.IllegalSaslStateError():
            return "the broker expects no SASL here"
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is refused ({error.verify_message})"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return ""  # it went away in the middle: it may be starting or stopping
        case ssl.SSLError() if "_ALERT_" in (error.reason or ""):
            return f"the broker refuses the client's certificate or its lack ({error.reason})"
        case ssl.SSLError():
            return f"the TLS handshake fails ({error.reason})"
    return ""


def missing(topic: str) -> StreamMisconfigured:
    """Return the error for a topic that the brokers do not list."""
    return StreamMisconfigured(f"topic {topic} does not exist, or this client may not describe it")


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
