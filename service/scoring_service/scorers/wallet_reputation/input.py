"""One record as far as the scores need it. Fields that no formula reads are absent, hence never decoded.

These types describe the clean case, and decode at full speed: `NamedWallet`, where every token of a swap has a symbol,
and `AddressedWallet`, where one has none and addresses say which token it is. Anything else goes through `mending`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from scoring_service.scorers.moment import LATEST_SECONDS

DEXES: Final = "dexes"
"""The one `protocolType` that the formulas know."""

MAX_TRANSACTIONS: Final = 50_000
"""Of all blocks together, and as many blocks. Several times what fits into a value with real transactions."""

Action = Literal["swap", "deposit", "add_liquidity", "mint", "withdraw", "remove_liquidity", "burn"]
DEPOSITS: Final = frozenset({"deposit", "add_liquidity", "mint"})
"""Actions that add liquidity; the ones that are neither these nor a swap take it out."""

AmountUsd = Annotated[float, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=LATEST_SECONDS)]


class Token(msgspec.Struct, frozen=True, gc=False):
    """One leg of a transaction. The raw amount is not used, so not decoded."""

    amount_usd: AmountUsd = msgspec.field(name="amountUSD")
    symbol: str = ""
    """As written; empty if missing. Zeru-v1 and seed-readme tell tokens apart by it alone."""

    def identity(self) -> str:
        """Return which token it is, whatever the case of the letters; empty if nothing says so."""
        return self.symbol.upper()


class NamedToken(Token, frozen=True, gc=False):
    """A token with a symbol: its address is not needed, so not decoded."""

    symbol: Annotated[str, msgspec.Meta(min_length=1)]


class AddressedToken(Token, frozen=True, gc=False):
    """A token that may have an address alone."""

    address: str = ""

    def identity(self) -> str:
        """Return the symbol, else the address; empty if there is neither."""
        return self.symbol.upper() or self.address.lower()


NO_TOKEN: Final[Any] = NamedToken(0.0, "")  # any: the default of every kind of token
"""A leg that the record does not have. A transaction has at least one other."""


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """One action of the wallet."""

    document_id: str
    action: Action
    timestamp: Seconds
    """Unix seconds."""
    pool: str = msgspec.field(name="poolId", default="")
    caller: str | None = None
    token_in: Token = msgspec.field(name="tokenIn", default=NO_TOKEN)
    token_out: Token = msgspec.field(name="tokenOut", default=NO_TOKEN)
    token0: Token = NO_TOKEN
    token1: Token = NO_TOKEN


class NamedTransaction(Transaction, frozen=True, gc=False):
    """One action, where every token of a swap has a symbol."""

    token_in: NamedToken = msgspec.field(name="tokenIn", default=NO_TOKEN)
    token_out: NamedToken = msgspec.field(name="tokenOut", default=NO_TOKEN)


class AddressedTransaction(Transaction, frozen=True, gc=False):
    """One action, where a token of a swap may have an address alone."""

    token_in: AddressedToken = msgspec.field(name="tokenIn", default=NO_TOKEN)
    token_out: AddressedToken = msgspec.field(name="tokenOut", default=NO_TOKEN)


class Block(msgspec.Struct, frozen=True, gc=False):
    """The transactions of one protocol type."""

    protocol_type: str = msgspec.field(name="protocolType")
    transactions: Sequence[Transaction]


class NamedBlock(Block, frozen=True, gc=False):
    """As it says, of `NamedTransaction`."""

    transactions: list[NamedTransaction]


class AddressedBlock(Block, frozen=True, gc=False):
    """As it says, of `AddressedTransaction`."""

    transactions: list[AddressedTransaction]


class Wallet(msgspec.Struct, frozen=True, gc=False):
    """One record: a wallet and what it did."""

    wallet_address: str
    data: Sequence[Block]
    as_of: Seconds | None = None
    """Unix seconds: the moment for which to score, if the record names it."""


class NamedWallet(Wallet, frozen=True, gc=False):
    """As it says, of `NamedBlock`: the way of nearly all records."""

    data: list[NamedBlock]


class AddressedWallet(Wallet, frozen=True, gc=False):
    """As it says, of `AddressedBlock`."""

    data: list[AddressedBlock]


class Refusal(msgspec.Struct, frozen=True, order=True):
    """Why one transaction cannot be used. The order makes *the first* of several independent of their order."""

    reason: str
    detail: str


class Refusals(msgspec.Struct, gc=False):
    """What there is to say of all transactions that cannot be used: as much for a million as for one."""

    count: int = 0
    first: Refusal | None = None
    """The least of them."""
    reasons: frozenset[str] = frozenset()

    def add(self, refusal: Refusal, count: int = 1) -> None:
        """Take in `count` transactions refused alike."""
        self.count += count
        if self.first is None or refusal < self.first:
            self.first = refusal
        if refusal.reason not in self.reasons:
            self.reasons |= {refusal.reason}


class MendedWallet(Wallet, frozen=True, kw_only=True, gc=False):
    """A wallet of which something had to be left out or converted; never decoded as such."""

    refusals: Refusals
    """The transactions that were left out."""
    foreign_transactions: int = 0
    """Transactions of other protocol types."""
