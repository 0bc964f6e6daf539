"""Quantities of Kubernetes, as a cluster measures them, in the units in which people compare them."""

from typing import Final

_DECIMAL: Final = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY: Final = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}


def in_millicores(cpu: str) -> int:
    """Return processor time in thousandths of a processor, rounded."""
    return round(_value(cpu) * 1000)


def in_mebibytes(memory: str) -> int:
    """Return memory in MiB, rounded."""
    return round(_value(memory) / 2**20)


def _value(quantity: str) -> float:
    digits = quantity.rstrip("KMGTinumk")
    return float(digits) * {**_DECIMAL, **_BINARY}[quantity[len(digits) :]]
