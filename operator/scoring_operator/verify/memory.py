"""A release in memory: what tests put there is what is seen."""

from dataclasses import dataclass, field

from scoring_operator.errors import OperatorError
from scoring_operator.facts import Manifest


@dataclass
class MemoryInstallation:
    """What a cluster would say of a release."""

    refusal: str = ""
    """Why pipelines are not served; empty: they are."""
    lease_holder: str = ""
    pods: dict[str, Manifest] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    """By `host:port/path`; another one is not answered."""
    tested: Manifest | None = None
    """The pipeline that has to become Ready."""
    looks: int = 0
    """How often the Lease has been read."""

    async def pipelines(self) -> list[Manifest]:
        if self.refusal:
            raise OperatorError(self.refusal)
        return []

    async def holder(self) -> str:
        self.looks += 1
        return self.lease_holder

    async def pod(self, name: str) -> Manifest | None:
        return self.pods.get(name)

    async def page(self, address: str, path: str) -> str:
        if f"{address}{path}" not in self.pages:
            raise OperatorError(f"http://{address}{path}: no answer")
        return self.pages[f"{address}{path}"]

    async def pipeline(self) -> Manifest | None:
        return self.tested
