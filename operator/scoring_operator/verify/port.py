"""The seam to what is verified: read only, and as little as the checks need."""

from typing import NamedTuple, Protocol

from scoring_operator.facts import Manifest


class Subject(NamedTuple):
    """Which release is verified."""

    namespace: str
    """Of the release: of its pods and its Lease."""
    lease: str
    """Name of the Lease that its processes share."""
    pipeline: str = ""
    """Name of a pipeline in the same namespace that has to become Ready; empty: none."""


class Installation(Protocol):
    """What a release has put into a cluster.

    Raises:
        OperatorError: There is no answer, or a refusal; the text says which. All methods may.
    """

    async def pipelines(self) -> list[Manifest]:
        """Return the pipelines of the release's namespace, a few of them."""
        ...

    async def holder(self) -> str:
        """Return the identity of the Lease's holder; empty: it is free, or there is none."""
        ...

    async def pod(self, name: str) -> Manifest | None:
        """Return a pod of the release's namespace; None: there is none."""
        ...

    async def page(self, address: str, path: str) -> str:
        """Return what the pod at `host:port` answers to a GET, if that is a success."""
        ...

    async def pipeline(self) -> Manifest | None:
        """Return the pipeline that has to become Ready; None: there is none."""
        ...
