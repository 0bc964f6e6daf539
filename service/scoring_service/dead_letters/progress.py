"""What earlier runs have sent back, whatever they selected: kept beside the group's offset, as text of the brokers'.

A run that asks for one reason passes the others by; a later run that asks for them must find them. So each partition
has one mark per selection, and a dead letter is done if any mark covers it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from scoring_service.dead_letters.selection import DeadLetter, Origin, Selection
from scoring_service.errors import ServiceError

MAX_BYTES: Final = 4000
"""Brokers take 4096 by default."""


class TooManySelections(ServiceError):
    """More different selections than can be remembered."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """All that `selection` wants below `offset` has been sent."""

    offset: int
    selection: Selection

    def covers(self, letter: DeadLetter, origin: Origin) -> bool:
        """Tell whether a dead letter has been sent under this mark."""
        return letter.offset < self.offset and self.selection.unwanted(letter, origin) is None


class Progress(msgspec.Struct, frozen=True):
    """How far one partition's dead letters have been sent back."""

    floor: int = 0
    """Below it everything is done, whatever is asked for: somebody has set the group's offset by hand."""
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, offset: int | None, text: str) -> "Progress":
        """Return what a group's offset and the text beside it say; without our text the offset alone counts."""
        try:
            floor, marks = msgspec.json.decode(text, type=tuple[int, tuple[Mark, ...]])
        except msgspec.MsgspecError:
            return cls(floor=offset or 0)
        return cls(floor, marks)

    def encode(self) -> str:
        """Return the text to keep.

        Raises:
            TooManySelections: It would be longer than brokers take.
        """
        text = msgspec.json.encode((self.floor, self.marks)).decode()
        if len(text) > MAX_BYTES:
            raise TooManySelections(
                f"{len(self.marks)} different selections are remembered, more than fit: redrive once without a filter"
            )
        return text

    def start(self, selection: Selection, log_start: int) -> int:
        """Return the first offset that `selection` may still want."""
        known = (mark.offset for mark in self.marks if mark.selection.contains(selection))
        return max(log_start, self.floor, *known)

    def is_done(self, letter: DeadLetter, origin: Origin) -> bool:
        """Tell whether an earlier run has sent a dead letter."""
        return letter.offset < self.floor or any(mark.covers(letter, origin) for mark in self.marks)

    def advanced(self, offset: int, selection: Selection) -> "Progress":
        """Return the progress after all that `selection` wants below `offset` has been sent."""
        new = Mark(offset, selection)
        return Progress(self.floor, (*_not_within(new, self.marks), new))


def _not_within(new: Mark, marks: Iterable[Mark]) -> list[Mark]:
    """Return the marks that say something which `new` does not."""
    return [mark for mark in marks if mark.offset > new.offset or not new.selection.contains(mark.selection)]
