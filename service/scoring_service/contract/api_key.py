"""How the hash of an API key is written: `sha256$salt$hash`, where hash = sha256(salt + key) as hexadecimal digits.

Keys have 256 random bits, so a fast hash protects them: nobody can guess one, however many are tried a second.

    printf '%s%s' "$salt" "$key" | sha256sum
"""

import hashlib
import hmac
import re
from typing import Final, NamedTuple

SCHEME: Final = "sha256"

_is_written = re.compile(r"sha256\$([0-9A-Za-z_-]{1,64})\$([0-9a-f]{64})").fullmatch


class KeyHash(NamedTuple):
    """What is kept of a key."""

    salt: str
    digest: str
    """64 hexadecimal digits."""

    def __str__(self) -> str:
        return f"{SCHEME}${self.salt}${self.digest}"

    def fits(self, key: str) -> bool:
        """Tell whether it is of this key, in a time that says nothing of either."""
        return hmac.compare_digest(self.digest, hashed(key, self.salt).digest)


def hashed(key: str, salt: str) -> KeyHash:
    """Return what is kept of a key; `salt` has 1 to 64 characters of A-Z, a-z, 0-9, underscore and hyphen."""
    return KeyHash(salt, hashlib.sha256(f"{salt}{key}".encode("utf-8", "surrogateescape")).hexdigest())


def parsed(line: str) -> KeyHash | None:
    """Return the hash that a line of a Secret holds; None if it is written otherwise."""
    found = _is_written(line)
    return None if found is None else KeyHash(found[1], found[2])
