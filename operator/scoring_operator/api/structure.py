"""What an API server does with a manifest before it validates: name unknown fields, fill in defaults.

Both walk the structural schema; `metadata` is Kubernetes' own and left alone.
"""

from collections.abc import Iterator
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


def defaulted(value: Any, of: Schema) -> Any:
    """Return `value` with every default of the schema filled in; null counts as absent where there is a default."""
    if isinstance(value, list):
        return [defaulted(item, of.get("items", {})) for item in value]
    if not isinstance(value, dict):
        return value
    filled = dict(value)
    for name, inner in of.get("properties", {}).items():
        if "default" in inner and filled.get(name) is None:
            filled[name] = deepcopy(inner["default"])
        if name in filled:
            filled[name] = defaulted(filled[name], inner)
    return filled
