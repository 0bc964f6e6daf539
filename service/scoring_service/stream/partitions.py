"""Which output partition a key belongs to: murmur2 modulo the number of partitions, as Java clients do.

Hashing 500 keys one by one in Python costs more than scoring them, so keys of one length are hashed together.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]

_SEED = 0x9747B28C
_M = np.uint32(0x5BD1E995)
_R = np.uint32(24)


def partitions_of(keys: Sequence[bytes], count: int) -> list[int]:
    """Return the partition of each key in a topic of `count` partitions."""
    chosen = [0] * len(keys)
    places: dict[int, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[len(key)].append(place)
    for length, group in places.items():
        hashes = _murmur2(b"".join([keys[place] for place in group]), len(group), length)
        for place, partition in zip(group, ((hashes & 0x7FFFFFFF) % count).tolist(), strict=True):
            chosen[place] = partition
    return chosen


def _murmur2(joined: bytes, rows: int, length: int) -> Words:
    """Return the hashes of `rows` keys of `length` bytes each, in 32-bit arithmetic that wraps around."""
    key_bytes = np.frombuffer(joined, dtype=np.uint8).reshape(rows, length)
    whole = length // 4
    words = np.ascontiguousarray(key_bytes[:, : whole * 4]).view("<u4").astype(np.uint32).reshape(rows, whole)
    hashes = np.full(rows, _SEED ^ length, dtype=np.uint32)
    for column in range(whole):
        k = words[:, column] * _M
        k = (k ^ (k >> _R)) * _M
        hashes = (hashes * _M) ^ k
    if length % 4:
        for place in range(length - 1, whole * 4 - 1, -1):
            hashes ^= key_bytes[:, place].astype(np.uint32) << np.uint32(8 * (place - whole * 4))
        hashes = hashes * _M
    hashes = (hashes ^ (hashes >> np.uint32(13))) * _M
    hashed: Words = hashes ^ (hashes >> np.uint32(15))
    return hashed
