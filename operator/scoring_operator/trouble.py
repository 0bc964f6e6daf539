"""What goes wrong with the children in one reconcile: noted, so that the rest of it goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scoring_operator.conditions import Reason
from scoring_operator.errors import ClusterUnavailable, Conflict, InvalidManifest, NameTaken

Problem = tuple[Reason, str]
"""Why the spec, or a child that follows from it, is not taken, and in whose words."""


@dataclass(slots=True)
class Trouble:
    """What went wrong with the children: the first that was refused, and the first that must wait."""

    problem: Problem | None = None
    delay: ClusterUnavailable | Conflict | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what a write raises and go on: one child must not hold up the others, the nudge and the status.

        Raises:
            ClusterUnavailable: The second one: it is not about one child, and each try takes long.
        """
        try:
            yield
        except (InvalidManifest, NameTaken) as error:
            reason = Reason.NAME_TAKEN if isinstance(error, NameTaken) else Reason.MANIFEST_REFUSED
            self.problem = self.problem or (reason, str(error))
        except (ClusterUnavailable, Conflict) as error:
            if isinstance(error, ClusterUnavailable) and isinstance(self.delay, ClusterUnavailable):
                raise
            self.delay = self.delay or error
