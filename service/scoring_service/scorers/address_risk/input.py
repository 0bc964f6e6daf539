"""One address as its aggregates. All of them are needed: a missing one is no zero."""

from typing import Annotated, Final

import msgspec

MOST: Final = 1e30

Amount = Annotated[float, msgspec.Meta(ge=-MOST, le=MOST)]
Count = Annotated[float, msgspec.Meta(ge=0, le=MOST)]


class Account(msgspec.Struct, frozen=True, gc=False):
    """One record: an address and what it did so far."""

    address: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    """To the letter."""
    avg_min_between_sent: Count
    """Minutes between sent transactions, on average."""
    avg_min_between_received: Count
    """Minutes between received transactions, on average."""
    active_minutes: Count
    """Minutes between the first and the last transaction."""
    sent: Count
    """Transactions sent."""
    received: Count
    """Transactions received."""
    created_contracts: Count
    """Contracts created."""
    unique_senders: Count
    """Different addresses that it received from."""
    unique_receivers: Count
    """Different addresses that it sent to."""
    min_received: Count
    """Ether."""
    max_received: Count
    """Ether."""
    avg_received: Count
    """Ether."""
    min_sent: Count
    """Ether."""
    max_sent: Count
    """Ether."""
    avg_sent: Count
    """Ether."""
    min_sent_to_contracts: Count
    """Ether."""
    max_sent_to_contracts: Count
    """Ether."""
    avg_sent_to_contracts: Count
    """Ether."""
    transactions: Count
    """All transactions, those that create contracts included."""
    total_sent: Count
    """Ether."""
    total_received: Count
    """Ether."""
    total_sent_to_contracts: Count
    """Ether."""
    balance: Amount
    """Ether; it may be negative in tables that leave out what came otherwise."""


def aggregates(account: Account) -> tuple[float, ...]:
    """Return the aggregates in the order of `features.NAMES`."""
    values: tuple[float, ...] = msgspec.structs.astuple(account)[1:]
    return values
