"""Records that are plain structs: bytes of strangers become one, or a rejection that says what is wrong."""

import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason

SHOWN: Final = 200
"""Characters of what is wrong, at most."""
_TOO_DEEP: Final = Rejection(Reason.DEPTH, "The record nests too deep to be read")

_Record = TypeVar("_Record")


class Plain(Generic[_Record]):
    """Decodes one type of record."""

    def __init__(self, of: type[_Record], entity: str, reason_of: Callable[[str], Reason] = lambda _: Reason.SCHEMA):
        """Prepare.

        Args:
            of: msgspec type of a record.
            entity: Name of the member that says what a record is about.
            reason_of: From msgspec's message on a record that breaks its type to the reason of the rejection.
        """
        self._decode: Callable[[Any], _Record] = msgspec.json.Decoder(of).decode
        self._entity = re.compile(rb'"%b"\s*:\s*"([ -!#-\[\]-~]{1,128})"' % entity.encode()).search
        self._reason_of = reason_of

    def decoded(self, value: bytes) -> _Record | Rejection:
        """Return one record, or why it cannot be one. Never raises on any bytes."""
        try:
            return self._decode(value)
        except msgspec.ValidationError as error:
            return Rejection(self._reason_of(str(error)), str(error)[:SHOWN], self._entity_of(value))
        except RecursionError:
            return _TOO_DEEP
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejection(Reason.JSON_SYNTAX, f"The record is not JSON in UTF-8: {error}"[:SHOWN])

    def _entity_of(self, value: bytes) -> str | None:
        """Return the entity of a record of which another member is wrong, if it is written plainly."""
        found = self._entity(value)
        return found[1].decode() if found else None
