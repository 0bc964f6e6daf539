"""Keeps the scorers' part of the CRD equal to the scorers' own types: `python -m tools.crd [--check]`.

Each member of `spec.scorer` and of `spec.candidate.scorer` is generated from that scorer's `Parameters`, and stands
between two markers of the hand-written definition that name the field; so are the rules that name every member. The
chart's copy is the same file.
"""

import json
import sys
from typing import Any

import msgspec
import yaml
from msgspec import inspect
from tools import crd_rules
from tools.generated import ROOT, keep

from scoring_service.scorers.parameters import Rule
from scoring_service.scorers.registry import SCORERS

Schema = dict[str, Any]

DEFINITION = ROOT / "operator/scoring_operator/api/scoringpipelines.yaml"
CHART_COPY = ROOT / "charts/scoring-operator/files/scoringpipelines.yaml"
BEGIN, END = "# BEGIN generated", "# END generated"
UNIONS = ("spec.scorer", "spec.candidate.scorer")
LINE_LENGTH = 120

EFFECTS = {
    "stateless": "A change is live: it swaps between two batches.",
    "stateful": "A change is live: it takes over once its windows are warm.",
}
OF_A_MEMBER = "Default none. A change is live."


def schema(of: type, path: str) -> Schema:
    """Return the structural OpenAPI v3 schema of a `Parameters` type that stands at `path` in the resource.

    Raises:
        TypeError: A field has a type that a structural schema cannot say, or bounds that it needs are missing.
    """
    return _object(inspect.type_info(of), path)


def _schema(of: inspect.Type, path: str) -> Schema:
    match of:
        case inspect.StructType():
            return _object(of, path)
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.IntType() | inspect.FloatType():
            return {"type": "integer" if isinstance(of, inspect.IntType) else "number", **_bounds(of, path)}
        case inspect.LiteralType():
            return {"type": "string", "enum": list(of.values)}
        case inspect.StrType(max_length=int()):
            return {"type": "string", "maxLength": of.max_length}
    raise TypeError(f"{path}: no structural schema for {of}")


def _object(of: inspect.Type, path: str) -> Schema:
    if not isinstance(of, inspect.StructType):
        raise TypeError(f"{path}: expected a struct, got {of}")
    required = [field.encode_name for field in of.fields if field.required]
    rules: tuple[Rule, ...] = getattr(of.cls, "rules", ())
    return {
        "description": " ".join((of.cls.__doc__ or "").split()),
        "type": "object",
        **({"required": required} if required else {}),
        **({"x-kubernetes-validations": [_rule(rule, path) for rule in rules]} if rules else {}),
        "properties": {field.encode_name: _field(field, f"{path}.{field.encode_name}") for field in of.fields},
    }


def _rule(rule: Rule, path: str) -> dict[str, str]:
    return {"rule": rule.cel, "message": f"{path}: {rule.message}"}


def _field(field: inspect.Field, path: str) -> Schema:
    if not isinstance(field.type, inspect.Metadata) or not field.type.extra_json_schema:
        raise TypeError(f"{path}: expected documentation by `parameter(...)`")
    description = {"description": _description(field, field.type)}
    default = {} if field.default is msgspec.NODEFAULT else {"default": _default(field)}
    return description | _schema(field.type.type, path) | description | default


def _description(field: inspect.Field, of: inspect.Metadata) -> str:
    documented, extra = of.extra_json_schema or {}, of.extra or {}
    unit = f"Unit: {extra['unit']}." if extra["unit"] else ""
    return " ".join(filter(None, (documented["description"], unit, _shown_default(field), EFFECTS[extra["effect"]])))


def _shown_default(field: inspect.Field) -> str:
    """Return what a person reads of the default; nothing for an object, whose fields say theirs."""
    if field.required:
        return "No default."
    if field.default is msgspec.NODEFAULT:
        return "Default none."
    default = _default(field)
    if isinstance(default, dict):
        return ""
    return f"Default {default if isinstance(default, str) else json.dumps(default)}."


def _default(field: inspect.Field) -> Any:
    """Return the default, in full: the API server holds it against the rules before inner defaults fill it in."""
    return msgspec.to_builtins(field.default)


def _bounds(of: inspect.IntType | inspect.FloatType, path: str) -> Schema:
    """Return the bounds as a rule: `minimum` and `maximum` would be told in words that are not ours."""
    number = "self" if isinstance(of, inspect.IntType) else "double(self)"
    literal = repr if isinstance(of, inspect.IntType) else lambda bound: repr(float(bound))
    sides = {">=": of.ge, "<=": of.le}
    given = [f"{number} {side} {literal(bound)}" for side, bound in sides.items() if bound is not None]
    if not given:
        return {}
    return {"x-kubernetes-validations": [{"rule": " && ".join(given), "message": f"{path}: {_range(of.ge, of.le)}"}]}


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"write a number of at most {high:g}"
    return f"write a number of at least {low:g}" if high is None else f"write a number from {low:g} to {high:g}"


def members(union: str) -> Schema:
    """Return the properties of a union of scorers, one for each that is registered."""
    return {name: _member(schema(scorer.Parameters, f"{union}.{name}")) for name, scorer in SCORERS.items()}


def _member(built: Schema) -> Schema:
    return built | {"description": f"{built['description']} {OF_A_MEMBER}"}


def spliced(definition: str, place: str, generated: Schema | crd_rules.Rules) -> str:
    """Return the definition with what is generated between the two markers of a place, indented as the first one is.

    Raises:
        ValueError: The definition does not have both markers once, in order.
    """
    lines, begin, end = definition.splitlines(), f"{BEGIN} {place}", f"{END} {place}"
    begins = [number for number, line in enumerate(lines) if line.strip() == begin]
    ends = [number for number, line in enumerate(lines) if line.strip() == end]
    if len(begins) != 1 or len(ends) != 1 or begins > ends:
        raise ValueError(f"expected one line {begin!r} and then one line {end!r}")
    indent = " " * lines[begins[0]].index("#")
    written = yaml.safe_dump(generated, sort_keys=False, width=LINE_LENGTH - len(indent), allow_unicode=True)
    inner = [indent + line for line in written.splitlines()]
    return "\n".join([*lines[: begins[0] + 1], *inner, *lines[ends[0] :]]) + "\n"


def main(arguments: list[str]) -> int:
    """Write both files; with `--check` write nothing and return 1 if that would have changed one."""
    wanted = DEFINITION.read_text("utf-8")
    for union in UNIONS:
        wanted = spliced(wanted, union, members(union))
    wanted = spliced(wanted, "rules of spec", crd_rules.of_spec(SCORERS))
    wanted = spliced(wanted, "rules of spec.scorer", crd_rules.of_union(SCORERS))
    return keep(dict.fromkeys((DEFINITION, CHART_COPY), wanted), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
