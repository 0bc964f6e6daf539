"""Every field says what it is, in which unit, by which default, and what a change of it does: in one grammar.

    <what it is>. [Unit: …] [Default … | Empty, the default … | Absent, the default … | No default] <effect>.

`docs/crd.md` is made of it, so what does not keep to it is not said there.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from scoring_operator.api import crd

EFFECTS = (r"\bA change is live\b", r"\bA change rolls the pods\b", r"\bImmutable\b")
"""What a change does: exactly one of these."""
NUMBERS = ("integer", "number")
DURATION = re.compile(r"duration\(self\)")


class Field(NamedTuple):
    path: str
    schema: dict[str, Any]
    is_required: bool

    @property
    def words(self) -> str:
        return " ".join(self.schema.get("description", "").split())


def fields(schema: dict[str, Any], path: str) -> Iterator[Field]:
    """Yield every named field below `path`."""
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        yield Field(here, inner, name in schema.get("required", ()))
        yield from fields(inner, here)
    if "items" in schema:
        yield from fields(schema["items"], f"{path}[]")


SPEC = list(fields(crd.schema()["properties"]["spec"], "spec"))
every_field = pytest.mark.parametrize("field", SPEC, ids=lambda field: field.path)


def is_measured(schema: dict[str, Any]) -> bool:
    """Tell whether a field holds numbers, alone or as a text with its unit."""
    rules = " ".join(rule["rule"] for rule in schema.get("x-kubernetes-validations", ()))
    return schema.get("type") in NUMBERS or bool(DURATION.search(rules))


def is_said(default: Any, words: str) -> bool:
    """Tell whether words name a default, as YAML would write it."""
    if default in ("", []):
        return "Empty, the default" in words
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return bool(re.search(rf"Default {re.escape(shown)}\b|`{re.escape(shown)}`(, the default| \(the default)", words))


@every_field
def test_a_field_of_the_spec_says_what_a_change_does(field):
    assert sum(bool(re.search(effect, field.words)) for effect in EFFECTS) == 1


@every_field
def test_a_field_of_the_spec_says_its_default_or_that_it_has_none(field):
    if isinstance(field.schema.get("default"), dict):
        return  # the fields inside say theirs
    if "default" in field.schema:
        assert is_said(field.schema["default"], field.words)
    elif field.is_required:
        assert "No default." in field.words
    else:
        assert re.search(r"Default none\b|Absent, the default|Empty, the default", field.words)


@every_field
def test_what_is_measured_says_its_unit(field):
    if is_measured(field.schema):
        assert re.search(r"\bUnit: \S", field.words)


@every_field
def test_a_description_is_sentences(field):
    assert re.fullmatch(r"[A-Z`1].*\.", field.words)


def test_everything_in_the_spec_is_a_field_that_is_known_or_is_free_on_purpose():
    """Where the schema keeps what it does not know, strict validation refuses no typo."""
    free = [field.path for field in SPEC if field.schema.get("x-kubernetes-preserve-unknown-fields")]

    assert free == ["spec.scorer.custom.parameters", "spec.candidate.scorer.custom.parameters"]
