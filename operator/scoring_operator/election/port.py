"""The seam to the one Lease that an operator's processes share. Adapters raise the control plane's own errors."""

from typing import Protocol

from scoring_operator.election.record import Record, Seen


class Lease(Protocol):
    """One Lease."""

    async def read(self) -> Seen | None:
        """Return it as it is; None if there is none.

        Raises:
            ClusterUnavailable: No answer.
            InvalidManifest: The API server refuses us.
        """
        ...

    async def write(self, record: Record, version: int | None) -> Seen:
        """Write it onto exactly that version, None: create it; return it as stored.

        Raises:
            Conflict: It is another version by now, exists already or is gone.
            ClusterUnavailable: No answer: it may have been written all the same.
            InvalidManifest: The API server refuses it, or us.
        """
        ...
