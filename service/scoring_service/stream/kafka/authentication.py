"""Whether the brokers take our credentials: asked over a connection of our own, which keeps the cause of a failure.

The client itself tries again for ever and says no more than that a broker is unreachable.
"""

import asyncio
import ssl
from time import monotonic
from typing import Final

from aiokafka import errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from scoring_service.contract.startup import Startup
from scoring_service.errors import CredentialsInvalid, StreamUnavailable
from scoring_service.stream.kafka import settings
from scoring_service.stream.kafka.credentials import Credentials
from scoring_service.stream.kafka.faults import refused
from scoring_service.stream.kafka.secrets import Secrets

TIMEOUT_S: Final = 10.0
"""For each step of a connection: a broker delays its answer to wrong credentials."""
ALERT_TIMEOUT_S: Final = 1.0
"""TLS 1.3 tells a client that its certificate is refused only after its side of the handshake."""


async def authenticated(startup: Startup, secrets: Secrets) -> Credentials:
    """Return the credentials to build a client with; the first that a broker takes are kept.

    Raises:
        CredentialsMissing: A Secret, or a key of it, is not there.
        CredentialsInvalid: They are unreadable, or refused.
        StreamUnavailable: No broker answers.
    """
    credentials = secrets.current
    if refusal := secrets.refusal(credentials.digest, monotonic()):
        raise refusal.with_traceback(None)
    try:
        await verify(startup, credentials)
    except CredentialsInvalid as error:
        secrets.refuse(credentials.digest, error, monotonic())
        raise
    if secrets.accepted is None:
        secrets.accept(credentials)
    return credentials


async def verify(startup: Startup, credentials: Credentials) -> None:
    """Return once one of the bootstrap servers takes `credentials`.

    Raises:
        CredentialsInvalid: A broker refuses them, or is not the one that we trust.
        StreamUnavailable: No broker answers.
    """
    if credentials.protocol == "PLAINTEXT":
        return None
    failures: list[StreamUnavailable] = []
    for host, port, _ in collect_hosts(list(startup.bootstrap_servers)):
        try:
            return await _try(host, port, f"{startup.pipeline}-probe", credentials)
        except StreamUnavailable as failure:
            failures.append(failure)
    refusals = [failure for failure in failures if isinstance(failure, CredentialsInvalid)]
    raise (refusals or failures)[0]


async def _try(host: str, port: int, client_id: str, credentials: Credentials) -> None:
    subject = f"{host}:{port}"
    try:
        await _converse(host, port, client_id, credentials)
    except ValueError as error:
        if isinstance(error, ssl.SSLError):  # a refused certificate is both
            raise _failure(error, subject) from error
        raise CredentialsInvalid(subject, "the broker does not prove that it knows the password") from error
    except (errors.KafkaError, OSError, TimeoutError) as error:
        alert = None if refused(error, subject) else await _alert(host, port, credentials.ssl_context)
        raise _failure(alert or error, subject) from error


async def _converse(host: str, port: int, client_id: str, credentials: Credentials) -> None:
    """Connect, log in and ask something: a listener that expects a login only then minds that there was none."""
    connection = await create_conn(
        host, port, client_id=client_id, request_timeout_ms=round(TIMEOUT_S * 1000), **settings.security(credentials)
    )
    try:
        await connection.send(MetadataRequest([]))
    finally:
        await asyncio.wait([connection.close()], timeout=TIMEOUT_S)


def _failure(error: BaseException, subject: str) -> StreamUnavailable:
    if refusal := refused(error, subject):
        return refusal
    if isinstance(error, errors.KafkaConnectionError | ConnectionResetError):
        return StreamUnavailable(f"{subject} closes the connection: it may expect other TLS or SASL settings")
    return StreamUnavailable(f"cannot connect to {subject} for now: {str(error) or type(error).__name__}")


async def _alert(host: str, port: int, context: ssl.SSLContext | None) -> ssl.SSLError | None:
    """Return why a broker ends a TLS connection on which we say nothing; None if it does not.

    Whoever says something may lose the alert: the broker has closed by then, and its reset overtakes what it sent.
    """
    if context is None:
        return None
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(ALERT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
            await reader.read(1)
    except ssl.SSLError as error:
        return error
    except (OSError, TimeoutError):
        return None
    finally:
        if writer is not None:
            writer.transport.abort()
    return None
