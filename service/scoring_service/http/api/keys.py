"""Who may ask: the hashes of API keys, by client. A client may have several, for the time of a rotation."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from scoring_service.contract.api_key import KeyHash, parsed

MAX_HASHES: Final = 256
"""All are tried for every request, so that its time tells nothing; more than these are ignored."""
MAX_KEY: Final = 256
"""Characters of a key; a longer one is nobody's."""


class Keys(NamedTuple):
    """All keys of one moment."""

    hashes: tuple[tuple[str, KeyHash], ...] = ()
    """Each with its client."""
    ignored: tuple[str, ...] = ()
    """Clients with a line that is no hash, or one too many."""

    @classmethod
    def of(cls, contents: Mapping[str, str]) -> Self:
        """Return the keys of a Secret: client → one hash a line; empty lines say nothing."""
        lines = [(client, line.strip()) for client, text in sorted(contents.items()) for line in text.splitlines()]
        read = [(client, parsed(line)) for client, line in lines if line]
        good = [(client, kept) for client, kept in read if kept is not None]
        bad = [client for client, kept in read if kept is None] + [client for client, _ in good[MAX_HASHES:]]
        return cls(tuple(good[:MAX_HASHES]), tuple(sorted(set(bad))))

    def client(self, key: str) -> str | None:
        """Return whose key this is; None if it is nobody's."""
        if len(key) > MAX_KEY:
            return None
        found = None
        for client, kept in self.hashes:
            if kept.fits(key):
                found = client
        return found


def presented(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key that a request shows, as `Authorization: Bearer` or `X-API-Key`; None if it shows none."""
    scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
    key = credentials.strip() if scheme.lower() == b"bearer" else headers.get(b"x-api-key", b"").strip()
    return key.decode("utf-8", "surrogateescape") or None
