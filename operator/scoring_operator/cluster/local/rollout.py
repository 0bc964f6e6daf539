"""Which pods to start and to stop, as a Deployment would: one more than wanted at most, never fewer ready ones."""

from collections.abc import Sequence
from typing import NamedTuple

SURGE = 1
"""Pods more than wanted while a changed template rolls out."""


class Member(NamedTuple):
    """One pod that is not terminating; oldest first in every sequence."""

    name: str
    is_current: bool
    """Whether it was made from the present template."""
    is_ready: bool


class Steps(NamedTuple):
    """What to do now; the next change of any pod asks again."""

    start: int
    stop: tuple[str, ...]


def next_steps(members: Sequence[Member], replicas: int) -> Steps:
    """Return how many pods to start from the present template, and the names of those to stop."""
    current = [member for member in members if member.is_current]
    old = [member for member in members if not member.is_current]
    room = replicas + (SURGE if old else 0) - len(members)
    start = max(0, min(replicas - len(current), room))
    return Steps(start, (*_dispensable(old, members, replicas), *_excess(current, replicas)))


def replacing_steps(members: Sequence[Member], replicas: int, *, former_are_ending: bool) -> Steps:
    """Return the same for strategy Recreate: nothing starts before the last pod of a former template has ended."""
    former = tuple(member.name for member in members if not member.is_current)
    return Steps(0, former) if former or former_are_ending else next_steps(members, replicas)


def _dispensable(old: Sequence[Member], members: Sequence[Member], replicas: int) -> list[str]:
    """Return old pods that nobody misses: those that are not ready, and ready ones beyond what is wanted."""
    spare = max(0, sum(member.is_ready for member in members) - replicas)
    ready = [member.name for member in old if member.is_ready]
    return [member.name for member in old if not member.is_ready] + ready[:spare]


def _excess(current: Sequence[Member], replicas: int) -> list[str]:
    """Return pods beyond the wanted number: first those that are not ready, then the youngest."""
    by_worth = sorted(current, key=lambda member: not member.is_ready)
    return [member.name for member in by_worth[replicas:]]
