"""How parameters say what they are, once: the worker checks by it, and the CRD is generated from it."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal, NamedTuple, cast

import msgspec
from msgspec import inspect

Effect = Literal["stateless", "stateful"]


class Rule(NamedTuple):
    """A condition that spans several fields: in CEL for the API server, in Python for the worker."""

    cel: str
    """Over `self`, with the wire names; becomes an `x-kubernetes-validations` entry."""
    message: str
    """Names the fields and the fix; whoever shows it puts the path of `self` in front."""
    holds: Callable[[Any], bool]


class Parameters(msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every scorer's parameters and of their parts: camelCase, immutable, an unknown field is an error."""

    rules: ClassVar[tuple[Rule, ...]] = ()

    def __post_init__(self) -> None:
        for rule in self.rules:
            if not rule.holds(self):
                raise ValueError(rule.message)


Shape = tuple[tuple[str, Any], ...]
"""Path and value of each stateful parameter: states of one shape fit each other."""


def shape(parameters: Any) -> Shape:
    """Return what of parameters a state depends on; nothing of those that do not say it of themselves."""
    return tuple(_stateful(parameters, ""))


def _stateful(parameters: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(parameters, Parameters):
        return
    for field in cast("inspect.StructType", inspect.type_info(type(parameters))).fields:
        value = getattr(parameters, field.name)
        extra = field.type.extra if isinstance(field.type, inspect.Metadata) else None
        if isinstance(value, Parameters):
            yield from _stateful(value, f"{path}{field.encode_name}.")
        elif extra is not None and extra["effect"] == "stateful":
            yield path + field.encode_name, value


def parameter(
    description: str,
    *,
    unit: str = "",
    effect: Effect = "stateless",
    ge: float | None = None,
    le: float | None = None,
) -> msgspec.Meta:
    """Return the documentation and the bounds of one parameter, to be used in `Annotated`.

    Every parameter is live; `effect` says whether a change swaps at once (stateless) or needs a warm-up (stateful).
    """
    return msgspec.Meta(description=description, ge=ge, le=le, extra={"unit": unit, "effect": effect})
