"""Whether a child must be written: not if it is what we last applied and nobody has touched it since.

A wrong guess costs one write that changes nothing. An operator that knows nothing yet reads in the child itself what
was applied last (an annotation has its digest), and compares what it wants with what is there: so a new leader, or a
new version that wants the same, writes nothing at all.
"""

import hashlib
from typing import Any, Final, NamedTuple

import msgspec

from scoring_operator.desired.naming import APPLIED_ANNOTATION
from scoring_operator.facts import Manifest

DIGEST_LENGTH: Final = 16


class Applied(NamedTuple):
    """What we wrote for one child, and what the cluster made of it."""

    desired: str
    stored: tuple[object, ...]


def marked(desired: Manifest, controller: str) -> Manifest:
    """Return `desired` with the digest of it as the release `controller` applies it: what all else here is given."""
    meta = desired["metadata"]
    says = {APPLIED_ANNOTATION: _digest([controller, desired])[:DIGEST_LENGTH]}
    return {**desired, "metadata": {**meta, "annotations": {**meta.get("annotations", {}), **says}}}


def applied(desired: Manifest, stored: Manifest) -> Applied:
    """Return what to remember of a write: `desired` was sent, `stored` came back."""
    return Applied(_digest(desired), _identity(stored))


def is_current(desired: Manifest, observed: Manifest, last: Applied | None) -> bool:
    """Tell whether writing `desired` would change nothing, given what is observed and, if known, was last written."""
    if last is None:
        return _says(observed, desired)
    return last == Applied(_digest(desired), _identity(observed))


def is_touched(desired: Manifest, seen: Manifest | None, stored: Manifest, last: Applied | None) -> bool:
    """Tell whether a write has put back what somebody else had changed.

    Args:
        desired: What was sent.
        seen: The child before; None: it had been deleted.
        stored: The child after.
        last: What was remembered of the write before; without it only the mark of a child that is there can tell.
    """
    was_so = last.desired == _digest(desired) if last else seen is not None and mark(seen) == mark(desired)
    return was_so and (seen is None or seen["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"])


def mark(manifest: Manifest) -> str | None:
    """Return the digest that a child bears of what was applied last; None without one."""
    found: str | None = (manifest["metadata"].get("annotations") or {}).get(APPLIED_ANNOTATION)
    return found


def _identity(manifest: Manifest) -> tuple[object, ...]:
    """Return what changes whenever a part that we own may have changed.

    Kinds with a generation change it with their spec and not with their status; the others have only
    their resourceVersion.
    """
    meta = manifest["metadata"]
    version = meta.get("generation") or meta.get("resourceVersion")
    return meta["uid"], version, _digest([meta.get("labels"), meta.get("ownerReferences"), mark(manifest)])


def _says(stored: Any, desired: Any, name: str = "") -> bool:
    """Tell whether `stored` says all that `desired` does.

    What others add to an object is theirs. Selectors, and items of lists that have no name, are one value each to the
    API server, so there nothing may have been added; and lists of ours are never longer.
    """
    if isinstance(desired, dict) and isinstance(stored, dict) and not name.lower().endswith("selector"):
        return all(part in stored and _says(stored[part], value, part) for part, value in desired.items())
    if isinstance(desired, list) and isinstance(stored, list):
        return len(stored) == len(desired) and all(map(_says_item, stored, desired))
    return bool(stored == desired)


def _says_item(stored: Any, desired: Any) -> bool:
    is_named = isinstance(desired, dict) and "name" in desired
    return _says(stored, desired) if is_named else bool(stored == desired)


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
