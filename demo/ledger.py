"""Pure: what was sent and what came out. Every record sent must come out once, as a score or as a failure."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

import msgspec

from scoring_service.contract.names import HEADER_REVISION, HEADER_SOURCE

LAST: Final = 5
"""Scores that are shown."""


class _Score(msgspec.Struct):
    wallet_address: str
    zscore: str


class _Failure(msgspec.Struct):
    reason: str


@dataclass(frozen=True, slots=True)
class Output:
    """One record of the success or the failure topic."""

    value: bytes
    headers: dict[str, bytes]
    at: float
    """Monotonic seconds at which it was read."""


@dataclass(slots=True)
class Ledger:
    """Who went in and who came out."""

    sent: set[str] = field(default_factory=set)
    """`topic/partition/offset` of every acknowledged input record."""
    outputs: Counter[str] = field(default_factory=Counter)
    """How often each source came out."""
    scores: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """By reason."""
    revisions: Counter[str] = field(default_factory=Counter)
    """Outputs by the revision that made them."""
    last: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=LAST))
    """Wallet, score and revision of the latest scores."""
    first_at: dict[str, float] = field(default_factory=dict)
    """When the first output of each revision was read."""

    def scored(self, output: Output) -> None:
        """Note a record of the success topic."""
        said = msgspec.json.decode(output.value, type=_Score)
        self.scores += 1
        self.last.append((said.wallet_address, said.zscore, self._note(output)))

    def failed(self, output: Output) -> None:
        """Note a record of the failure topic."""
        self._note(output)
        self.failures[msgspec.json.decode(output.value, type=_Failure).reason] += 1

    @property
    def lost(self) -> int:
        """Records that went in and have not come out."""
        return len(self.sent - self.outputs.keys())

    @property
    def duplicates(self) -> int:
        """Records that came out more often than once, counted without the first time."""
        return self.outputs.total() - len(self.outputs)

    @property
    def foreign(self) -> int:
        """Records that came out without having been sent."""
        return len(self.outputs.keys() - self.sent)

    def _note(self, output: Output) -> str:
        revision = output.headers[HEADER_REVISION].decode()
        self.outputs[output.headers[HEADER_SOURCE].decode()] += 1
        self.revisions[revision] += 1
        self.first_at.setdefault(revision, output.at)
        return revision


@dataclass(slots=True)
class Outcome:
    """What there is to tell in the end."""

    ledger: Ledger = field(default_factory=Ledger)
    before: str = ""
    after: str = ""
    live_after_s: float = float("nan")
    """From the change of the weight until every pod said that it serves it."""
    first_after_s: float = float("nan")
    """From the change until the first score made by it was read."""

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or made up, and the change took."""
        ledger = self.ledger
        went_live = ledger.revisions[self.before] > 0 and ledger.revisions[self.after] > 0
        is_exact = not (ledger.lost or ledger.duplicates or ledger.foreign)
        return bool(ledger.sent) and is_exact and went_live
