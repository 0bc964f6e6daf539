"""`python -m benchmarks.peers.crc` judges its environment: aiokafka's checksum must be right, and the hardware's."""

import sys
import time

from aiokafka.record._crecords.cutil import crc32c_cython

VECTOR, EXPECTED = b"123456789", 0xE3069283
"""Of CRC-32C, as its definition gives them."""
HARDWARE_GB_PER_S = 6.0
"""Software does about 2, the hardware above 20."""
_BLOCK, _ROUNDS = bytes(1024 * 1024), 100


def speed() -> float:
    """Return the best of five measurements, in GB/s."""
    best = 0.0
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(_ROUNDS):
            crc32c_cython(_BLOCK)
        best = max(best, _ROUNDS * len(_BLOCK) / (time.perf_counter() - began) / 1e9)
    return best


if __name__ == "__main__":
    if crc32c_cython(VECTOR) != EXPECTED:
        sys.exit(f"the checksum of {VECTOR!r} is {crc32c_cython(VECTOR):#x}, expected {EXPECTED:#x}")
    if (found := speed()) < HARDWARE_GB_PER_S:
        sys.exit(f"the checksum is computed in software: {found:.1f} GB/s, expected {HARDWARE_GB_PER_S} at least")
    print(f"{found:.0f}")
