"""The definition of ScoringPipelines as shipped: one YAML file, read where it is installed."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

Schema = dict[str, Any]

_FILE = "scoringpipelines.yaml"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML has been built with it: commands wait for this, and it takes a sixth of the time."""


class Rule(NamedTuple):
    """One validation rule of the definition, in the Common Expression Language."""

    path: tuple[str, ...]
    """Fields from the root; `[]` stands for every item of a list, `{}` for every value of a map."""
    expression: str
    message: str

    @property
    def is_transition(self) -> bool:
        """Whether the rule compares with the value before, and so says nothing of a new object."""
        return "oldSelf" in self.expression


@cache
def definition() -> dict[str, Any]:
    """Return the CustomResourceDefinition: one for all, nobody changes it."""
    text = resources.files(__package__ or "").joinpath(_FILE).read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a safe one, whichever it is
    return loaded


def schema() -> Schema:
    """Return the OpenAPI schema of the one served version."""
    (version,) = definition()["spec"]["versions"]
    found: Schema = version["schema"]["openAPIV3Schema"]
    return found


def rules(of: Schema, path: tuple[str, ...] = ()) -> Iterator[Rule]:
    """Yield every rule of a schema, outer fields first."""
    for declared in of.get("x-kubernetes-validations", ()):
        yield Rule(path, declared["rule"], declared["message"])
    for name, inner in of.get("properties", {}).items():
        yield from rules(inner, (*path, name))
    if "items" in of:
        yield from rules(of["items"], (*path, "[]"))
    if "additionalProperties" in of:
        yield from rules(of["additionalProperties"], (*path, "{}"))
