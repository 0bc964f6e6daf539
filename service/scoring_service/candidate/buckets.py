"""Which keys a candidate gets: `blake2b(pipeline ‖ key) mod 10 000 < percent * 100`.

So a key has one revision whatever partition it lies in and whichever pod reads it, one that is in stays in while the
percentage grows, and two pipelines try their candidates on different keys.
"""

from hashlib import blake2b
from typing import Final

BUCKETS: Final = 10_000
_DIGEST_BYTES: Final = 8
"""Read as one big-endian number."""


class Share:
    """A share of the keys of one pipeline."""

    def __init__(self, pipeline: str, percent: float) -> None:
        """Take `percent` of the keys of `pipeline` (`namespace/name`), to the nearest hundredth."""
        self._pipeline = blake2b(pipeline.encode(), digest_size=_DIGEST_BYTES)
        self._buckets = round(percent * BUCKETS / 100)

    def bucket(self, key: bytes) -> int:
        """Return the bucket of a key, 0 to 9999."""
        digest = self._pipeline.copy()
        digest.update(key)
        return int.from_bytes(digest.digest(), "big") % BUCKETS

    def has(self, key: bytes) -> bool:
        """Tell whether a key is in the share."""
        return self.bucket(key) < self._buckets
