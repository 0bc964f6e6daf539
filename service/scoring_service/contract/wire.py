"""How contract types look as JSON: camelCase members, unknown members ignored unless said otherwise."""

from typing import TypeVar

import msgspec

_Value = TypeVar("_Value")


class Wire(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A value both sides read. Unknown members are ignored, so that version N reads N+1's envelope."""


class Closed(msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value whose unknown members are an error: what a person wrote, where a typo must not pass."""


def decoded(content: bytes, of: type[_Value]) -> _Value:
    """Return a value of type `of` from its JSON: whatever the bytes, there is one kind of error to handle.

    Raises:
        msgspec.ValidationError: A member is missing or of the wrong type.
        msgspec.DecodeError: The bytes are not JSON in UTF-8, or nest too deep.
    """
    try:
        return msgspec.json.decode(content, type=of)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"JSON is not in UTF-8: {error.reason} at byte {error.start} of a string") from error
    except RecursionError:
        raise msgspec.DecodeError("JSON nests too deep") from None
