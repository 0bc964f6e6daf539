"""What every peer shares: the start-up file on stdin, and our scoring core with our headers on its outputs."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scoring_service.codec import BatchScorer, ScoredBatch, Signature
from scoring_service.contract.names import ENV_LIVE_DIRECTORY, SCORER_FILE
from scoring_service.contract.scorer_file import ScorerFile
from scoring_service.contract.startup import Startup
from scoring_service.scorers import registry
from scoring_service.stream.ports import Message, Record

BATCH_RECORDS = 500
"""What the worker scores at a time as well."""


class Taken(msgspec.Struct, gc=False):
    """A record, for clients whose own has methods in place of fields."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None


class Core:
    """Scores batches of one partition with the revision that the worker would serve."""

    def __init__(self, startup: Startup) -> None:
        block = ScorerFile.decode(Path(os.environ[ENV_LIVE_DIRECTORY], SCORER_FILE).read_bytes()).serving
        signature = Signature(f"{startup.namespace}/{startup.pipeline}", block.revision, "bench")
        self._batches = BatchScorer(registry.build(block), signature)
        self._topic = startup.input.topic
        self._outputs = startup.output

    def score(self, records: Sequence[Record], partition: int) -> ScoredBatch:
        """Return the outputs of neighbouring records of one partition."""
        return self._batches.score_batch(records, self._topic, partition, None)

    def addressed(self, records: Sequence[Record], partition: int) -> list[tuple[str, Message]]:
        """Return the outputs with their topics."""
        scored = self.score(records, partition)
        success, failure = self._outputs.success_topic, self._outputs.failure_topic
        return [*((success, m) for m in scored.success), *((failure, m) for m in scored.failures)]


def startup() -> Startup:
    """Read the start-up file from stdin."""
    return Startup.decode(sys.stdin.buffer.read())
