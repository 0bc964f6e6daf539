"""Two files, two lives: `startup.json` is immutable and named by its hash, `scorer.json` is swapped live."""

import msgspec

from scoring_operator.config import WorkerDefaults
from scoring_operator.desired import naming
from scoring_operator.facts import Manifest
from scoring_service.contract.names import SCORER_FILE, STARTUP_FILE
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup


def startup(pipeline: Pipeline, workers: WorkerDefaults) -> Startup:
    """Return what the pipeline's workers start from."""
    said = pipeline.startup(workers.cluster_id)
    api = said.api and msgspec.structs.replace(said.api, host=workers.ops_host, port=workers.api_port)
    return msgspec.structs.replace(said, ops_host=workers.ops_host, ops_port=workers.ops_port, api=api)


def startup_config_map(pipeline: Pipeline, workers: WorkerDefaults) -> Manifest:
    """Return the start-up ConfigMap. Other content has another name: old pods keep reading theirs."""
    content = startup(pipeline, workers).encode()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": naming.metadata(pipeline, naming.startup_name(pipeline, digest_of(content))),
        "immutable": True,
        "data": {STARTUP_FILE: content.decode()},
    }


def live_config_map(pipeline: Pipeline, file: ScorerFile) -> Manifest:
    """Return the live ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": naming.metadata(pipeline, naming.live_name(pipeline.name)),
        "data": {SCORER_FILE: file.encode().decode()},
    }
