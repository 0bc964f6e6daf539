"""How parameters say what they are, once: the worker checks by it, and the CRD is generated from it."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

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
