"""The port that asks what this client may do."""

from collections.abc import Sequence
from typing import Protocol

from scoring_service.contract.acls import Acl, Missing


class Inspector(Protocol):
    """Asks what this client may do, without doing it."""

    async def missing(self, needed: Sequence[Acl]) -> tuple[Missing, ...]:
        """Return what of `needed` is not allowed, or about a topic that does not exist, in the order of `needed`.

        Raises:
            StreamUnavailable: The brokers do not answer.
        """
        ...
