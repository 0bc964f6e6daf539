"""Pipelines of which one text is a path or an address: every text that the definition has, found by walking it.

The rules of the definition would refuse most of them. So that they reach the operator, as they would if the definition
in a cluster were an older one, `lax` is the same definition without rules.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final, NamedTuple

from harness.pipelines import a_manifest
from scoring_operator.api import crd
from scoring_service.contract import names

Json = dict[str, Any]
Place = tuple[str, ...]
KEY: Final = "{key}"
ANNOTATIONS: Final = (
    names.CONTROLLER_ANNOTATION,
    names.RECONCILE_ANNOTATION,
    names.RESUME_ANNOTATION,
    names.UPGRADE_ANNOTATION,
)
STRUCTURE: Final = (
    "type",
    "properties",
    "items",
    "additionalProperties",
    "default",
    "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-int-or-string",
)
"""Of a schema what is no rule."""
MINIMAL: Final[Json] = {"string": "a", "integer": 1, "number": 1, "boolean": False}


class Poisoned(NamedTuple):
    """A pipeline with one text that should be nothing but a text."""

    place: str
    text: str
    manifest: Json
    """As a person writes it, with what else the definition requires there."""
    status: Json
    """To be written afterwards; empty: nothing."""


def lax(definition: Json) -> Json:
    """Return a definition that takes anything of the right types."""
    loose = deepcopy(definition)
    for version in loose["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"] = _loose(version["schema"]["openAPIV3Schema"])
    return loose


def places() -> list[Place]:
    """Return every place of a text in the definition; `[]` stands for items, `{}` for values and `{key}` for keys."""
    properties = crd.schema()["properties"]
    return [place for part in ("spec", "status") for place in _places(properties[part], (part,))]


def poisoned(files: tuple[str, ...], addresses: tuple[str, ...]) -> Iterator[Poisoned]:
    """Yield for each place one pipeline with a path, and one with an address; which of them takes turns."""
    for number, place in enumerate(places()):
        for texts in (files, addresses):
            yield _at(place, texts[number % len(texts)])
    for number, annotation in enumerate(ANNOTATIONS):
        for texts in (files, addresses):
            text, manifest = texts[number % len(texts)], a_manifest()
            manifest["metadata"]["annotations"] = {annotation: text}
            yield Poisoned(f"metadata.annotations.{annotation}", text, manifest, {})


def _at(place: Place, text: str) -> Poisoned:
    manifest, (part, *rest) = a_manifest(replicas=0), place
    made = _filled(crd.schema()["properties"][part], tuple(rest), text)
    if part == "status":
        return Poisoned(".".join(place), text, manifest, made)
    _merge(manifest["spec"], made)
    return Poisoned(".".join(place), text, manifest, {})


def _filled(schema: crd.Schema, place: Place, text: str) -> Any:
    """Return the smallest value that has the text at a place, and what is required beside it."""
    if not place:
        return {"file": text, text: [text]} if schema.get("type") == "object" else text
    step, rest = place[0], place[1:]
    if step == "[]":
        return [_filled(schema["items"], rest, text)]
    if step == KEY:
        return {text: "a"}
    if step == "{}":
        return {"a": _filled(schema["additionalProperties"], rest, text)}
    beside = {name: _least(schema["properties"][name]) for name in schema.get("required", ()) if name != step}
    return beside | {step: _filled(schema["properties"][step], rest, text)}


def _least(schema: crd.Schema) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [_least(schema["items"])]
    if schema["type"] == "object":
        return {name: _least(schema["properties"][name]) for name in schema.get("required", ())}
    return MINIMAL[schema["type"]]


def _merge(into: Json, made: Json) -> None:
    """Put what was made into a spec; a union (`scorer`, `sasl`) has one member, so it is replaced."""
    for name, value in made.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict) and name != "scorer":
            _merge(into[name], value)
        else:
            into[name] = value


def _places(schema: crd.Schema, place: Place) -> Iterator[Place]:
    is_free = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if schema.get("type") == "string" or schema.get("x-kubernetes-int-or-string") or is_free:
        yield place
    for name, inner in schema.get("properties", {}).items():
        yield from _places(inner, (*place, name))
    if "items" in schema:
        yield from _places(schema["items"], (*place, "[]"))
    if isinstance(schema.get("additionalProperties"), dict):
        yield (*place, KEY)
        yield from _places(schema["additionalProperties"], (*place, "{}"))


def _loose(schema: Json) -> Json:
    kept = {name: schema[name] for name in STRUCTURE if name in schema}
    if "properties" in kept:
        kept["properties"] = {name: _loose(inner) for name, inner in kept["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _loose(kept[name])
    return kept
