"""Pure: what was observed → what is decided. The children follow from the decisions (`desired.children`)."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from scoring_operator import lanes, revisions
from scoring_operator.conditions import Facts
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.desired.children import Decisions, reference
from scoring_operator.desired.deployment import pods_wanted
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_operator.status import Identity, rollout
from scoring_service.contract.names import SCORER_FILE
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

REPLICAS_AT_MOST: Final = 1000
"""The most that `spec.replicas` may say: the API server would refuse more for ever."""


def understand(manifest: Manifest) -> Pipeline:
    """Return the pipeline that a manifest describes.

    Raises:
        InvalidPipeline: It cannot be read, or its scorer's parameters have no revision.
    """
    pipeline = _keeping_group(parse_pipeline(manifest), manifest.get("status") or {})
    try:
        _ = pipeline.block.revision
    except ValueError as error:
        raise InvalidPipeline("spec.scorer", str(error)) from error
    return pipeline


def decide(
    pipeline: Pipeline,
    observed: Observed,
    current: ScorerFile,
    reports: Sequence[PodReport],
    workers: WorkerDefaults,
) -> Decisions:
    """Return what the children should say.

    Args:
        pipeline: As understood.
        observed: What is there.
        current: `scorer.json` as it is now.
        reports: What the pods say; empty if they have not been asked yet.
        workers: What all workers have in common.
    """
    return Decisions(
        file=revisions.next_file(current, pipeline.block, reports),
        replicas=pods_wanted(pipeline.spec.replicas, known_partitions(observed, reports)),
        image=_image(former_status(observed), workers),
    )


def known_partitions(observed: Observed, reports: Sequence[PodReport]) -> int | None:
    """Return the partitions of the input topic, as pods say or once said; the topic never changes."""
    said = lanes.partitions(reports)
    former: int | None = former_status(observed).get("partitions")
    return former if said is None else said


def replicas_to_write(pipeline: Pipeline, partitions: int | None) -> int | None:
    """Return what mode PerPartition wants in `spec.replicas`; None if nothing is to be written.

    Before the partitions are known only 0 is replaced, by 1: without a pod they never would be.
    """
    autoscaling = pipeline.spec.autoscaling
    if autoscaling.mode != "PerPartition" or (not partitions and pipeline.spec.replicas > 0):
        return None
    replicas = min(REPLICAS_AT_MOST, math.ceil((partitions or 1) / autoscaling.partitions_per_replica))
    return None if replicas == pipeline.spec.replicas else replicas


def written_file(observed: Observed, name: str, desired: ScorerBlock | None) -> ScorerFile:
    """Return what the live ConfigMap says, as far as it may be believed: anybody may have edited it since.

    If status says which revision was verified, nothing else counts as `serving`; it may be found in either slot,
    or in the spec. If it is nowhere (the ConfigMap was deleted or edited while nobody watched, and the spec asks
    for something else), what served is lost: the spec is proposed as to a new pipeline.
    """
    read = _live_file(observed, name)
    slots = {_revision(block): block for block in (desired, read.proposed, read.serving) if block is not None}
    verified = (former_status(observed).get("revision") or {}).get("serving") or _revision(read.serving)
    return ScorerFile(
        serving=slots.get(verified) if verified else None,
        proposed=read.proposed if _revision(read.proposed) else None,
    )


def _live_file(observed: Observed, name: str) -> ScorerFile:
    live = next(
        (
            found
            for found in (*observed.children, *observed.orphans)
            if reference(found) == ("ConfigMap", naming.live_name(name))
        ),
        None,
    )
    content = ((live or {}).get("data") or {}).get(SCORER_FILE, "")
    try:
        return ScorerFile.decode(content.encode())
    except (msgspec.MsgspecError, RecursionError):
        return ScorerFile()


def _revision(block: ScorerBlock | None) -> str:
    """Return the revision; empty if there is none: a person may have written numbers that cannot be hashed."""
    try:
        return block.revision if block is not None else ""
    except ValueError:
        return ""


def facts(
    pipeline: Pipeline | None,
    observed: Observed,
    reports: Sequence[PodReport],
    file: ScorerFile,
) -> Facts:
    """Return what conditions are made of; without a pipeline (its spec cannot be read), what runs is judged."""
    partitions = known_partitions(observed, reports)
    deployment = child(observed, "Deployment")
    if pipeline is None:
        replicas = deployment["spec"]["replicas"] if deployment else 0
        revision = ""
    else:
        replicas, revision = pipeline.spec.replicas, pipeline.block.revision
    return Facts(
        replicas=replicas,
        wanted=pods_wanted(replicas, partitions),
        partitions=partitions,
        reports=tuple(reports),
        revisions=revisions.judge(revision, file, reports),
        rollout=rollout(deployment, observed.pods),
    )


def identity(pipeline: Pipeline | None, observed: Observed, workers: WorkerDefaults) -> Identity:
    """Return what status says of the pipeline itself; what cannot be read now stays as it was."""
    former = former_status(observed)
    if pipeline is None:
        meta = observed.pipeline["metadata"] if observed.pipeline else {}
        return Identity(
            generation=meta.get("generation", 0),
            selector=naming.selector_text(meta.get("name", "")),
            image=former.get("image", ""),
            group=(former.get("input") or {}).get("group", ""),
        )
    return Identity(
        generation=pipeline.generation,
        selector=naming.selector_text(pipeline.name),
        image=_image(former, workers),
        group=pipeline.group(workers.cluster_id),
    )


def former_status(observed: Observed) -> Manifest:
    """Return the status so far; empty at first."""
    return (observed.pipeline or {}).get("status") or {}


def child(observed: Observed, kind: str, name: str | None = None) -> Manifest | None:
    """Return the observed child of that kind, and name if given."""
    return next(
        (
            manifest
            for manifest in observed.children
            if manifest["kind"] == kind and (name is None or manifest["metadata"]["name"] == name)
        ),
        None,
    )


def is_rolled_out(observed: Observed) -> bool:
    """Tell whether no pod of a former template runs: what only those mounted may go."""
    deployment = child(observed, "Deployment")
    return deployment is not None and rollout(deployment, observed.pods).complete


def _keeping_group(pipeline: Pipeline, former: Manifest) -> Pipeline:
    """Return the pipeline with the group that it was given by default: its offsets outlive another clusterId.

    A group that a person named and takes back is not kept: it does not end like a default one.
    """
    group: str = (former.get("input") or {}).get("group", "")
    if pipeline.spec.input.group or not f".{group}".endswith(f".{pipeline.namespace}.{pipeline.name}"):
        return pipeline
    kept = msgspec.structs.replace(pipeline.spec.input, group=group)
    return msgspec.structs.replace(pipeline, spec=msgspec.structs.replace(pipeline.spec, input=kept))


def _image(former: Manifest, workers: WorkerDefaults) -> str:
    """Return the workers' image: the one that has scored stays, whatever the operator is told later."""
    has_scored = (former.get("revision") or {}).get("serving")
    kept: str = former.get("image", "") if has_scored else ""
    return kept or workers.image
