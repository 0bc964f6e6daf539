"""Pure: which image a pipeline's workers run: the one that they have, until somebody asks for another.

So the upgrade of a chart, which brings another default, restarts no worker.
"""

from scoring_operator.config import WorkerDefaults
from scoring_operator.facts import Manifest
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


def _has_scored(former: Manifest) -> bool:
    """Tell whether a revision has ever served, even if what serves now is lost with the live ConfigMap."""
    return bool((former.get("revision") or {}).get("serving") or former.get("revisions"))


def _is_asked_for(pipeline: Pipeline, former: Manifest) -> bool:
    """Tell whether somebody has asked for an upgrade that status does not say was done."""
    return pipeline.upgrade not in ("", former.get("upgrade", ""))
