"""Admission without an API server: defaults, strict schema and rules, all from the definition itself.

What the API server would refuse is refused here, field by field; a rule that cannot be evaluated here is named
instead of passed over in silence. Needs the extra `local`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import celpy
import jsonschema
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from scoring_operator.api import crd
from scoring_operator.api.structure import defaulted, repeated, unknown_fields

_SHOWN = 256
"""Characters of a refusal that are shown: a manifest may carry anything."""

_FORMATS = jsonschema.FormatChecker(formats=())
_FORMATS.checks("int32")(lambda value: not isinstance(value, int) or -(2**31) <= value < 2**31)
_FORMATS.checks("int64")(lambda value: not isinstance(value, int) or -(2**63) <= value < 2**63)


def _type(validator: Any, types: Any, value: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
    """Judge a type as the API server does, which knows `nullable`."""
    if value is not None or not schema.get("nullable"):
        yield from jsonschema.Draft202012Validator.VALIDATORS["type"](validator, types, value, schema)


_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # its stub has no types
    jsonschema.Draft202012Validator, {"type": _type}
)

_Instance = tuple[str, Any, Any]
"""A field's path, its value, and its value before (None if there was none)."""


class Refused(Exception):
    """A manifest is not admitted; each reason names the field and what was expected."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A manifest as the API server would store it."""

    manifest: dict[str, Any]
    unevaluated: tuple[str, ...] = ()
    """Rules that could not be evaluated here: the field's path and the expression."""


class Admission:
    """Admits manifests of one schema."""

    def __init__(self, schema: crd.Schema | None = None) -> None:
        self._schema = crd.schema() if schema is None else schema
        self._validator = _Validator(self._schema, format_checker=_FORMATS)
        self._rules = [(rule, _compiled(rule.expression)) for rule in crd.rules(self._schema)]

    def admit(self, manifest: dict[str, Any], before: dict[str, Any] | None = None) -> Admitted:
        """Return the manifest with defaults filled in.

        Args:
            manifest: As a person wrote it, parsed.
            before: The stored manifest that this one replaces; None for a new one.

        Raises:
            Refused: A field is unknown, missing, or not what the schema or a rule asks for.
        """
        if unknown := [f'unknown field "{path}"' for path in unknown_fields(manifest, self._schema)]:
            raise Refused(unknown)
        filled = defaulted(manifest, self._schema)
        reasons = [reason for error in self._validator.iter_errors(filled) for reason in _reasons(error)]
        if reasons := [*reasons, *repeated(filled, self._schema)]:
            raise Refused(list(dict.fromkeys(reasons)))
        broken, unevaluated = self._judge(filled, before)
        if broken:
            raise Refused(broken)
        return Admitted(filled, tuple(unevaluated))

    def _judge(self, manifest: dict[str, Any], before: dict[str, Any] | None) -> tuple[list[str], list[str]]:
        broken: list[str] = []
        unevaluated: list[str] = []
        for rule, program in self._rules:
            for path, value, old in _instances(rule.path, manifest, before):
                if rule.is_transition and old is None:
                    continue
                verdict = _evaluated(program, value, old)
                if verdict is None:
                    unevaluated.append(f"{path}: {rule.expression}")
                elif not verdict:
                    broken.append(rule.message if path in rule.message else _short(f"{path}: {rule.message}"))
        return broken, unevaluated


def _instances(path: tuple[str, ...], value: Any, before: Any, at: str = "") -> Iterator[_Instance]:
    """Yield every value at `path`, each with its own value before; items of a list have none."""
    if not path:
        yield at, value, before
        return
    step, rest = path[0], path[1:]
    if step == "[]":
        for index, item in enumerate(value):
            yield from _instances(rest, item, None, f"{at}[{index}]")
        return
    old = before if isinstance(before, dict) else {}
    for name in value if step == "{}" else (step,):
        if name in value:
            yield from _instances(rest, value[name], old.get(name), f"{at}.{name}".lstrip("."))


@cache
def _compiled(expression: str) -> celpy.Runner | None:
    environment = celpy.Environment()
    try:
        return environment.program(environment.compile(expression))
    except CELParseError:
        return None


def _evaluated(program: celpy.Runner | None, value: Any, before: Any) -> bool | None:
    """Return the rule's verdict; None if this library cannot evaluate it."""
    if program is None:
        return None
    activation = {"self": json_to_cel(value), "oldSelf": json_to_cel(before)}
    try:
        return bool(program.evaluate(activation))
    except CELEvalError:
        return None


def _reasons(error: jsonschema.ValidationError) -> Iterator[str]:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path).lstrip(".")
    value: Any = error.instance
    expected: Any = error.validator_value
    if error.validator == "required":
        yield from (f"{path}.{name}: Required value".lstrip(".") for name in expected if name not in value)
    elif error.validator == "enum":
        yield _short(f"{path}: expected one of {', '.join(map(str, expected))}, got {json.dumps(value)}")
    else:
        yield _short(f"{path or 'manifest'}: expected {error.validator} {expected}, got {json.dumps(value)}")


def _short(reason: str) -> str:
    return reason if len(reason) <= _SHOWN else reason[: _SHOWN - 1] + "…"
