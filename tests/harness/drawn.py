"""Manifests drawn from what describes them: from the definition's schema, and from the types.

Texts and numbers come mostly from the table of admission cases, at the path where they stand, and a little off: what a
rule cares about is then near by. Whatever is drawn is JSON that an API server keeps as it is.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from contract.admission_cases import CASES, manifest

Schema = Mapping[str, Any]
Drawn = st.SearchStrategy[Any]

EXACT = 2**53
AS_IN_A_POD = ("spec.pod.resources", "spec.pod.tolerations", "spec.pod.affinity")
"""What the types leave to the API server."""
_letters = st.text("ab.-_/:0 \n", max_size=6)
_integers = st.integers(-2, 1001) | st.sampled_from([2**31, -EXACT])
_numbers = st.integers(-2, 1001) | st.floats(-1, 101, allow_nan=False) | st.sampled_from([0, 1, 1e-9, 2**31, -EXACT])
_free = st.recursive(
    st.none() | st.booleans() | st.integers(-EXACT, EXACT) | st.floats(-1e9, 1e9) | _letters,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_letters, inner, max_size=2),
    max_leaves=4,
)


def from_schema(of: Schema, path: str) -> Drawn:
    """Return values that are of the schema's types; whether they keep its rules is another matter."""
    if "enum" in of:
        return st.sampled_from(of["enum"]) | _letters
    if of.get("x-kubernetes-int-or-string"):
        return st.integers(0, 9) | st.sampled_from(["1", "500m", "256Mi"])
    return _BY_TYPE[of["type"]](of, path)


def _object(of: Schema, path: str) -> Drawn:
    if "additionalProperties" in of:
        return st.dictionaries(_keys(path), from_schema(of["additionalProperties"], f"{path}{{}}"), max_size=3)
    if "properties" not in of:
        return st.dictionaries(_letters, _free, max_size=3)
    fields = {name: from_schema(inner, f"{path}.{name}") for name, inner in of["properties"].items()}
    must = {name: fields[name] for name in of.get("required", ())}
    may = {name: field | st.none() for name, field in fields.items() if name not in must}
    return _nullable(of, st.fixed_dictionaries(must, optional=may))


def _array(of: Schema, path: str) -> Drawn:
    return st.lists(from_schema(of["items"], f"{path}[]"), min_size=of.get("minItems", 0), max_size=3)


def _number(of: Schema, path: str) -> Drawn:
    if of["type"] == "number":
        return _known(path, (int, float)) | _numbers
    return _known(path, (int,)) | _integers


def _nullable(of: Schema, drawn: Drawn) -> Drawn:
    return drawn | st.none() if of.get("nullable") else drawn


_BY_TYPE = {
    "object": _object,
    "array": _array,
    "string": lambda of, path: texts(path),
    "integer": _number,
    "number": _number,
    "boolean": lambda of, path: st.booleans(),
}


def from_type(of: Any, path: str) -> Drawn:
    """Return JSON values of a type; whether they keep its rules is another matter."""
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        return _struct(of, path)
    origin, parts = get_origin(of), get_args(of)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(from_type(parts[0], f"{path}[]"), max_size=3)
    if origin is dict:
        return st.dictionaries(_keys(path), from_type(parts[1], f"{path}{{}}"), max_size=3)
    if origin in (Union, types.UnionType):
        return st.one_of(*(from_type(part, path) for part in parts if part is not msgspec.UnsetType))
    if hasattr(of, "__metadata__"):
        return from_type(of.__origin__, path)
    return _PLAIN[of](path)


def _struct(of: type[msgspec.Struct], path: str) -> Drawn:
    fields = msgspec.structs.fields(of)
    drawn = {field.encode_name: from_type(field.type, f"{path}.{field.encode_name}") for field in fields}
    must = {field.encode_name: drawn[field.encode_name] for field in fields if field.required}
    return st.fixed_dictionaries(must, optional={name: one for name, one in drawn.items() if name not in must})


def texts(path: str) -> Drawn:
    """Return texts that the table has at `path`, those a little off, and others."""
    known = _known(path, (str,))
    return known | known | st.tuples(known, st.sampled_from(["\n", " ", "a", "9", "/"])).map("".join) | _letters


_PLAIN: dict[Any, Any] = {
    str: texts,
    int: lambda path: _known(path, (int,)) | _integers,
    float: lambda path: _known(path, (int, float)) | _numbers,
    bool: lambda path: st.booleans(),
    type(None): lambda path: st.none(),
    Any: lambda path: _free,
}


def _known(path: str, kinds: tuple[type, ...]) -> Drawn:
    found = [value for value in values_at(path) if isinstance(value, kinds) and not isinstance(value, bool)]
    return st.sampled_from(found) if found else st.nothing()


def _keys(path: str) -> Drawn:
    found = [name for value in values_at(path) if isinstance(value, dict) for name in value]
    return (st.sampled_from(found) if found else st.nothing()) | _letters


@cache
def _table() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for case in CASES:
        for changes in (case.accepts, case.rejects):
            _note(found, "", manifest(changes))
    return found


def values_at(path: str) -> list[Any]:
    """Return what the table of admission cases has at a path."""
    return _table().get(path, [])


def _note(found: dict[str, list[Any]], path: str, value: Any) -> None:
    found.setdefault(path, []).append(value)
    for name, inner in value.items() if isinstance(value, dict) else ():
        _note(found, f"{path}.{name}".lstrip("."), inner)
        _note(found, f"{path}{{}}", inner)
    for inner in value if isinstance(value, list) else ():
        _note(found, f"{path}[]", inner)
