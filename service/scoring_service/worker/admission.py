"""Whether the brokers let this worker in: what is wrong with its credentials is shown, new ones make new clients."""

from scoring_service.contract.worker_status import HeldReason
from scoring_service.errors import CredentialsInvalid, CredentialsMissing
from scoring_service.worker.rejoining import Rejoining, Why
from scoring_service.worker.trouble import Request, Trouble


class Admission:
    """What whoever watches the credentials is told, and tells."""

    def __init__(self, trouble: Trouble, rejoining: Rejoining) -> None:
        self._trouble = trouble
        self._rejoining = rejoining

    @property
    def is_answered(self) -> bool:
        """Whether the brokers answered lately."""
        return self._trouble.brokers_answer

    def renew(self) -> None:
        """Ask for clients built anew, after a drain: nothing is lost."""
        self._rejoining.ask(Why.CREDENTIALS)

    def report(self, error: CredentialsMissing | CredentialsInvalid | None) -> None:
        """Show what is wrong with the credentials; None when nothing is."""
        if error is None:
            self._trouble.clear(Request.CREDENTIALS)
        else:
            self._trouble.note(Request.CREDENTIALS, error)

    def held(self) -> tuple[HeldReason, str] | None:
        """Return why this worker is kept out, and the error; None while it is in, be it with former credentials."""
        kept_out = [Request.JOIN, Request.OUTPUTS, Request.PERMISSIONS] + (
            [] if self.is_answered else [Request.CREDENTIALS]
        )
        for request in kept_out:
            message = self._trouble.message(request)
            if self._trouble.is_open(request, CredentialsMissing):
                return HeldReason.CREDENTIALS_MISSING, message
            if self._trouble.is_open(request, CredentialsInvalid):
                return HeldReason.CREDENTIALS_INVALID, message
        return None
