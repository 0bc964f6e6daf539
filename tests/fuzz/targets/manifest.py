"""A ScoringPipeline from any JSON value: parsed, or refused by the name of the field."""

import re
from typing import Any, Final

import msgspec

from fuzz.finding import require, within
from scoring_service.contract.pipeline import GROUP, KIND, VERSION, InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.startup import Startup

SECONDS: Final = 0.1
SECONDS_PER_BYTE: Final = 100e-6
MAX_MESSAGE: Final = 1000
_is_word: Final = re.compile(r"[!-~]*").fullmatch


def check(data: bytes) -> None:
    """Return if the value is parsed or refused as documented.

    Raises:
        Finding: Something else happens.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    try:
        pipeline = within(SECONDS + SECONDS_PER_BYTE * len(data), lambda: parse_pipeline(_manifest(value)))
    except InvalidPipeline as error:
        require(error.path and str(error).startswith(f"{error.path}: "), f"a refusal names the field (got {error})")
        require("\n" not in str(error), f"a refusal is one line (got {error})")
        require(len(str(error)) <= MAX_MESSAGE, f"a refusal is short (got {len(str(error))} characters)")
        return
    _check_pipeline(pipeline)


def _manifest(value: Any) -> Any:
    """Return the value as a manifest: what is not even an object becomes its spec."""
    if isinstance(value, dict):
        return value
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND, "metadata": {"name": "a"}, "spec": value}


def _check_pipeline(pipeline: Pipeline) -> None:
    startup = pipeline.startup("cluster")
    require(Startup.decode(startup.encode()) == startup, "a pipeline's start-up file reads back")
    spec = pipeline.spec
    for name in (
        pipeline.name,
        startup.input.topic,
        startup.output.success_topic,
        startup.output.failure_topic,
        spec.input.group,
        spec.delivery.max_latency,
        spec.delivery.session_timeout,
        *startup.bootstrap_servers,
    ):
        require(_is_word(name), f"names and durations are without spaces and control characters (got {name!r})")
    require(1 <= startup.delivery.max_latency_ms <= 5_000, "the latency is in its bounds")
    require(6_000 <= startup.delivery.session_timeout_ms <= 300_000, "the session timeout is in its bounds")
    try:
        require(len(pipeline.block.revision) == 12, "the scorer's revision is twelve digits")
    except ValueError:  # documented: a parameter that is not canonical JSON
        return
