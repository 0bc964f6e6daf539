"""What differs between two renderings of the chart, as paths that a person would write."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.rendering import RELEASE, Objects


def differences(before: Objects, after: Objects) -> set[str]:
    """Return the paths of all members that are not the same.

    One begins with the object's kind, `/` and name if that is another than the release's. Members of a list that have
    names are found by these, so that one more moves none.
    """
    first, second = (
        {path: value for key, made in of.items() for path, value in _flat(made, _of(*key))} for of in (before, after)
    )
    return {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)}


def below(paths: set[str], prefixes: set[str]) -> bool:
    """Tell whether each path is, or begins with, one of the prefixes, and each prefix has one."""
    found = {prefix: {path for path in paths if f"{path}.".startswith(f"{prefix}.")} for prefix in prefixes}
    return all(found.values()) and set().union(*found.values()) == paths


def _of(kind: str, name: str) -> str:
    return kind if name == RELEASE else f"{kind}/{name.removeprefix(f'{RELEASE}-')}"


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            named = inner.get("name", number) if isinstance(inner, Mapping) else number
            yield from _flat(inner, f"{path}.{named}")
    else:
        yield path, value
