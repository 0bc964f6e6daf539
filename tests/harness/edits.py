"""Every way in which a person can change or take away what a field manager owns in an object: read from the object."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from scoring_operator.facts import Manifest

OTHERS: Final[Mapping[type, Sequence[Any]]] = {
    bool: (True, False),
    int: (0, 1, 2, 7, 99),
    str: ("another", "Another", "0.5", "96Mi", "UDP", "Never", "Always", "None", "Equal", "10.1.0.0/16", "Localhost"),
    list: ([], ["Ingress"], ["another"], [{}]),
    dict: ({}, {"another": "value"}, {"type": "Recreate"}),
}
"""What may stand in place of a value; the API server says which of them."""


class Edit(NamedTuple):
    """One step of a JSON patch."""

    field: str
    """JSON pointer."""
    op: str
    value: Any = None

    @property
    def body(self) -> list[Manifest]:
        """The patch."""
        return [{"op": self.op, "path": self.field} | ({"value": self.value} if self.op == "replace" else {})]


def owned(manifest: Manifest, manager: str) -> list[str]:
    """Return a JSON pointer to every field that a manager has applied and that has no owned field within."""
    (entry,) = [
        entry
        for entry in manifest["metadata"]["managedFields"]
        if (entry["manager"], entry["operation"], entry.get("subresource")) == (manager, "Apply", None)
    ]
    return list(_leaves(entry["fieldsV1"], manifest, ""))


def changes(manifest: Manifest, field: str) -> list[Edit]:
    """Return the other values that a field might be given, likelier ones first."""
    value = _at(manifest, field)
    return [Edit(field, "replace", other) for other in OTHERS[type(value)] if other != value]


def removal(field: str) -> Edit:
    """Return the edit that takes a field away."""
    return Edit(field, "remove")


def _leaves(fields: Manifest, of: Any, path: str, keys: Container[str] = ()) -> Iterator[str]:
    """Yield what has nothing within, and items of lists; another key would be another item, and that is not ours."""
    inner = {name: within for name, within in fields.items() if name != "." and name.removeprefix("f:") not in keys}
    if not inner or keys:
        yield path
    for name, within in inner.items():
        kind, _, key = name.partition(":")
        named: Manifest = json.loads(key) if kind == "k" else {}
        step = _index(of, named) if named else key
        yield from _leaves(within, of[step], f"{path}/{str(step).replace('~', '~0').replace('/', '~1')}", named)


def _index(items: Sequence[Manifest], key: Manifest) -> int:
    """Return the place of the item that has all parts of a key."""
    return next(place for place, item in enumerate(items) if key.items() <= item.items())


def _at(manifest: Any, field: str) -> Any:
    for step in field.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        manifest = manifest[int(name) if isinstance(manifest, list) else name]
    return manifest
