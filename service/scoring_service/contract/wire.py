"""How contract types look as JSON: camelCase members, unknown members ignored unless said otherwise."""

import msgspec


class Wire(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A value both sides read. Unknown members are ignored, so that version N reads N+1's envelope."""


class Closed(msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value whose unknown members are an error: what a person wrote, where a typo must not pass."""
