"""The credentials that clients are built with: those that were accepted last, else those in the files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final, TypeVar

from scoring_service.contract.startup import Startup
from scoring_service.errors import CredentialsInvalid, CredentialsMissing
from scoring_service.stream.kafka import credentials
from scoring_service.stream.kafka.credentials import Credentials
from scoring_service.stream.kafka.secret_files import SecretFiles

T = TypeVar("T")

ATTEMPTS: Final = 3
"""At reading while the kubelet swaps what is read."""
RETRY_MIN_S: Final = 2.0
RETRY_MAX_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Credentials that were tried in vain: again later and later, for brokers may lock out who insists."""

    error: CredentialsInvalid
    attempts: int
    again_at: float
    """Monotonic seconds."""


class Secrets:
    """The mounted Secrets of one worker.

    Clients ask `current`, so a client that is built anew while wrong files are mounted still gets in with the
    credentials that worked; whoever watches the files calls `accept` once new ones have been proven.
    """

    def __init__(self, startup: Startup, directory: Path, clock: Callable[[], float] = time) -> None:
        self._startup = startup
        self._directory = directory
        self._clock = clock
        self.accepted: Credentials | None = None
        """What brokers have taken; None before the first."""
        self._refusals: dict[str, Refusal] = {}

    @property
    def current(self) -> Credentials:
        """What clients are built with.

        Raises:
            CredentialsMissing: Nothing was accepted yet, and a Secret or a key of it is not there.
            CredentialsInvalid: Nothing was accepted yet, and what is there is not what it should be.
        """
        return self.accepted or self.read()

    def accept(self, proven: Credentials) -> None:
        """Build clients with `proven` from now on."""
        self.accepted = proven
        self._refusals.pop(proven.digest, None)

    def refuse(self, digest: str, error: CredentialsInvalid, now: float) -> None:
        """Remember that what has `digest` was tried in vain `now`, in monotonic seconds."""
        attempts = self._refusals[digest].attempts + 1 if digest in self._refusals else 1
        wait_s = min(RETRY_MAX_S, RETRY_MIN_S * 2.0 ** (attempts - 1))
        self._refusals[digest] = Refusal(error, attempts, now + wait_s)

    def refusal(self, digest: str, now: float) -> CredentialsInvalid | None:
        """Return why what has `digest` is not to be tried again `now`; None if it is."""
        known = self._refusals.get(digest)
        return None if known is None or now >= known.again_at else known.error

    def digest(self) -> str:
        """Return a hash of the files of this moment; empty if none is named.

        Raises:
            CredentialsMissing: One is not there.
            CredentialsInvalid: One cannot be read.
        """
        keys = self._startup.secret_keys
        return self._of_one_moment(lambda files: files.digest(keys)) if keys else ""

    def read(self) -> Credentials:
        """Return what the files hold.

        Raises:
            CredentialsMissing: One is not there.
            CredentialsInvalid: One is not what it should be.
        """
        return self._of_one_moment(lambda files: credentials.load(self._startup, files, self._clock()))

    def _of_one_moment(self, ask: Callable[[SecretFiles], T]) -> T:
        for _ in range(ATTEMPTS - 1):
            files = SecretFiles(self._directory)
            try:
                return ask(files)
            except (CredentialsMissing, CredentialsInvalid):
                if not files.is_overtaken():
                    raise
        return ask(SecretFiles(self._directory))
