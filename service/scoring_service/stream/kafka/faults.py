"""The client's errors as ours: what a person must mend, and what a retry may."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors

from scoring_service.errors import Fenced, MessageTooLarge, StreamMisconfigured, StreamUnavailable

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
        raise StreamUnavailable(f"cannot {request} {name} for now: {_text(error)}") from error


def missing(topic: str) -> StreamMisconfigured:
    """Return the error for a topic that the brokers do not list."""
    return StreamMisconfigured(f"topic {topic} does not exist, or this client may not describe it")


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
