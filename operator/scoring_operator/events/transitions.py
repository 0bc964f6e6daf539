"""Pure: former and present status → Events. A status that stays says nothing, so a new operator repeats nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from scoring_operator.conditions import AT_REST, Condition
from scoring_operator.events.event import Event, Told, normal, warning
from scoring_operator.facts import Manifest

UNTOLD: Final = (Condition.RECONCILING,)
"""Conditions whose transitions are no news: others say why, and when it is over."""
BAD: Final = (Condition.ACCEPTED, Condition.AVAILABLE, Condition.KAFKA_REACHABLE, Condition.WEIGHTS_VERIFIED)
"""Conditions that are wrong when they are False."""
WARN_AFTER: Final = timedelta(days=5)
FORGOTTEN_AFTER: Final = timedelta(days=7)
"""Brokers forget the offsets of a group so long after its last member left, unless they were told otherwise."""


def between(former: Manifest, told: Manifest) -> list[Event]:
    """Return what has changed from one status to the next: one Event for each reason, whatever it concerns."""
    known = {condition["type"]: condition for condition in former.get("conditions") or ()}
    changed = [condition for condition in told["conditions"] if _is_news(known.get(condition["type"]), condition)]
    reasons = dict.fromkeys(condition["reason"] for condition in changed)
    events = [_event([condition for condition in changed if condition["reason"] == reason]) for reason in reasons]
    return [*events, *_revision(former, told)]


def expiring(told: Manifest, now: datetime) -> tuple[int, Event | None]:
    """Return for how many whole days no pod has run, and the warning that is due while that is five to seven.

    Args:
        told: The present status.
        now: Wall clock.
    """
    since = _moment(told.get("idleSince", ""))
    if since is None or "firstCommitTime" not in told:
        return 0, None
    idle = now - since
    if not WARN_AFTER <= idle < FORGOTTEN_AFTER + timedelta(days=1):
        return idle.days, None
    group = told["input"].get("group", "")
    end = (since + FORGOTTEN_AFTER).strftime("%Y-%m-%dT%H:%MZ")
    note = (
        f"no pod has run for {idle.days} days: brokers forget the offsets of group {group} after 7 days without a "
        f"member (offsets.retention.minutes), here from {end} on; let a pod run for a minute to keep them"
    )
    return idle.days, warning(Told.OFFSETS_EXPIRE, note)


def _is_news(before: Manifest | None, now: Manifest) -> bool:
    if now["type"] in UNTOLD:
        return False
    if before is None:
        return _is_stalled(now)  # that a new pipeline is not ready yet is no news
    if now["type"] == Condition.WEIGHTS_VERIFIED:
        return bool(now["status"] == "False" != before["status"])  # what is tried, and then serves, is told otherwise
    return bool(before["status"] != now["status"] or (_is_stalled(now) and before["reason"] != now["reason"]))


def _event(conditions: list[Manifest]) -> Event:
    named = ", ".join(f"{condition['type']} is {condition['status']}" for condition in conditions)
    make = warning if any(_is_alarm(condition) for condition in conditions) else normal
    return make(conditions[0]["reason"], f"{named}: {conditions[0]['message']}")


def _is_alarm(condition: Manifest) -> bool:
    if _is_stalled(condition):
        return True
    is_wrong = condition["status"] == "False" or (
        condition["type"] == Condition.AVAILABLE and condition["status"] == "Unknown"
    )
    return condition["type"] in BAD and is_wrong and condition["reason"] not in AT_REST


def _is_stalled(condition: Manifest) -> bool:
    return bool(condition["type"] == Condition.STALLED and condition["status"] == "True")


def _revision(former: Manifest, told: Manifest) -> Iterable[Event]:
    before, now = ((status.get("revision") or {}).get("serving", "") for status in (former, told))
    if now and now != before:
        yield normal(Told.REVISION_SERVING, f"revision {now} serves on every ready pod; before it {before or 'none'}")


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
