"""What an API server does with a manifest before it validates, and what JSON Schema does not know of.

All walk the structural schema; `metadata` is Kubernetes' own and left alone.
"""

import json
from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

from scoring_operator.api.crd import Schema


def unknown_fields(value: Any, of: Schema, path: str = "") -> Iterator[str]:
    """Yield the path of every field that the schema does not know, as strict field validation names it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, of.get("items", {}), f"{path}[{index}]")
    if not isinstance(value, dict) or "properties" not in of:
        return
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        if name not in of["properties"]:
            yield here
        else:
            yield from unknown_fields(inner, of["properties"][name], here)


def pruned(value: Any, of: Schema, kept: Collection[str] = (), path: str = "") -> Any:
    """Return `value` without the fields that the schema does not know; what is at one of the `kept` paths stays."""
    if path in kept:
        return value
    if isinstance(value, list):
        return [pruned(item, of.get("items", {}), kept, f"{path}[]") for item in value]
    if not isinstance(value, dict) or "properties" not in of:
        return value
    known = {name: inner for name, inner in value.items() if name in of["properties"]}
    inside = f"{path}." if path else ""
    return {name: pruned(inner, of["properties"][name], kept, inside + name) for name, inner in known.items()}


def defaulted(value: Any, of: Schema) -> Any:
    """Return `value` as it is stored: with every default filled in, and without null, which counts as absent.

    Null stays where it has a meaning, as the schema says (`nullable`), and where the schema knows no fields.
    """
    if isinstance(value, list):
        return [defaulted(item, of.get("items", {})) for item in value]
    if not isinstance(value, dict):
        return int(value) if of.get("type") == "integer" and _is_whole(value) else value
    known = _known(value, of)
    filled = {name: part for name, part in value.items() if part is not None or not _drops_null(known.get(name))}
    for name, inner in known.items():
        if "default" in inner and filled.get(name) is None:
            filled[name] = deepcopy(inner["default"])
        if name in filled:
            filled[name] = defaulted(filled[name], inner)
    return filled


def repeated(value: Any, of: Schema, path: str = "") -> Iterator[str]:
    """Yield a refusal for every item of a list that has the keys of an earlier one, where these name the items."""
    if isinstance(value, list):
        keys, seen = of.get("x-kubernetes-list-map-keys", ()), set[str]()
        for index, item in enumerate(value):
            yield from repeated(item, of.get("items", {}), f"{path}[{index}]")
            named = json.dumps({key: item.get(key) for key in keys} if isinstance(item, dict) else index)
            if keys and named in seen:
                yield f"{path}[{index}]: Duplicate value: {named}"
            seen.add(named)
    if isinstance(value, dict):
        for name, inner in _known(value, of).items():
            if name in value:
                yield from repeated(value[name], inner, f"{path}.{name}".lstrip("."))


def _known(value: dict[str, Any], of: Schema) -> dict[str, Schema]:
    """Return the schema of every field of an object that may be known: declared, or any if all are alike."""
    declared: dict[str, Schema] = of.get("properties", {})
    if declared or "additionalProperties" not in of:
        return declared
    alike: Schema = of["additionalProperties"]
    return dict.fromkeys(value, alike)


def _drops_null(field: Schema | None) -> bool:
    return field is not None and not field.get("nullable")


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()
