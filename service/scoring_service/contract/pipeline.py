"""A ScoringPipeline, parsed once at the boundary: from a file or from the API server, by the same rules."""

from typing import Any, TypeVar

import msgspec

from scoring_service.contract import checks, starting
from scoring_service.contract.names import RESUME_ANNOTATION, UPGRADE_ANNOTATION
from scoring_service.contract.scorer_file import CandidateBlock, ScorerBlock
from scoring_service.contract.spec import PipelineSpec
from scoring_service.contract.startup import Startup
from scoring_service.contract.wire import Wire

GROUP = "scoring.dev"
VERSION = "v1alpha1"
KIND = "ScoringPipeline"
PLURAL = "scoringpipelines"
ANNOTATION_LENGTH = 256
"""Characters of an annotation that count: every pod mounts `resume`, every watch carries `upgrade`."""

_Part = TypeVar("_Part")
_SHOWN = 300
"""Characters of a message: some repeat what came."""


class InvalidPipeline(ValueError):
    """A manifest does not say what a ScoringPipeline must say.

    The message names the field's path, what was expected and what came.
    """

    def __init__(self, path: str, expected: str) -> None:
        said = " ".join(expected.split())
        super().__init__(f"{path}: {said if len(said) <= _SHOWN else said[:_SHOWN] + '…'}")
        self.path = path


class Metadata(Wire, frozen=True):
    """Of `metadata` what a pipeline is known by."""

    name: str
    namespace: str | None = None
    uid: str = ""
    generation: int = 0
    annotations: dict[str, str] | None = None


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A ScoringPipeline as read from an API server or a file."""

    namespace: str
    name: str
    spec: PipelineSpec
    uid: str = ""
    generation: int = 0
    resume: str = ""
    """What a person annotated it with to release held lanes, as far as it goes into `scorer.json`."""
    upgrade: str = ""
    """What a person annotated it with to ask for the operator's present image of workers."""

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def block(self) -> ScorerBlock:
        """The one member of `spec.scorer`, with the cases that it must pass."""
        ((member, parameters),) = self.spec.scorer.items()
        return ScorerBlock(member=member, parameters=parameters, golden_cases=self.spec.golden_cases)

    @property
    def candidate(self) -> CandidateBlock | None:
        """What `spec.candidate` asks for, with the cases that it must pass; None without one."""
        asked = self.spec.candidate
        if asked is None:
            return None
        ((member, parameters),) = asked.scorer.items()
        block = ScorerBlock(member=member, parameters=parameters, golden_cases=asked.golden_cases)
        return CandidateBlock(scorer=block, mode=asked.mode, percent=asked.percent, threshold=asked.threshold)

    def group(self, cluster_id: str) -> str:
        """Return the consumer group: `spec.input.group`, else `<cluster_id>.<namespace>.<name>`."""
        return self.spec.input.group or ".".join(filter(None, (cluster_id, self.namespace, self.name)))

    def startup(self, cluster_id: str) -> Startup:
        """Return what a worker of this pipeline starts from."""
        return starting.startup(self.namespace, self.name, self.group(cluster_id), self.spec)


def parse_pipeline(manifest: dict[str, Any]) -> Pipeline:
    """Parse a manifest, from a file or from the API server.

    Raises:
        InvalidPipeline: Kind, name, a field's type or name is wrong, or a rule is broken.
    """
    if manifest.get("kind") != KIND or manifest.get("apiVersion") != f"{GROUP}/{VERSION}":
        raise InvalidPipeline("kind", f"expected {KIND} of {GROUP}/{VERSION}, got {manifest.get('kind')!r}")
    metadata = _converted("metadata", manifest, Metadata)
    spec = _converted("spec", manifest, PipelineSpec)
    for path, rule in checks.broken(metadata.name, spec):
        raise InvalidPipeline(path, rule)
    annotations = metadata.annotations or {}
    return Pipeline(
        namespace=metadata.namespace or "default",
        name=metadata.name,
        spec=spec,
        uid=metadata.uid,
        generation=metadata.generation,
        resume=annotations.get(RESUME_ANNOTATION, "")[:ANNOTATION_LENGTH],
        upgrade=annotations.get(UPGRADE_ANNOTATION, "")[:ANNOTATION_LENGTH],
    )


def _converted(part: str, manifest: dict[str, Any], of: type[_Part]) -> _Part:
    try:
        return msgspec.convert(manifest.get(part) or {}, of)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise InvalidPipeline(part + path.rstrip("`"), message) from error
