"""What goes wrong with the children in one reconcile: noted, so that the rest of it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scoring_operator.conditions import Reason
from scoring_operator.errors import ClusterUnavailable, Conflict, InvalidManifest, NameTaken

Problem = tuple[Reason, str]
"""Why the spec, or a child that follows from it, is not taken, and in whose words."""


@dataclass(slots=True)
class Trouble:
    """What went wrong with the children: what was refused, and the first that must wait."""

    refusal: Problem | None = None
    """The first thing that only another spec mends."""
    taken: list[str] = field(default_factory=list)
    """Kind and name of each object of somebody else that stands where a child should be."""
    delay: ClusterUnavailable | Conflict | None = None
    unknown: tuple[str, ...] = ()
    """Paths of fields of the spec that a newer definition has let through."""

    @property
    def problem(self) -> Problem | None:
        """What a person must mend first; None if nothing was refused. All taken names at once: one look is enough."""
        if self.refusal is not None:
            return self.refusal
        return self._conflict() if self.taken else self._unknown() if self.unknown else None

    def _conflict(self) -> Problem:
        told = "belongs" if len(self.taken) == 1 else "belong"
        return Reason.CONFLICT, (
            f"{', '.join(self.taken)} {told} to somebody else and is left alone: delete it, or give the pipeline "
            "another name"
        )

    def _unknown(self) -> Problem:
        return Reason.UNKNOWN_FIELDS, (
            f"this operator does not know {', '.join(self.unknown)}, and does all the rest of the spec: the definition "
            "is newer, upgrade the operator"
        )

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what a write raises and go on: one child must not hold up the others, the nudge and the status.

        Raises:
            ClusterUnavailable: The second one: it is not about one child, and each try takes long.
        """
        try:
            yield
        except NameTaken as error:
            self.taken.append(f"{error.kind} {error.name}")
        except InvalidManifest as error:
            self.refusal = self.refusal or (Reason.MANIFEST_REFUSED, str(error))
        except (ClusterUnavailable, Conflict) as error:
            if isinstance(error, ClusterUnavailable) and isinstance(self.delay, ClusterUnavailable):
                raise
            self.delay = self.delay or error
