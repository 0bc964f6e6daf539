"""What a scorer is: a pure fold over rows, with typed input, parameters and output.

A scorer sees no clock, network, file or environment. Results do not depend on how rows are cut into batches.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import msgspec


class Source(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands in the input."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One decoded record. A struct, because there is one for every record: a named tuple costs five times as much."""

    value: Any
    """An instance of the scorer's `Input`."""
    key: bytes | None
    as_of: float
    """Unix seconds: the moment for which to score. From the record, never from the wall clock."""
    source: Source


class Rejection(msgspec.Struct, frozen=True):
    """This record can never be scored; it becomes one failure record."""

    reason: str
    """From the closed list in `scorers.reasons`."""
    detail: str
    """One sentence for people: what was expected and what came."""
    entity: str | None = None
    """What the record is about (a wallet address), if it could be read."""
    transaction_count: int = 0


class Absorbed(msgspec.Struct, frozen=True):
    """The record did its work without an output (windowed scorers only)."""

    reason: str


class Output(msgspec.Struct, kw_only=True):
    """Base of every scorer's output. The worker stamps the two fields on delivery; they are not part of the score."""

    timestamp: int = 0
    """Unix seconds at completion."""
    processing_time_ms: int = 0
    """Milliseconds from decoding to encoding of the batch that this output was part of."""

    @property
    def duplicates(self) -> int:
        """Parts of the record that came twice and were counted once."""
        return 0

    @property
    def number(self) -> float:
        """The score as a number in the scorer's declared range: what two revisions are compared by."""
        raise NotImplementedError(f"{type(self).__name__} has no number")


class ScoreRange(NamedTuple):
    """Range and direction of a score, declared by every scorer; laws read it."""

    low: float
    high: float
    higher_is: str
    """What a higher score means: `better`, `riskier`, …"""


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """What one feature gave to a score. Those of all features add up to it, to 1e-9 before it is rounded."""

    feature: str
    """Path of the feature in the output: category and name."""
    contribution: float
    """In the unit of the score, after caps and weights."""


Outcome = Output | Rejection | Absorbed
State = Any
"""None for formula and model scorers; a value that `score` never mutates for windowed ones."""


class Scorer(Protocol):
    """A scorer, built from its parameters. Immutable; safe to call from any thread.

    What it raises at a record is a defect, and fails that record alone: see `scorers.raising`.

    `decode`, `as_of` and `key` do not depend on the parameters: a candidate scores what the serving revision decoded.
    """

    name: ClassVar[str]
    """The member of the CRD's union, e.g. `walletReputation`."""
    Input: ClassVar[type[Any]]
    """msgspec type of one record: only the fields that the scorer needs."""
    Parameters: ClassVar[type[Any]]
    """msgspec type of the member's value in the custom resource."""
    Output: ClassVar[type[Any]]
    stateful: ClassVar[bool]
    """Whether `score` folds a state. A call has rows of one partition either way, and that partition's state."""
    range: ScoreRange
    """Of the class, or of a built scorer where it depends on the parameters."""

    def __init__(self, parameters: Any) -> None:
        """Keep `parameters`, an instance of `Parameters`; nothing else happens, so building is cheap."""
        ...

    def decode(self, value: bytes) -> Any | Rejection:
        """Return one record as `Input`, or why it cannot be one. Never raises on any bytes."""
        ...

    def as_of(self, value: Any) -> float | None:
        """Return the moment that the record itself names, in Unix seconds, if it does."""
        ...

    def key(self, value: Any) -> bytes:
        """Return the entity of a record: its output key when the input has none."""
        ...

    def start(self) -> State:
        """Return the state before the first row."""
        ...

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        """Return one outcome per row, in order, and the next state."""
        ...

    def failure(self, rejection: Rejection) -> Any:
        """Return the failure record for a rejection: a msgspec struct with the two fields that the worker stamps."""
        ...


@runtime_checkable
class Windowed(Protocol):
    """What a scorer that folds a state may say of it, so that it is seen and taken over once it is warm."""

    def keys(self, state: State) -> Collection[bytes]:
        """Return the entities that the state knows of; bounded, as the state is."""
        ...

    def warm(self, state: State) -> Collection[bytes]:
        """Return those whose next record, if it comes in order, has a score."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """What a scorer may offer besides: which feature gave how much. A scorer without a state only."""

    def contributions(self, row: Row) -> Sequence[Contribution]:
        """Return what each feature gave to the score of a row, always in the same order; empty if it has no score."""
        ...


@runtime_checkable
class Versioned(Protocol):
    """What a scorer may say besides: what makes its scores, as its outputs have it."""

    model_variant: str
    """A word of the scorer's own."""
    model_version: str


class RequestType(NamedTuple):
    """A request of its own that a scorer answers besides `POST /score`, with the same keys and limits."""

    path: str
    """It begins with `/`, and is asked by POST. None of the listener's own paths."""
    name: str
    """In the listener's description, unique there."""
    summary: str
    """One sentence for people."""
    request: type[Any]
    """msgspec type of the body."""
    answer: type[Any]
    """msgspec type of the answer."""
    reply: Callable[[Any, float], Any]
    """From a request and the moment to answer for, Unix seconds, to an answer. Pure; raises at no request."""
    records: Callable[[Any], int]
    """How many records' worth of scores an answer has."""
    max_bytes: int
    """Of a body: bounds what the reading of one may take in memory."""


@runtime_checkable
class Answering(Protocol):
    """What a scorer may offer besides: requests of its own."""

    def request_types(self) -> Sequence[RequestType]:
        """Return them; the same for all parameters."""
        ...
