"""What happens when mounted Secrets change, or the brokers no longer take what they took.

as accepted, and the brokers answer → nothing
something else                      → tried on a connection of its own: taken → the clients are built anew with it;
                                      refused, unreadable or missing → reported, and the old session goes on
as accepted, but nobody answers     → tried as well, so that a revoked password is not called an outage

What is refused is tried again later and later: somebody may yet tell the brokers, and they may lock out who insists.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol

import structlog

from scoring_service.contract.startup import Startup
from scoring_service.errors import CredentialsInvalid, CredentialsMissing, StreamUnavailable
from scoring_service.stream.kafka.authentication import verify
from scoring_service.stream.kafka.credentials import Credentials
from scoring_service.stream.kafka.secrets import Secrets

LOOK_EVERY_S: Final = 2.0
"""The kubelet takes up to two minutes to show a changed Secret: this adds little."""
RETRY_MAX_S: Final = 30.0

log = structlog.get_logger(__name__)


class Session(Protocol):
    """The worker's standing with the brokers."""

    @property
    def is_answered(self) -> bool:
        """Whether the brokers answered lately."""
        ...

    def renew(self) -> None:
        """Ask for clients built anew, after a drain: nothing is lost."""
        ...

    def report(self, error: CredentialsMissing | CredentialsInvalid | None) -> None:
        """Show what is wrong with the credentials; None when nothing is."""
        ...


Prove = Callable[[Startup, Credentials], Awaitable[None]]
"""Returns if a broker takes the credentials."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Credentials that were tried in vain."""

    digest: str
    attempts: int
    again_at: float
    """Monotonic seconds."""

    @classmethod
    def of(cls, digest: str, before: "Refusal | None", now: float) -> "Refusal":
        """Return what is known after one more refusal `now`."""
        attempts = before.attempts + 1 if before is not None and before.digest == digest else 1
        return cls(digest, attempts, now + min(RETRY_MAX_S, LOOK_EVERY_S * 2.0 ** (attempts - 1)))


def is_due(digest: str, accepted: Credentials, refusal: Refusal | None, now: float, *, is_answered: bool) -> bool:
    """Say whether the files of `digest` are to be tried `now`."""
    if digest == accepted.digest and is_answered:
        return False
    return refusal is None or refusal.digest != digest or now >= refusal.again_at


class Rotation:
    """Looks at the mounted Secrets for as long as the worker runs."""

    def __init__(self, startup: Startup, secrets: Secrets, session: Session, prove: Prove = verify) -> None:
        self._startup = startup
        self._secrets = secrets
        self._session = session
        self._prove = prove
        self._refusal: Refusal | None = None

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look(monotonic())

    async def look(self, now: float) -> None:
        """Act upon what the files hold; before anything was accepted whoever joins reads them."""
        accepted = self._secrets.accepted
        if accepted is None or accepted.protocol == "PLAINTEXT":
            return
        try:
            digest = self._secrets.digest()
        except (CredentialsMissing, CredentialsInvalid) as error:
            self._session.report(error)
            return
        is_answered = self._session.is_answered
        if is_due(digest, accepted, self._refusal, now, is_answered=is_answered):
            await self._try(digest, now)
        elif digest == accepted.digest and is_answered:
            self._settle()

    async def _try(self, digest: str, now: float) -> None:
        try:
            found = self._secrets.read()
            await self._prove(self._startup, found)
        except (CredentialsMissing, CredentialsInvalid) as error:
            self._refusal = Refusal.of(digest, self._refusal, now)
            self._session.report(error)
        except StreamUnavailable as error:
            log.info("credentials cannot be tried for now", reason=str(error))
        else:
            self._take(found)

    def _take(self, found: Credentials) -> None:
        self._settle()
        accepted, self._secrets.accepted = self._secrets.accepted, found
        if accepted is None or accepted.digest != found.digest:
            log.info("credentials changed", kinds=sorted(found.loaded_at))
            self._session.renew()

    def _settle(self) -> None:
        self._refusal = None
        self._session.report(None)
