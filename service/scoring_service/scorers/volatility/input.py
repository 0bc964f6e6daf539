"""One tick as far as the windows need it. Volume and side are in no formula, hence never decoded."""

from typing import Annotated, Final

import msgspec

LEAST_PRICE: Final = 1e-18
MOST_PRICE: Final = 1e18
"""Between these two every return is a finite number, and a whole multiple of what `window` counts in."""

DEFAULT_SYMBOL: Final = "BTC-USD"
"""Of ticks that name none: the ticks of requirement 004 are of this one product."""

MAX_TEXT: Final = 40
"""Characters of a price or moment that is written as a string."""

Price = Annotated[float, msgspec.Meta(ge=LEAST_PRICE, le=MOST_PRICE)]
Symbol = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")]
"""1 to 64 printable ASCII characters without spaces, taken to the letter: `BTC-USD` and `btc-usd` are two."""


class Tick(msgspec.Struct, frozen=True, gc=False):
    """One record: a price of a symbol at a moment."""

    price: Price
    """In the currency of the symbol."""
    symbol: Symbol = DEFAULT_SYMBOL
    timestamp: float | None = None
    """Unix seconds; None if the record does not say it."""
