"""Keeps `docs/crd.md` equal to the definition: `python -m tools.crd_page [--check]`."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from tools import tables
from tools.generated import ROOT, keep

from scoring_operator.api import crd
from scoring_service.contract.pipeline import GROUP, KIND, VERSION

PAGE = ROOT / "docs/crd.md"

INTRODUCTION: Final = f"""\
# The resource: {KIND} of {GROUP}/{VERSION}

<!-- Written by `make generate`; edit `operator/scoring_operator/api/scoringpipelines.yaml` instead. -->

What stands here is what an API server enforces, and what `kubectl explain scoringpipeline.spec` prints. A change of a
field is *live* (on every pod within seconds; none restarts), or it *rolls* the pods (a new one is ready before an old
one goes), or the field is *immutable* (another value is another pipeline). A field that is not known is refused by its
name, with strict field validation, which is kubectl's default. Below each table stand the rules, in the words of a
refusal.
"""

EFFECTS: Final = {"A change is live": "live", "A change rolls the pods": "rolls", "Immutable": "immutable"}
SAID_ELSEWHERE: Final = (
    re.compile(r"\s?Unit: (?P<unit>[^.]+)\."),
    re.compile(r"\s?Default (none|[^\s]+)\.(?=\s|$)"),
    re.compile(r"\s?No default\."),
    re.compile(r"\s?(A change is live|A change rolls the pods|Immutable)\.$"),
)
"""What has a column of its own."""
TYPES: Final = {"string": "text", "object": "object", "array": "list", "boolean": "true or false"}
OF_SPEC: Final = ("field", "type", "unit", "default", "change", "what it is")
OF_STATUS: Final = ("field", "type", "what it is")
OF_COLUMN: Final = ("column", "shown", "what it is")


class Field(NamedTuple):
    """One field of the definition."""

    path: str
    schema: crd.Schema
    is_required: bool

    @property
    def words(self) -> str:
        """Its description, in one line."""
        return " ".join(self.schema.get("description", "").split())


def page() -> str:
    """Return the page."""
    spec, status = (crd.schema()["properties"][part] for part in ("spec", "status"))
    sections = [
        _section(Field(f"spec.{name}", inner, name in spec["required"])) for name, inner in spec["properties"].items()
    ]
    return "\n".join([INTRODUCTION, _name(), *sections, *_between(spec), _status(status), _columns()])


def _name() -> str:
    rules = "".join(f"- {rule.message}\n" for rule in crd.rules(crd.schema()) if not rule.path)
    return f"## metadata.name\n\n{rules}"


def _section(head: Field) -> str:
    rows = [_cells(field) for field in [head, *_fields(head.schema, head.path)]]
    rules = [rule for rule in crd.rules(crd.schema()) if ".".join(rule.path[:2]) == head.path]
    return f"## {head.path}\n\n{tables.rows(OF_SPEC, rows)}{_rules(rule.message for rule in rules)}"


def _between(spec: crd.Schema) -> Iterator[str]:
    found = [rule["message"] for rule in spec["x-kubernetes-validations"]]
    yield f"## Between members of spec\n{_rules(found)}"


def _rules(messages: Iterable[str]) -> str:
    return "".join(["\n", *(f"- {message}\n" for message in dict.fromkeys(messages))]).rstrip("\n") + "\n"


def _status(schema: crd.Schema) -> str:
    rows = [(f"`{field.path}`", _type(field.schema), field.words) for field in _fields(schema, "status")]
    return f"## status\n\nWritten by the operator alone.\n\n{tables.rows(OF_STATUS, rows)}"


def _columns() -> str:
    (version,) = crd.definition()["spec"]["versions"]
    rows = [
        (
            column["name"].upper(),
            "with -o wide" if column.get("priority") else "always",
            column.get("description", ""),
        )
        for column in version["additionalPrinterColumns"]
    ]
    return f"## Columns of kubectl get\n\n{tables.rows(OF_COLUMN, rows)}"


def _fields(schema: crd.Schema, path: str) -> Iterator[Field]:
    """Yield every named field below `path`, parents first."""
    for name, inner in schema.get("properties", {}).items():
        field = Field(f"{path}.{name}", inner, name in schema.get("required", ()))
        yield field
        yield from _fields(inner, field.path)
    if "items" in schema:
        yield from _fields(schema["items"], f"{path}[]")


def _cells(field: Field) -> Iterator[str]:
    unit = SAID_ELSEWHERE[0].search(field.words)
    yield f"`{field.path}`"
    yield _type(field.schema)
    yield unit["unit"] if unit else ""
    yield _default(field)
    yield next((effect for words, effect in EFFECTS.items() if re.search(rf"\b{words}\b", field.words)), "")
    yield _remaining(field.words)


def _type(schema: crd.Schema) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if "additionalProperties" in schema:
        return f"map of {_type(schema['additionalProperties'])}"
    if schema.get("x-kubernetes-int-or-string"):
        return "quantity"
    said: str = schema["type"]
    return TYPES.get(said, said)


def _default(field: Field) -> str:
    default: Any = field.schema.get("default")
    if field.is_required:
        return "required"
    if default is None or default in ({}, []):
        return ""
    return "empty" if default == "" else f"`{_shown(default)}`"


def _shown(default: Any) -> str:
    if isinstance(default, dict):
        return ", ".join(f"{name}: {_shown(value)}" for name, value in default.items())
    return str(default).lower() if isinstance(default, bool) else str(default)


def _remaining(words: str) -> str:
    for said in SAID_ELSEWHERE:
        words = said.sub("", words)
    return words.strip()


def main(arguments: list[str]) -> int:
    """Write the page; with `--check` write nothing and return 1 if that would have changed it."""
    return keep({PAGE: page()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
