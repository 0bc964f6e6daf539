"""Pure: which release of the operator may act on a pipeline, and how that release signs what it writes.

Two releases may see the same pipeline: both installed in its namespace, say, or one for the whole cluster beside one
for the namespace. One acts, the other stands back and says so (`ScopeConflict`); neither fights. Who acts:

1. The release that the annotation `scoring.dev/controller` of the pipeline names, if there is one.
2. Else the release that `status.controller` names; if that was wiped, the one whose field manager wrote status last.
3. Else whoever comes first: it writes its name into `status.controller` before anything else, onto exactly the version
   that it has seen, so that of two that come at the same time one is told Conflict.

Adoption is that annotation: `kubectl-scoring adopt NAME --by RELEASE` sets it to another release's name. That release
then claims status and children with all that the former one has written (`inherited`), and the former one, if it still
lives, finds itself not named and stands back. The annotation may stay, or go once `status.controller` says the same.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from scoring_operator.facts import Manifest
from scoring_service.contract.names import CONTROLLER_ANNOTATION

MANAGER_PREFIX: Final = "scoring/"
"""Begins the field manager of every release of this product, and of nobody else."""
STATUS: Final = "status"


class Standing(NamedTuple):
    """What a release is to a pipeline."""

    acts: bool
    claimed: bool
    """`status.controller` says what is: nothing has to be written before acting."""
    holder: str
    """Name of the release that acts."""


def field_manager(controller: str) -> str:
    """Return the field manager that a release writes as."""
    return MANAGER_PREFIX + controller


def standing(pipeline: Manifest, controller: str) -> Standing:
    """Return what the release `controller` is to a pipeline as stored."""
    asked = (pipeline["metadata"].get("annotations") or {}).get(CONTROLLER_ANNOTATION, "")
    said = (pipeline.get("status") or {}).get("controller", "")
    holder = asked or said or _last_writer(pipeline) or controller
    return Standing(holder == controller, said == controller, holder)


def signatures(entries: Iterable[Manifest]) -> list[Manifest]:
    """Return the entries of `managedFields` that releases of this product wrote, without the fields themselves."""
    return [
        {part: value for part, value in entry.items() if part != "fieldsV1"}
        for entry in entries
        if entry.get("manager", "").startswith(MANAGER_PREFIX)
    ]


def others(manifest: Manifest, controller: str, subresource: str = "") -> list[str]:
    """Return the field managers of other releases that have applied fields of an object: those fields would stay.

    Args:
        manifest: As stored.
        controller: This release.
        subresource: Part of the object that it is about; empty: the object itself.
    """
    found = signatures(manifest["metadata"].get("managedFields") or ())
    ours = field_manager(controller)
    return [entry["manager"] for entry in found if _is_applied(entry, subresource) and entry["manager"] != ours]


def inherited(entries: Sequence[Manifest], controller: str) -> list[Manifest]:
    """Return the `managedFields` of an object in which a release owns what another of this product has applied.

    Server-side apply then removes what the other one wrote and this one does not. Only one entry of a manager may be
    there, so what it has written itself before is given up: it is written again at once.
    """
    ours, kept, foreign = field_manager(controller), list[Manifest](), list[Manifest]()
    for entry in entries:
        if not (entry.get("manager", "").startswith(MANAGER_PREFIX) and _is_applied(entry, "")):
            kept.append(entry)
        elif entry["manager"] != ours:
            foreign.append(entry)
    return [*kept, *({**entry, "manager": ours} for entry in foreign[-1:])]


def _is_applied(entry: Manifest, subresource: str) -> bool:
    return bool(entry.get("subresource", "") == subresource and entry.get("operation") == "Apply")


def _last_writer(pipeline: Manifest) -> str:
    written = [
        entry
        for entry in signatures(pipeline["metadata"].get("managedFields") or ())
        if entry.get("subresource") == STATUS
    ]
    latest = max(written, key=lambda entry: str(entry.get("time", "")), default={"manager": MANAGER_PREFIX})
    return str(latest["manager"]).removeprefix(MANAGER_PREFIX)
