"""What the types of a scorer say of themselves, for its page: fields with their types, and the sentence below each."""

import ast
import inspect as source
from collections.abc import Iterator
from functools import cache
from textwrap import dedent
from typing import Final, NamedTuple

from msgspec import inspect

MAX_DEPTH: Final = 4
"""Structs inside structs that a table goes into."""


class Field(NamedTuple):
    """One field of a record."""

    path: str
    kind: str
    is_required: bool
    words: str


def fields(of: type, depth: int = MAX_DEPTH) -> Iterator[Field]:
    """Yield the fields of a struct, and of the structs in them."""
    yield from _fields(inspect.type_info(of), "", depth)


def _fields(of: inspect.Type, path: str, depth: int) -> Iterator[Field]:
    for struct in _structs(of):
        if struct.tag_field is not None:
            yield Field(path + struct.tag_field, repr(struct.tag), is_required=True, words=_first(struct.cls))
        for field in struct.fields:
            said = documented(struct.cls).get(field.name, "")
            yield Field(path + field.encode_name, kind(field.type), field.required, said)
            if depth and inner(field.type) is not field.type:
                yield from _fields(inner(field.type), f"{path}{field.encode_name}[].", depth - 1)
            elif depth:
                yield from _fields(field.type, f"{path}{field.encode_name}.", depth - 1)


def _structs(of: inspect.Type) -> list[inspect.StructType]:
    if isinstance(of, inspect.Metadata):
        return _structs(of.type)
    if isinstance(of, inspect.UnionType):
        return [struct for part in of.types for struct in _structs(part)]
    return [of] if isinstance(of, inspect.StructType) else []


def inner(of: inspect.Type) -> inspect.Type:
    """Return the type of a list's items; any other type as it is."""
    if isinstance(of, inspect.Metadata):
        return inner(of.type)
    return of.item_type if isinstance(of, inspect.ListType | inspect.VarTupleType) else of


def kind(of: inspect.Type) -> str:  # noqa: C901 - a table of types
    """Return a type in the words of JSON."""
    match of:
        case inspect.Metadata():
            return kind(of.type)
        case inspect.UnionType():
            return " or ".join(dict.fromkeys(kind(part) for part in of.types))
        case inspect.ListType() | inspect.VarTupleType():
            return f"list of {kind(of.item_type)}"
        case inspect.DictType() | inspect.StructType():
            return "object"
        case inspect.StrType():
            return "text"
        case inspect.LiteralType():
            return " or ".join(f"`{value}`" for value in of.values)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "integer"
        case inspect.FloatType():
            return "number"
        case inspect.NoneType():
            return "null"
    return "anything"


@cache
def documented(of: type) -> dict[str, str]:
    """Return the sentences that stand below the fields of a class and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(of.__mro__):
        if base.__module__.startswith("scoring_service"):
            found |= _below(base)
    return found


def _below(of: type) -> dict[str, str]:
    (body,) = ast.parse(dedent(source.getsource(of))).body
    if not isinstance(body, ast.ClassDef):
        return {}
    found = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            found[field.target.id] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
    return found


def _first(of: type) -> str:
    return (of.__doc__ or "").strip().splitlines()[0]
