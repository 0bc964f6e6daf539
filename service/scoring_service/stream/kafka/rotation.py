"""What happens when mounted Secrets change, or the brokers no longer take what they took.

as accepted, and the brokers answer → nothing
something else                      → tried on a connection of its own: taken → the clients are built anew with it;
                                      refused, unreadable or missing → reported, and the old session goes on
as accepted, but nobody answers     → tried as well, so that a revoked password is not called an outage

What is refused is tried again later and later: somebody may yet tell the brokers.
"""

import asyncio
from collections.abc import Awaitable, Callable
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


class Rotation:
    """Looks at the mounted Secrets for as long as the worker runs."""

    def __init__(self, startup: Startup, secrets: Secrets, session: Session, prove: Prove = verify) -> None:
        self._startup = startup
        self._secrets = secrets
        self._session = session
        self._prove = prove

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
        if digest == accepted.digest and self._session.is_answered:
            self._session.report(None)
        elif refusal := self._secrets.refusal(digest, now):
            self._session.report(refusal)
        else:
            await self._try(digest, now)

    async def _try(self, digest: str, now: float) -> None:
        try:
            found = self._secrets.read()
            await self._prove(self._startup, found)
        except CredentialsInvalid as error:
            self._secrets.refuse(digest, error, now)
            self._session.report(error)
        except CredentialsMissing as error:
            self._session.report(error)
        except StreamUnavailable as error:
            log.info("credentials cannot be tried for now", reason=str(error))
        else:
            self._take(found)

    def _take(self, found: Credentials) -> None:
        before = self._secrets.accepted
        self._secrets.accept(found)
        self._session.report(None)
        if before is None or before.digest != found.digest:
            log.info("credentials changed", kinds=sorted(found.loaded_at))
            self._session.renew()
