"""Pure: what becomes of a request to the API server, and of what a watch shows, while rules of faults hold.

A rule says on what it works (`on`), what it does, to which share of it and how often. The first one that holds counts.
Chance is drawn from a seed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final, NamedTuple

Event = dict[str, Any]
"""One event of a watch: `type` and `object`."""

GONE: Final = 410


class Call(NamedTuple):
    """One request."""

    verb: str
    path: str
    query: Mapping[str, str] = {}

    @property
    def resource(self) -> str:
        """What it is about, as `pods` or `scoringpipelines/status`."""
        _, root, *parts = self.path.split("/")
        parts = parts[2 if root == "apis" else 1 :]
        if parts[:1] == ["namespaces"] and len(parts) > 2:
            parts = parts[2:]
        return "/".join([*parts[:1], *parts[2:]])

    @property
    def watches(self) -> bool:
        """Whether it is a watch."""
        return self.query.get("watch") in ("true", "1")

    @property
    def lists(self) -> bool:
        """Whether it asks for the first or a further page of a list."""
        return self.verb == "GET" and "limit" in self.query and not self.watches

    @property
    def writes(self) -> bool:
        """Whether it changes anything, the Lease apart."""
        return self.verb != "GET" and self.resource not in ("leases", "events")


class Do(StrEnum):
    """What is done to a request, or to a watch that is under way."""

    ANSWER = "answer with an error"
    HANG = "hang"
    RESET = "reset the connection"
    STALE = "answer with the list of before"
    FORGET = "let it through and lose the answer"


class OfEvents(StrEnum):
    """What is done to the events of a watch."""

    DROP = "drop"
    DOUBLE = "show twice"
    SWAP = "show in another order"
    STALL = "show no more, without a word"


Where = Callable[[Call], bool]


def anything(_: Call) -> bool:
    """Take every request."""
    return True


def watches(call: Call) -> bool:
    """Take watches."""
    return call.watches


def lists(call: Call) -> bool:
    """Take lists."""
    return call.lists


def writes(call: Call) -> bool:
    """Take writes, but for those of Leases and Events."""
    return call.writes


@dataclass
class Rule:
    """One fault of requests."""

    do: Do
    on: Where = anything
    status: int = 503
    """Of the answer."""
    retry_after_s: int = 0
    """What the answer asks for; 0: nothing."""
    lasts_s: float = 30.0
    """For how long it hangs."""
    share: float = 1.0
    times: float = float("inf")
    """How often it still works."""


@dataclass
class EventRule:
    """One fault of the events of watches."""

    do: OfEvents
    on: Where = anything
    types: tuple[str, ...] = ("ADDED", "MODIFIED", "DELETED")
    share: float = 1.0


class Faults:
    """The rules that hold now. Whoever hurts changes the two lists, or calls `heal`."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Rule] = []
        self.events: list[EventRule] = []
        self._random = Random(seed)

    def heal(self) -> None:
        """Let no rule hold any more."""
        self.rules.clear()
        self.events.clear()

    def of(self, call: Call) -> Rule | None:
        """Return the rule that a request falls under; None if it is let through."""
        for rule in self.rules:
            if rule.times > 0 and rule.on(call) and self._random.random() < rule.share:
                rule.times -= 1
                return rule
        return None

    def of_event(self, call: Call, event: Event) -> OfEvents | None:
        """Return what is done to an event of the watch that `call` has begun."""
        for rule in self.events:
            if rule.on(call) and event["type"] in rule.types and self._random.random() < rule.share:
                return rule.do
        return None


class Stream:
    """The events of one watch, as its client sees them."""

    def __init__(self, call: Call, faults: Faults) -> None:
        self._call, self._faults = call, faults
        self._held: list[Event] = []
        self._is_stalled = False

    def passed(self, event: Event) -> list[Event]:
        """Return what is shown now that the server shows `event`; an event that is swapped waits for the next."""
        do = self._faults.of_event(self._call, event)
        self._is_stalled = self._is_stalled or do is OfEvents.STALL
        if self._is_stalled or do is OfEvents.DROP:
            return []
        if do is OfEvents.SWAP and not self._held:
            self._held = [event]
            return []
        shown, self._held = [event, *self._held], []
        return shown * 2 if do is OfEvents.DOUBLE else shown


def refusal(status: int, message: str = "a fault that was put in") -> dict[str, Any]:
    """Return the `Status` that an API server answers a request with that it refuses, or ends a watch with."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": {GONE: "Expired", 429: "TooManyRequests", 500: "InternalError"}.get(status, "ServiceUnavailable"),
        "code": status,
    }


def error_event(status: int) -> Event:
    """Return the event by which a watch tells that it ends."""
    return {"type": "ERROR", "object": refusal(status)}


def written(calls: Iterable[Call]) -> list[str]:
    """Return those that write, in words."""
    return [f"{call.verb} {call.resource}" for call in calls if call.writes]
