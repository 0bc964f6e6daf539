"""Floats as decimal strings of fixed length: the shortest decimal that names the float, never its binary noise."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

_CONTEXT: Final = Context(prec=400, rounding=ROUND_HALF_EVEN)
"""Enough for the largest float with eighteen decimals."""


def fixed(number: float, decimals: int) -> str:
    """Return `number`, finite, with exactly `decimals` digits after the point, without an exponent.

    59.03472222222222 gives 59.034722222222220000 (`format` gives …221433), 1e-7 gives 0.000000100000000000.
    """
    digits = repr(number)
    point = digits.find(".")
    if decimals and point >= 0 and "e" not in digits and len(digits) - point - 1 <= decimals:
        return digits.ljust(point + 1 + decimals, "0")
    return f"{Decimal(digits).quantize(Decimal(1).scaleb(-decimals), context=_CONTEXT):f}"
