"""Whether an object that exists may become a child: never somebody else's, never a former pipeline's."""

from scoring_operator.desired import naming
from scoring_operator.errors import Conflict, NameTaken
from scoring_operator.facts import Manifest


def check(existing: Manifest, wanted: Manifest) -> None:
    """Pass if `existing` is ours to overwrite with `wanted`.

    Raises:
        Conflict: It belongs to a pipeline of that name that is gone; the garbage collector is on its way.
        NameTaken: It belongs to somebody else, or to nobody and we did not make it.
    """
    ours = naming.owner(wanted)
    owner = naming.owner(existing)
    if owner == ours:
        return
    kind, name = wanted["kind"], wanted["metadata"]["name"]
    if owner is not None and ours is not None and owner[0] == ours[0]:
        raise Conflict(f"{kind} {name} belongs to a former pipeline of that name and is about to go")
    if ours is not None and naming.is_orphan(existing, ours[0]):
        return  # we made it, and somebody took its ownerReferences away
    raise NameTaken(kind, name)
