"""What became of a record as key and value of a message: an outcome that cannot be written is a failure instead."""

from typing import Any, NamedTuple

import msgspec

from scoring_service.scorers.base import Output, Rejection, Row, Scorer
from scoring_service.scorers.raising import entity_of, failure_of, key_of, model_error, said
from scoring_service.stream.ports import Record

SCRATCH_BYTES = 2048
"""Room to encode one output in, used again for the next: cheaper than a buffer that grows for each."""

_encode_into = msgspec.json.Encoder().encode_into


class Stamp(NamedTuple):
    """What every output is stamped with."""

    timestamp: int
    """Unix seconds."""
    processing_time_ms: int


class Writing:
    """Writes outputs of one moment, one after the other. Not for two threads at a time."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._room = bytearray(SCRATCH_BYTES)
        self.duplicates = 0
        """Transactions that came twice inside a record that is scored."""

    def write(
        self, scorer: Scorer, record: Record, item: Row | Rejection, outcome: Output | Rejection
    ) -> tuple[bytes | None, bytes, Output | Rejection]:
        """Return key and value of an output, and the outcome: another one if the scorer makes it impossible to write.

        Output key = input key, else the scorer's key of the record, else None.
        """
        key = record.key
        try:
            if key is None and isinstance(item, Row):
                key = key_of(scorer, item.value)
            if isinstance(outcome, Rejection):
                self._encode(failure_of(scorer, outcome))
            else:
                self._encode(outcome)
                self.duplicates += outcome.duplicates
        except BaseException as error:  # noqa: BLE001 - as in `attempt`, which costs a call more
            entity = entity_of(scorer, item.value) if isinstance(item, Row) else None
            outcome = model_error(said(error), entity)
            self._encode(scorer.failure(outcome))
            key = entity if record.key is None else record.key
        return key, bytes(self._room), outcome

    def _encode(self, body: Any) -> None:
        body.timestamp, body.processing_time_ms = self._stamp
        _encode_into(body, self._room)
