"""Pure: what the API server does not know of an object that is applied. It refuses all of it, with a 500.

It names each field as in `.status.revision.candidate: field not declared in schema`.
"""

import re
from collections.abc import Iterable
from typing import Final

from scoring_operator.facts import Manifest

Path = tuple[str, ...]

_NAMED: Final = re.compile(r"\.([A-Za-z0-9_.]+)(?:\[[^:\n]*)?: field not declared in schema")


def fields(message: str) -> tuple[Path, ...]:
    """Return the paths that a refusal names; of a field inside of a list that of the list."""
    return tuple(tuple(path.split(".")) for path in _NAMED.findall(message))


def without(manifest: Manifest, paths: Iterable[Path]) -> Manifest:
    """Return a manifest without what is at these paths."""
    for path in paths:
        manifest = _without(manifest, path)
    return manifest


def _without(manifest: Manifest, path: Path) -> Manifest:
    name, *inner = path
    if not inner:
        return {kept: value for kept, value in manifest.items() if kept != name}
    below = manifest.get(name)
    return {**manifest, name: _without(below, tuple(inner))} if isinstance(below, dict) else manifest
