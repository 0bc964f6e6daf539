"""One pipeline with its pods at one moment: what is shown of it, wherever it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring_operator.facts import Manifest, PodReport


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One pipeline at one moment."""

    pipeline: Manifest
    """As stored, status included."""
    reports: tuple[PodReport, ...]
    pids: Mapping[str, int] = field(default_factory=dict)
    """Process id of each pod whose worker runs on this machine, by the pod's name."""

    @property
    def status(self) -> Manifest:
        """What the operator last wrote; empty before it did."""
        status: Manifest = self.pipeline.get("status", {})
        return status
