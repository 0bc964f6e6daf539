"""The transactions of one record as columns: what the features are computed from."""

from collections.abc import Sequence

import msgspec

from scoring_service.scorers.wallet_reputation.input import DEPOSITS, DEXES, Transaction, Wallet


class Usable(msgspec.Struct, frozen=True, gc=False):
    """What every variant knows of the transactions that count."""

    callers: list[str | None]
    """One for each of them."""
    duplicates: int
    """Transactions left out because their document_id was there before."""
    absent: int
    """Transactions left out because they have no amount in any leg."""

    def foreign_callers(self, address: str) -> int:
        """Return how many transactions name another caller; one without a caller names none."""
        if self.callers.count(address) == len(self.callers):
            return 0
        own = address.lower()
        return sum(caller is not None and caller.lower() != own for caller in self.callers)


class Actions(Usable, frozen=True, gc=False):
    """One entry per transaction that counts; amounts in US dollars, times in Unix seconds, ascending."""

    volumes: list[float]
    """Of swaps: the larger leg."""
    swap_times: list[float]
    swap_pools: set[str]
    symbols: set[str]
    """Of both legs of swaps; a missing one is the empty string."""
    deposits: list[float]
    """Both legs together."""
    deposit_times: list[float]
    withdraws: list[float]
    """Both legs together."""
    withdraw_times: list[float]
    liquidity_pools: set[str]


def actions(wallet: Wallet) -> Actions:
    """Return the columns of a wallet's transactions on decentralised exchanges, each document_id once."""
    transactions = of_exchanges(wallet)
    found = _columns(transactions)
    if not found.duplicates:
        return found
    return msgspec.structs.replace(_columns(_distinct(transactions)), duplicates=found.duplicates)


def of_exchanges(wallet: Wallet) -> Sequence[Transaction]:
    """Return the transactions of all blocks of the protocol type that is scored."""
    if len(wallet.data) == 1 and wallet.data[0].protocol_type == DEXES:
        return wallet.data[0].transactions
    return [item for block in wallet.data if block.protocol_type == DEXES for item in block.transactions]


def is_without_amount(item: Transaction) -> bool:
    """Return whether a transaction has no leg with an amount, so that it is not counted."""
    return item.token_in is item.token_out if item.action == "swap" else item.token0 is item.token1


def _columns(transactions: Sequence[Transaction]) -> Actions:
    """Return the columns of transactions as they are, and how many have a document_id that was there before.

    One loop for the columns on purpose: this is the hot path, and walking the transactions costs as much as reading.
    """
    volumes: list[float] = []
    swap_times: list[float] = []
    swap_pools: set[str] = set()
    symbols: set[str] = set()
    deposits: list[float] = []
    deposit_times: list[float] = []
    withdraws: list[float] = []
    withdraw_times: list[float] = []
    pools: set[str] = set()
    absent = 0
    for item in transactions:
        if item.action == "swap":
            one, other = item.token_in, item.token_out
            if one is other:  # only NO_TOKEN is
                absent += 1
                continue
            first, second = one.amount_usd, other.amount_usd
            volumes.append(first if first > second else second)
            swap_times.append(item.timestamp)
            swap_pools.add(item.pool)
            symbols.add(one.symbol)
            symbols.add(other.symbol)
        else:
            one, other = item.token0, item.token1
            if one is other:
                absent += 1
                continue
            pools.add(item.pool)
            amounts, moments = (deposits, deposit_times) if item.action in DEPOSITS else (withdraws, withdraw_times)
            amounts.append(one.amount_usd + other.amount_usd)
            moments.append(item.timestamp)
    usable = [item for item in transactions if not is_without_amount(item)] if absent else transactions
    callers = [item.caller for item in usable]
    duplicates = len(callers) - len({item.document_id for item in usable})
    swap_times.sort()
    deposit_times.sort()
    withdraw_times.sort()
    return Actions(  # by position: naming twelve members would cost as much as computing a score
        callers, duplicates, absent, volumes, swap_times, swap_pools, symbols,
        deposits, deposit_times, withdraws, withdraw_times, pools,
    )  # fmt: skip


def _distinct(transactions: Sequence[Transaction]) -> list[Transaction]:
    """Return the first usable transaction of each document_id; those without an amount take no one's place."""
    once: dict[str, Transaction] = {}
    absent: list[Transaction] = []
    for item in transactions:
        if is_without_amount(item):
            absent.append(item)
        else:
            once.setdefault(item.document_id, item)
    return [*once.values(), *absent]
