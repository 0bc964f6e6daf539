"""Pure: what was observed → what is decided. The children follow from the decisions (`desired.children`)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from scoring_operator import candidates, lanes, replacing, revisions
from scoring_operator.conditions import Facts
from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import configmaps, naming
from scoring_operator.desired.children import Decisions
from scoring_operator.desired.deployment import pods_wanted
from scoring_operator.facts import Manifest, Observed, PodReport
from scoring_operator.image import image, kept
from scoring_operator.scaling import Decision, Situation
from scoring_operator.scaling.foreign import other_autoscaler
from scoring_operator.status import Identity, rollout
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.scorer_file import ScorerFile

MEASURED: Final = ("Advise", "Auto")
"""Modes of autoscaling in which the load decides."""
WRITING: Final = ("PerPartition", "Auto")
"""Modes of autoscaling in which the operator writes `spec.replicas`."""


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
    try:
        _ = pipeline.candidate and pipeline.candidate.scorer.revision
    except ValueError as error:
        raise InvalidPipeline("spec.candidate.scorer", str(error)) from error
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
    former = observed.former_status
    return Decisions(
        file=revisions.next_file(
            current,
            pipeline.block,
            reports,
            candidate=pipeline.candidate,
            started=bool(former.get("firstCommitTime")),
            resume=pipeline.resume,
        ),
        replicas=_pods(pipeline, known_partitions(observed, reports)),
        image=image(pipeline, former, workers),
        replaces=replacing.replaces(configmaps.startup_config_map(pipeline, workers), observed),
    )


def known_partitions(observed: Observed, reports: Sequence[PodReport]) -> int | None:
    """Return the partitions of the input topic, as pods say or once said; the topic never changes."""
    said = lanes.partitions(reports)
    former: int | None = observed.former_status.get("partitions")
    return former if said is None else said


def situation(pipeline: Pipeline, manifest: Manifest, observed: Observed, reports: Sequence[PodReport]) -> Situation:
    """Return what is known of a pipeline to whoever decides on its replicas.

    Args:
        pipeline: As understood.
        manifest: What it was understood from.
        observed: What is there.
        reports: What the pods say.
    """
    return Situation(
        asked=pipeline.spec.autoscaling,
        replicas=pipeline.spec.replicas,
        partitions=known_partitions(observed, reports),
        reports=tuple(reports),
        suspended=pipeline.spec.suspend,
        rolled_out=is_rolled_out(observed),
        other=other_autoscaler(manifest),
    )


def replicas_to_write(pipeline: Pipeline | None, decision: Decision | None) -> int | None:
    """Return what is to be written to `spec.replicas`; None if nothing is: who advises writes nothing."""
    if pipeline is None or decision is None or pipeline.spec.autoscaling.mode not in WRITING:
        return None
    return None if decision.desired == pipeline.spec.replicas else decision.desired


def is_measured(pipeline: Pipeline) -> bool:
    """Tell whether the load of the pods decides on replicas."""
    return pipeline.spec.autoscaling.mode in MEASURED and not pipeline.spec.suspend


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
        wanted=_pods(pipeline, partitions) if pipeline else pods_wanted(replicas, partitions),
        suspended=pipeline is not None and pipeline.spec.suspend,
        partitions=partitions,
        reports=tuple(reports),
        revisions=revisions.judge(
            revision, file, reports, has_cases=pipeline is not None and bool(pipeline.spec.golden_cases)
        ),
        rollout=rollout(deployment, observed.pods),
        candidacy=candidates.judge(pipeline.candidate if pipeline else None, file, reports),
    )


def _pods(pipeline: Pipeline, partitions: int | None) -> int:
    return 0 if pipeline.spec.suspend else pods_wanted(pipeline.spec.replicas, partitions)


def identity(pipeline: Pipeline | None, observed: Observed, workers: WorkerDefaults) -> Identity:
    """Return what status says of the pipeline itself; what cannot be read now stays as it was."""
    former = observed.former_status
    if pipeline is None:
        meta = observed.pipeline["metadata"] if observed.pipeline else {}
        return Identity(
            generation=meta.get("generation", 0),
            selector=naming.selector_text(meta.get("name", "")),
            image=former.get("image", ""),
            upgrade=former.get("upgrade", ""),
            group=(former.get("input") or {}).get("group", ""),
        )
    return Identity(
        generation=pipeline.generation,
        selector=naming.selector_text(pipeline.name),
        image=kept(pipeline, observed, workers),
        upgrade=pipeline.upgrade,
        group=pipeline.group(workers.cluster_id),
    )


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
