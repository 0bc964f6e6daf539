"""The sample manifest, as it is in the repository but for where this run's records go."""

from pathlib import Path
from typing import Final

from demo.stream import Stream
from scoring_operator.cli.manifest import DEFAULT_NAMESPACE, parse
from scoring_operator.facts import Manifest

SAMPLE: Final = Path(__file__).parents[1] / "manifests" / "wallet-reputation.yaml"


def of_this_run(stream: Stream, mark: str) -> Manifest:
    """Return the sample manifest on this stream, with topics and a group of this run."""
    manifest = parse(SAMPLE.read_bytes(), [stream.bootstrap])
    spec = manifest["spec"]
    return {
        **manifest,
        "metadata": {"namespace": DEFAULT_NAMESPACE} | manifest["metadata"],
        "spec": {
            **spec,
            "input": {**spec["input"], "topic": f"{spec['input']['topic']}-{mark}", "group": f"demo-{mark}"},
            "output": {name: f"{topic}-{mark}" for name, topic in spec["output"].items()},
        },
    }


def with_weights(manifest: Manifest, weights: dict[str, float]) -> Manifest:
    """Return the manifest with other weights."""
    ((member, parameters),) = manifest["spec"]["scorer"].items()
    return {**manifest, "spec": {**manifest["spec"], "scorer": {member: {**parameters, "weights": weights}}}}
