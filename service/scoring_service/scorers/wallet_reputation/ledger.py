"""The transactions of one record one by one, in order: what reputation-v2 looks at, where columns say too little."""

from collections.abc import Collection
from typing import NamedTuple

from scoring_service.scorers.wallet_reputation.actions import Usable, is_without_amount, of_exchanges
from scoring_service.scorers.wallet_reputation.input import DEPOSITS, Transaction, Wallet


class Swap(NamedTuple):
    """A swap; in the order of its members, so that equal swaps are alike and any others have one order."""

    moment: float
    """Unix seconds."""
    pool: str
    sold: str
    """Which token: its symbol in capitals, else its address; empty if nothing says so."""
    bought: str
    volume: float
    """The larger leg, in US dollars."""


class Move(NamedTuple):
    """A deposit or a withdrawal; at one moment, deposits come first."""

    moment: float
    """Unix seconds."""
    is_withdrawal: bool
    pool: str
    usd: float
    """Both legs together."""


class Ledger(Usable, frozen=True, gc=False):
    """What counts, each document_id once, in ascending order."""

    swaps: list[Swap]
    moves: list[Move]


def ledger(wallet: Wallet) -> Ledger:
    """Return a wallet's transactions on decentralised exchanges."""
    transactions = of_exchanges(wallet)
    usable = [item for item in transactions if not is_without_amount(item)]
    once = _distinct(usable)
    swaps = sorted(_swap(item) for item in once if item.action == "swap")
    moves = sorted(_move(item) for item in once if item.action != "swap")
    callers = [item.caller for item in once]
    return Ledger(callers, len(usable) - len(once), len(transactions) - len(usable), swaps, moves)


def _distinct(usable: list[Transaction]) -> Collection[Transaction]:
    """Return one transaction of each document_id; of several that differ the same one, whatever their order."""
    once = {item.document_id: item for item in usable}
    if len(once) < len(usable):
        for item in usable:
            known = once[item.document_id]
            if item != known:
                once[item.document_id] = min(item, known, key=repr)
    return once.values()


def _swap(item: Transaction) -> Swap:
    sold, bought = item.token_in, item.token_out
    volume = sold.amount_usd if sold.amount_usd > bought.amount_usd else bought.amount_usd
    return Swap(item.timestamp, item.pool, sold.identity(), bought.identity(), volume)


def _move(item: Transaction) -> Move:
    usd = item.token0.amount_usd + item.token1.amount_usd
    return Move(item.timestamp, item.action not in DEPOSITS, item.pool, usd)
