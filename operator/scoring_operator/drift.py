"""Whether a child must be written: not if it is what we last applied and nobody has touched it since.

A wrong guess costs one write that changes nothing, never a missed repair.
"""

import hashlib
from typing import NamedTuple

import msgspec

from scoring_operator.facts import Manifest


class Applied(NamedTuple):
    """What we wrote for one child, and what the cluster made of it."""

    desired: str
    stored: tuple[object, ...]


def applied(desired: Manifest, stored: Manifest) -> Applied:
    """Return what to remember of a write: `desired` was sent, `stored` came back."""
    return Applied(_digest(desired), _identity(stored))


def is_current(desired: Manifest, observed: Manifest | None, last: Applied | None) -> bool:
    """Tell whether writing `desired` would change nothing, given what is observed and what was last written."""
    return observed is not None and last == Applied(_digest(desired), _identity(observed))


def is_touched(desired: Manifest, seen: Manifest | None, stored: Manifest, last: Applied | None) -> bool:
    """Tell whether a write has put back what somebody else had changed.

    Args:
        desired: What was sent.
        seen: The child before; None: it had been deleted.
        stored: The child after.
        last: What was remembered of the write before; without it nobody can tell.
    """
    if last is None or last.desired != _digest(desired):
        return False
    return seen is None or seen["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]


def _identity(manifest: Manifest) -> tuple[object, ...]:
    """Return what changes whenever a part that we own may have changed.

    Kinds with a generation change it with their spec and not with their status; the others have only
    their resourceVersion.
    """
    meta = manifest["metadata"]
    version = meta.get("generation") or meta.get("resourceVersion")
    return meta["uid"], version, _digest([meta.get("labels"), meta.get("ownerReferences")])


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
