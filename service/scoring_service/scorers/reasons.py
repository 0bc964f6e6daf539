"""Why a record has no score: the closed lists that failure records, metrics and alerts use."""

from enum import StrEnum


class Reason(StrEnum):
    """One sentence each; a scorer may use a part of the list, never more than the list."""

    DEPTH = "depth"
    """The record nests deeper than the decoder follows."""
    JSON_SYNTAX = "json_syntax"
    """The bytes are not JSON in UTF-8."""
    MODEL_ERROR = "model_error"
    """The scorer raises at the record, or makes of it what cannot be written: a defect of the scorer."""
    NAN_OR_INF = "nan_or_inf"
    """A number that the scorer uses, or a sum of such, is not finite."""
    NO_VALID_TRANSACTIONS = "no_valid_transactions"
    """The record has no transaction that could be scored."""
    OVERSIZE = "oversize"
    """The value is larger than the worker reads, or the output larger than its topic takes."""
    SCHEMA = "schema"
    """A field that the scorer needs is missing, of the wrong type or out of range."""
    TIMESTAMP = "timestamp"
    """A moment is missing or unreadable: of the record, or of all its transactions."""
    TOMBSTONE = "tombstone"
    """The record has no value."""
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"
    """The record has transactions, but none of a protocol type that the scorer knows."""


class AbsorbedReason(StrEnum):
    """Why a record has no output though nothing is wrong with it (windowed scorers only)."""

    LATE = "late"
    """It is older than the newest record of its key, and what was said since then stands."""
    OUT_OF_WINDOW = "out_of_window"
    """It is so much older that no window of now could have had it."""
    WARMING = "warming"
    """The window of its key is not full yet."""
