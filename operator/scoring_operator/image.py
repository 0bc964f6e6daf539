"""Pure: which image a pipeline's workers run: the one that they have, until somebody asks for another.

So the upgrade of a chart, which brings another default, restarts no worker.
"""

from scoring_operator.config import WorkerDefaults
from scoring_operator.facts import Manifest, Observed
from scoring_service.contract.pipeline import Pipeline


def image(pipeline: Pipeline, former: Manifest, workers: WorkerDefaults) -> str:
    """Return the image of the worker's container.

    Args:
        pipeline: What it names in `spec.pod.image` counts before anything else.
        former: The status so far.
        workers: The operator's default: for a pipeline that has not scored yet, one that asks for an upgrade, and all
            if upgrades are automatic.
    """
    if pipeline.spec.pod.image:
        return pipeline.spec.pod.image
    if workers.upgrade_policy == "Automatic" or not _has_scored(former) or _is_asked_for(pipeline, former):
        return workers.image
    kept: str = former.get("image", "")
    return kept or workers.image


def kept(pipeline: Pipeline, observed: Observed, workers: WorkerDefaults) -> str:
    """Return what counts, in the status, once the spec names no image: one that it names once a pod is ready with it.

    So a spec that named one which is nowhere to be pulled can be taken back.
    """
    former = observed.former_status
    present = image(pipeline, former, workers)
    if not pipeline.spec.pod.image or _runs(observed, present):
        return present
    return former.get("image") or present


def _runs(observed: Observed, wanted: str) -> bool:
    """Tell whether a pod of that image is ready."""
    templates = [child["spec"]["template"]["spec"] for child in observed.children if child["kind"] == "Deployment"]
    is_present = any(template["containers"][0]["image"] == wanted for template in templates)
    return is_present and any(pod.ready and not pod.is_former and not pod.terminating for pod in observed.pods)


def _has_scored(former: Manifest) -> bool:
    """Tell whether a revision has ever served, even if what serves now is lost with the live ConfigMap."""
    return bool((former.get("revision") or {}).get("serving") or former.get("revisions"))


def _is_asked_for(pipeline: Pipeline, former: Manifest) -> bool:
    """Tell whether somebody has asked for an upgrade that status does not say was done."""
    return pipeline.upgrade not in ("", former.get("upgrade", ""))
