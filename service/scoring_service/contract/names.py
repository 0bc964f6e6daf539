"""Names, paths and ports that operator and worker must agree on, each written once."""

from typing import Final

CONTRACT_VERSION: Final = 2
"""Version of `scorer.json`. A worker reads its own version and the one before. 2: its slots have golden
cases, and one more is for a candidate, with cases of its own."""
OLDEST_VERSION: Final = 1
"""Of the workers that this operator still serves."""
STARTUP_VERSION: Final = 1
"""Version of `startup.json`: of its own, because another number in it would roll the pods of every pipeline."""

STARTUP_FILE: Final = "startup.json"
SCORER_FILE: Final = "scorer.json"
STARTUP_DIRECTORY: Final = "/etc/scoring/startup"
SECRETS_DIRECTORY: Final = "/etc/scoring/secrets"
"""One folder for each mounted Secret, of its name; one file for each key."""
LIVE_DIRECTORY: Final = "/etc/scoring/live"
"""Mounted as a directory, never by subPath: only then does the kubelet swap the file in place."""

OPS_PORT: Final = 9090
API_PORT: Final = 8080
LIVEZ_PATH: Final = "/livez"
READYZ_PATH: Final = "/readyz"
METRICS_PATH: Final = "/metrics"
STATUS_PATH: Final = "/status"
STATUS_MAX_BYTES: Final = 64 * 1024
"""`/status` never answers more than this, and the operator never reads more."""

HEADER_PIPELINE: Final = "scoring-pipeline"
"""`namespace/name` of the pipeline that made an output record."""
HEADER_REVISION: Final = "scoring-revision"
HEADER_VERSION: Final = "scoring-version"
"""Version of the worker package."""
HEADER_MODEL: Final = "scoring-model"
"""What made the score, of scorers that may have a model: the beginning of its digest, or the baseline's version."""
HEADER_SOURCE: Final = "scoring-source"
"""`topic/partition/offset` of the input record: consumers deduplicate by it."""
HEADER_AS_OF: Final = "scoring-as-of"
HEADER_REASON: Final = "scoring-reason"
"""On dead letters: why the record was rejected."""
HEADER_ATTEMPT: Final = "scoring-attempt"
"""On records that were sent back from the dead letters: how many times."""

MAX_PIPELINE_NAME: Final = 42
"""Characters; leaves room for the suffixes of children within Kubernetes' 63."""

ENV_STARTUP_DIRECTORY: Final = "SCORING_STARTUP_DIRECTORY"
ENV_LIVE_DIRECTORY: Final = "SCORING_LIVE_DIRECTORY"
ENV_SECRETS_DIRECTORY: Final = "SCORING_SECRETS_DIRECTORY"
ENV_POD_NAME: Final = "POD_NAME"
"""The only environment variables a worker reads: where its files are, and who it is."""

LISTENING_EVENT: Final = "ops listener ready"
"""`event` of the log line (JSON, on stdout) that carries the ops listener's `port` once it accepts connections."""

API_LISTENING_EVENT: Final = "api listener ready"
"""The same of the api listener, of workers that have one."""

RESUME_ANNOTATION: Final = "scoring.dev/resume"
"""Of a ScoringPipeline: another text than before releases lanes that a failure budget holds."""
UPGRADE_ANNOTATION: Final = "scoring.dev/upgrade"
"""Of a ScoringPipeline: another text than before asks for the operator's present image of workers."""
RECONCILE_ANNOTATION: Final = "scoring.dev/reconcile"
"""Of a ScoringPipeline: `paused` keeps the operator's hands off everything but its status."""
CONTROLLER_ANNOTATION: Final = "scoring.dev/controller"
"""Of a ScoringPipeline: the release of the operator that may act on it, `<namespace>/<release>`; absent: the first."""
NUDGE_ANNOTATION: Final = "scoring.dev/config-digest"
"""Patched on a pod after its ConfigMap changed: the kubelet then refreshes the mounted file at once."""
