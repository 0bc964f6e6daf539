"""Pure: the objects of one pipeline, as an API server has them → what is observed of it."""

from collections.abc import Sequence

from scoring_operator.cluster.kube.kinds import PIPELINE, POD, REPLICA_SET
from scoring_operator.cluster.kube.pods import mounted_config_maps, pods_of
from scoring_operator.desired import naming
from scoring_operator.facts import Key, Manifest, Observed


def observed(key: Key, found: Sequence[Manifest]) -> Observed:
    """Return what is observed of a pipeline, given every object that is it, belongs to it or runs for it."""
    pipeline = next((manifest for manifest in found if manifest["kind"] == PIPELINE.name), None)
    uid = pipeline["metadata"]["uid"] if pipeline else ""
    runs = [manifest for manifest in found if manifest["kind"] in (POD.name, REPLICA_SET.name)]
    return Observed(
        pipeline=pipeline,
        children=tuple(manifest for manifest in found if naming.owner(manifest) == (key, uid)),
        orphans=tuple(manifest for manifest in found if naming.is_orphan(manifest, key)),
        pods=tuple(pods_of(found)),
        startups=frozenset(name for manifest in runs for name in mounted_config_maps(manifest)),
    )
