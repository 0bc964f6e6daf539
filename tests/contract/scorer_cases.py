"""Cases of admission for every scorer, made of its parameters: each bound from within and from outside."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from scoring_service.scorers.base import Scorer
from scoring_service.scorers.registry import SCORERS

Json = dict[str, Any]


class Bound(NamedTuple):
    """A parameter with bounds."""

    member: str
    path: str
    """Below the member."""
    accepted: Json
    """Parameters of the member with a value inside of the bounds."""
    refused: Json
    """The same with one outside, and nothing else wrong."""


def bounds() -> Iterator[Bound]:
    """Yield every bounded parameter of every scorer."""
    for member, scorer in SCORERS.items():
        needed = required(scorer)
        for path, inside, outside in _bounds(inspect.type_info(scorer.Parameters), ()):
            yield Bound(member, ".".join(path), _with(needed, path, inside), _with(needed, path, outside))


def required(scorer: type[Scorer]) -> Json:
    """Return the parameters that a person has to write."""
    found = inspect.type_info(scorer.Parameters)
    assert isinstance(found, inspect.StructType)
    return {field.encode_name: _least(field.type) for field in found.fields if field.required}


def _least(of: inspect.Type) -> Any:
    if isinstance(of, inspect.Metadata):
        return _least(of.type)
    assert isinstance(of, inspect.LiteralType), f"say how to choose a {of}"
    return of.values[0]


def _bounds(of: inspect.Type, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    assert isinstance(of, inspect.StructType)
    for field in of.fields:
        inner = _plain(field.type)
        here = (*path, field.encode_name)
        if isinstance(inner, inspect.StructType):
            yield from _bounds(inner, here)
        elif isinstance(inner, inspect.IntType | inspect.FloatType) and (inner.ge, inner.le) != (None, None):
            inside = inner.ge if field.default in (msgspec.NODEFAULT, msgspec.UNSET) else field.default
            yield here, inside, _outside(of.cls, field.name, inner)


def _plain(of: inspect.Type) -> inspect.Type:
    return _plain(of.type) if isinstance(of, inspect.Metadata) else of


def _outside(of: type, name: str, number: inspect.IntType | inspect.FloatType) -> float:
    """Return a value beyond a bound at which no rule between the fields is broken."""
    step = 1 if isinstance(number, inspect.IntType) else 0.5
    below = [] if number.ge is None else [number.ge - step]
    above = [] if number.le is None else [number.le + step]
    for value in (*below, *above):
        try:
            of(**_needed(of), **{name: value})
        except ValueError:
            continue
        return value
    raise AssertionError(f"{of.__name__}.{name}: no value is wrong by its bounds alone: write its case by hand")


def _needed(of: type) -> Json:
    """Return what a struct cannot be made without; its values are of no matter here."""
    found = inspect.type_info(of)
    assert isinstance(found, inspect.StructType)
    return {field.name: _least(field.type) for field in found.fields if field.required}


def _with(parameters: Mapping[str, Any], path: tuple[str, ...], value: Any) -> Json:
    first, *rest = path
    return {**parameters, first: _with({}, tuple(rest), value) if rest else value}
