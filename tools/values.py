"""Keeps the schema and the page of the chart's values equal to `values.yaml`: `python -m tools.values [--check]`.

A comment right above a value says what it is; from `@schema` on it is a part of its JSON Schema, in YAML. What that
does not say is taken from the value: its type and, of a mapping, its members, beside which no others are allowed. A
mapping in braces is one value.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml
from tools import tables
from tools.generated import ROOT, keep

CHART: Final = ROOT / "charts/scoring-operator"
SCHEMA: Final = CHART / "values.schema.json"
PAGE: Final = CHART / "README.md"
DIALECT: Final = "http://json-schema.org/draft-07/schema#"
ANNOTATION: Final = "@schema"
TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}

INTRODUCTION: Final = """\
# The chart scoring-operator

<!-- Written by `make generate`; edit `tools/values.py` and the comments of `values.yaml` instead. -->

The operator, its rights, and the definition of ScoringPipeline. What the operator does:
[docs/operator.md](../../docs/operator.md); whom it protects from what:
[docs/security-model.md](../../docs/security-model.md); alerts: [docs/alerts.md](../../docs/alerts.md).

- **The same values make the same text.** No template looks into the cluster, at the clock, or for chance: what renders
  in a GitOps controller is what was reviewed.
- **Unknown values are refused**, by name: the schema is closed. Free are `global`, and maps and lists of Kubernetes'
  own shapes (labels, tolerations, peers), which the API server judges.
- **All pods are restricted** in the sense of the Pod Security Standards, unless `extraVolumes` brings something else.
- **The definition** is a template (`crds.enabled`), so that `helm upgrade` upgrades it. Where something else installs
  definitions, `files/scoringpipelines.yaml` is the same as plain YAML: set `crds.enabled: false`, and
  `kubectl apply --server-side -f charts/scoring-operator/files/scoringpipelines.yaml`.
- **Kubernetes**: every object of every file in `ci/` is valid by the schemas of 1.30 to 1.37, and taken by an API
  server of 1.36; pods have run on 1.36 alone. An older cluster is refused (`kubeVersion`), because it lacks
  admission policies; a newer one is not, because an operator that cannot be upgraded is worse than one that nobody
  tried there.
- `ci/` holds values to begin from: one namespace, the whole cluster, three zones, a registry of one's own, OpenShift.

## Values

"""


class Value(NamedTuple):
    """One value of the chart, and what stands above it."""

    path: str
    default: Any
    words: str
    """What it is, in one line."""
    schema: dict[str, Any]
    members: tuple["Value", ...]
    """None of a value that is one."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition(".")[2]


def values(text: str) -> tuple[Value, ...]:
    """Return the values of a `values.yaml`.

    Raises:
        ValueError: No comment says what a value is, or nothing tells its type.
    """
    return _members(yaml.compose(text), text.splitlines(), "")


def schema(of: tuple[Value, ...]) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {value.name: _schema(value) for value in of},
    }


def table(of: tuple[Value, ...]) -> str:
    """Return the table of all values, without the mappings that they are members of."""
    cells = ((f"`{one.path}`", _type(_schema(one)), f"`{json.dumps(one.default)}`", one.words) for one in _leaves(of))
    return tables.rows(("value", "type", "default", "what it is"), cells)


def _members(node: Any, lines: list[str], above: str) -> tuple[Value, ...]:
    return tuple(_value(key, value, lines, above) for key, value in node.value)


def _value(key: Any, node: Any, lines: list[str], above: str) -> Value:
    path = f"{above}.{key.value}" if above else key.value
    words, _, annotation = _comment(lines, key.start_mark.line).partition(ANNOTATION)
    value = Value(path, yaml.safe_load(yaml.serialize(node)), " ".join(words.split()), _part(annotation, path), ())
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return value._replace(members=_members(node, lines, path))
    return _judged(value)


def _judged(value: Value) -> Value:
    if _type_of(value) is None or (isinstance(value.default, dict | list) and not value.schema):
        raise ValueError(f"{value.path}: {value.default!r} does not tell what it may be: say it by {ANNOTATION}")
    if not value.words:
        raise ValueError(f"{value.path}: say in a comment what it is")
    return value


def _comment(lines: list[str], line: int) -> str:
    first = line
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return "\n".join(re.sub(r"^\s*# ?", "", one) for one in lines[first:line])


def _part(annotation: str, path: str) -> dict[str, Any]:
    part = yaml.safe_load(annotation) if annotation else {}
    if not isinstance(part, dict):
        raise TypeError(f"{path}: {ANNOTATION} holds {part!r}, expected members of a schema")
    return part


def _type_of(value: Value) -> Any:
    return value.schema.get("type", TYPES.get(type(value.default)))


def _schema(value: Value) -> dict[str, Any]:
    said = {"description": value.words} if value.words else {}
    if value.members:
        return said | _merged(schema(value.members), value.schema)
    return said | {"type": _type_of(value)} | value.schema


def _merged(inner: dict[str, Any], outer: dict[str, Any]) -> dict[str, Any]:
    """Return both, the outer one's first where they differ."""
    both = {name for name in inner.keys() & outer if isinstance(inner[name], dict)}
    return inner | outer | {name: _merged(inner[name], outer[name]) for name in both}


def _leaves(of: tuple[Value, ...]) -> Iterator[Value]:
    for value in of:
        yield from _leaves(value.members) if value.members else (value,)


def _type(of: dict[str, Any]) -> str:
    if "enum" in of:
        return ", ".join(f"`{json.dumps(one)}`" for one in of["enum"])
    said = of["type"]
    return " or ".join(said) if isinstance(said, list) else str(said)


def main(arguments: list[str]) -> int:
    """Write schema and page; with `--check` write nothing and return 1 if that would have changed one."""
    of = values((CHART / "values.yaml").read_text("utf-8"))
    written = {"$schema": DIALECT, "title": "Values of the chart scoring-operator", **schema(of)}
    return keep({SCHEMA: f"{json.dumps(written, indent=2)}\n", PAGE: INTRODUCTION + table(of)}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
