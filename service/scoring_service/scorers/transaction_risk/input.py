"""One transaction as far as the rules need it."""

from typing import Annotated, Final

import msgspec

MOST_AMOUNT: Final = 1e77
"""Tokens: more than all that a 256-bit integer can count."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Figure = Annotated[float, msgspec.Meta(ge=0, le=MOST_AMOUNT)]


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """One record: a transaction on a decentralised exchange."""

    tx_hash: Name
    from_address: Name
    """The sender, whose history counts; taken to the letter."""
    amount: Figure
    """In tokens."""
    timestamp: float | str
    """Unix seconds, milliseconds or ISO-8601."""
    token_pair: Annotated[str, msgspec.Meta(max_length=128)] = ""
    """Transactions without one are of one pair."""
    to_address: str | None = None
    gas_price: Figure = 0.0
    """Gwei."""
    slippage: Figure | None = None
    """Share of the price, 0.01 is 1 %. What a transaction does not say counts for no rule."""
    route_length: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1
    """Pools on the way."""
    contract_interaction: bool = False
