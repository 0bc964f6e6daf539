"""What a run is judged by: every record that went in with what must become of it, and everything that came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

AT_LEAST_ONCE: Final = "AtLeastOnce"
EXACTLY_ONCE: Final = "ExactlyOnce"
SEQ: Final = "seq"
"""Header of an input record: its number in the generator's list."""
SOURCE: Final = "scoring-source"
REVISION: Final = "scoring-revision"
REASON: Final = "scoring-reason"


class Expected(NamedTuple):
    """What must become of one record: a score made of `parts`, a failure, or no output at all."""

    parts: tuple[float, ...] = ()
    """The score is the sum of these, each times its weight of the revision."""
    reason: str = ""
    """Of the failure; empty for a score."""
    is_absorbed: bool = False

    @property
    def is_scored(self) -> bool:
        """Whether it must come out as a score."""
        return not self.reason and not self.is_absorbed


class Read(NamedTuple):
    """One record of any topic, as it was read."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """Return a header as text; empty if it is not there."""
        return next((value.decode(errors="replace") for key, value in self.headers if key == name), "")


class Commit(NamedTuple):
    """One offset that became the group's, as the brokers logged it."""

    partition: int
    offset: int
    at_ms: int


class Tally(NamedTuple):
    """What one worker said that it had done, the last time that it was asked while nothing was on its way."""

    worker: str
    consumed: int
    scored: int
    rejected: int
    absorbed: int
    in_flight: int
    abandoned: int
    is_final: bool = False
    """Whether it did nothing afterwards."""


class Sample(NamedTuple):
    """What one worker used at one moment."""

    worker: str
    rss_bytes: int
    descriptors: int
    threads: int


class Limits(NamedTuple):
    """What one worker may use."""

    rss_bytes: int = 320 * 1024 * 1024
    descriptors: int = 128
    threads: int = 40


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that is known of one run after it is over."""

    topic: str
    guarantee: str
    expected: Mapping[int, Expected]
    """By `seq`."""
    revisions: Mapping[str, tuple[float, ...]]
    """Weights by revision; an output of any other revision is a violation."""
    inputs: Sequence[Read]
    successes: Sequence[Read]
    failures: Sequence[Read]
    dead_letters: Sequence[Read] | None = None
    """None if the pipeline has no topic for them."""
    starts: Mapping[int, int] = field(default_factory=dict)
    """Per partition, the first offset that has to come out; 0 if it is not told."""
    ends: Mapping[int, int] = field(default_factory=dict)
    """Per partition, the end of its log."""
    commits: Sequence[Commit] = ()
    """In the order in which they were made."""
    may_go_back: bool = False
    """Whether somebody reset the group's offsets."""
    is_calm: bool = False
    """Whether nothing happened that could double a record, not even under at-least-once."""
    tallies: Sequence[Tally] = ()
    samples: Sequence[Sample] = ()
    limits: Limits = field(default_factory=Limits)
    said: Mapping[str, bytes] = field(default_factory=dict)
    """Logs, metrics and status of every worker, by a name for people."""
    secrets: Sequence[bytes] = ()
    """What must stand in none of them."""


class Violation(NamedTuple):
    """One broken promise."""

    invariant: str
    text: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.text}"
