"""What a change of a field does: as its description in the definition says it."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from scoring_operator.api import crd


class Effect(StrEnum):
    """What a change of a field does to the pods."""

    LIVE = "live"
    """It is on every pod within seconds, or adds and removes pods; none restarts for it."""
    ROLLS = "rolls"
    """Every pod is replaced."""
    IMMUTABLE = "immutable"
    """It is refused."""


_WORDS: Final = {
    Effect.LIVE: re.compile(r"\bA change is live\b"),
    Effect.ROLLS: re.compile(r"\bA change rolls the pods\b"),
    Effect.IMMUTABLE: re.compile(r"\bImmutable\b"),
}
"""A test of the definition asks each description of the spec for exactly one of these."""


def effect_of(path: Sequence[str]) -> Effect | None:
    """Return what a change of the field at `path` does, such as `("spec", "replicas")`; None outside of the spec.

    Of what is inside a field that the definition does not know in detail, it is that of the field.
    """
    schema, found = crd.schema(), None
    for name in path:
        fields = schema.get("properties") or {}
        if name not in fields:
            break
        schema = fields[name]
        found = said(schema) or found
    return found


def said(schema: crd.Schema) -> Effect | None:
    """Return the effect that a field's description tells; None if it tells none."""
    words = " ".join(schema.get("description", "").split())
    return next((effect for effect, pattern in _WORDS.items() if pattern.search(words)), None)
