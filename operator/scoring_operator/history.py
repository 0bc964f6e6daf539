"""Pure: `status.revisions`, the last revisions that served, each with what it takes to propose it again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from scoring_operator.facts import Manifest
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.wire import Wire

KEPT: Final = 10
"""Revisions that are kept: each one once, however often it came back."""
SCORERS_BYTES: Final = 64 * 1024
"""Of JSON that all kept scorers may take together, the newest first: every watch of the resource carries them."""
BY_LENGTH: Final = 128
"""Characters that the API server allows for a field manager."""


class Entry(Wire, frozen=True):
    """One revision that has served."""

    revision: str
    serving_since: str = ""
    """The moment at which it was last seen to serve on every ready pod, after another one had."""
    by: str = ""
    """Field manager that asked for it (`kubectl-edit`, say); empty if it is not known."""
    scorer: dict[str, Any] = {}
    """As in `spec.scorer`; empty if it was too large to be kept."""

    @property
    def block(self) -> ScorerBlock | None:
        """The scorer, unless it was not kept or somebody has changed it since."""
        if len(self.scorer) != 1:
            return None
        ((member, parameters),) = self.scorer.items()
        if not isinstance(parameters, dict):
            return None
        block = ScorerBlock(member=member, parameters=parameters)
        try:
            return block if block.revision == self.revision else None
        except ValueError:
            return None


def entries(status: Manifest) -> list[Entry]:
    """Return what a status tells of former revisions, newest first; nothing if it cannot be read."""
    try:
        return msgspec.convert(status.get("revisions") or [], list[Entry])
    except msgspec.ValidationError:
        return []


def told(former: Manifest, serving: ScorerBlock | None, pipeline: Manifest, now: datetime) -> Manifest:
    """Return the member of status that tells of revisions; empty before the first one has served.

    Args:
        former: The status so far.
        serving: What serves now.
        pipeline: The resource as stored: who has written its scorer.
        now: Wall clock, for a revision that begins to serve.
    """
    known = entries(former)
    if serving is not None and (not known or known[0].revision != serving.revision):
        begun = Entry(
            revision=serving.revision,
            serving_since=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=_asked_by(pipeline, serving)[:BY_LENGTH],
            scorer={serving.member: serving.parameters},
        )
        known = [begun, *(entry for entry in known if entry.revision != serving.revision)]
    return {"revisions": [_shown(entry) for entry in _bounded(known[:KEPT])]} if known else {}


def former_of(status: Manifest, desired: str) -> Entry | None:
    """Return the newest revision that has served and is not `desired`: where a rollback leads."""
    return next((entry for entry in entries(status) if entry.revision != desired), None)


def owns_scorer(entry: Manifest) -> bool:
    """Tell whether an entry of `managedFields` is about somebody who has written a part of `spec.scorer`."""
    return "f:scorer" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})


def _bounded(known: Sequence[Entry]) -> list[Entry]:
    """Return the entries, without the scorers that no longer fit: the newest are kept longest."""
    left, kept = SCORERS_BYTES, []
    for entry in known:
        size = len(msgspec.json.encode(entry.scorer))
        fits = size <= left
        left = left - size if fits else 0
        kept.append(entry if fits else msgspec.structs.replace(entry, scorer={}))
    return kept


def _shown(entry: Entry) -> Manifest:
    return {name: value for name, value in msgspec.to_builtins(entry).items() if value}


def _asked_by(pipeline: Manifest, serving: ScorerBlock) -> str:
    """Return who wrote the scorer last; nobody is known if the spec asks for another one by now."""
    if (pipeline.get("spec") or {}).get("scorer") != {serving.member: serving.parameters}:
        return ""
    writers = [entry for entry in pipeline["metadata"].get("managedFields") or () if owns_scorer(entry)]
    latest: Manifest = max(writers, key=lambda entry: str(entry.get("time", "")), default={})
    return str(latest.get("manager", ""))
