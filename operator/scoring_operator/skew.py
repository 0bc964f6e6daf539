"""Pure: what an operator makes of a definition that is not its own: a newer one, or an older one.

The definition is changed before the operator on the way up, and may be changed back after it. A newer one lets through,
or fills in by default, fields that this operator does not know: it says so (`UnknownFields`) and does all the rest. To
an older one the status is written without what it does not know: that is remembered instead, or it would be written
again at every look.
"""

from typing import Final, NamedTuple

from scoring_operator.api import crd, structure
from scoring_operator.facts import Manifest

WHOLE: Final = ("spec.scorer", "spec.goldenCases", "spec.candidate.scorer", "spec.candidate.goldenCases")
"""What is not for the operator to understand: workers refuse a scorer with a parameter that they do not know."""


class Told(NamedTuple):
    """A status as it was written, and what the API server has made of it."""

    sent: Manifest
    stored: Manifest


def known(pipeline: Manifest) -> tuple[Manifest, tuple[str, ...]]:
    """Return a pipeline without the fields of its spec that this operator does not know, and their paths."""
    spec, schema = {"spec": pipeline.get("spec")}, crd.schema()
    paths = (path for path in structure.unknown_fields(spec, schema) if not _is_within(path))
    if found := tuple(paths):
        return {**pipeline, **structure.pruned(spec, schema, WHOLE)}, found
    return pipeline, ()


def _is_within(path: str) -> bool:
    """Tell whether a path leads into what is kept whole."""
    return path.startswith(tuple(f"{whole}{end}" for whole in WHOLE for end in ".["))


def as_told(pipeline: Manifest, told: Told | None) -> Manifest:
    """Return a pipeline with the status that was written, if the stored one is what came of that."""
    if told is None or told.sent == told.stored or pipeline.get("status") != told.stored:
        return pipeline
    return {**pipeline, "status": told.sent}
