"""The transactions of one record as columns: what the features are computed from."""

from typing import NamedTuple

from scoring_service.scorers.wallet_reputation.input import DEPOSITS, DEXES, Transaction, Wallet


class Actions(NamedTuple):
    """One entry per transaction that counts; amounts in US dollars, times in Unix seconds."""

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
    callers: list[str | None]
    duplicates: int
    """Transactions left out because their document_id was there before."""
    absent: int
    """Transactions left out because they have no amount in any leg."""

    @property
    def usable(self) -> int:
        """Transactions that count."""
        return len(self.volumes) + len(self.deposits) + len(self.withdraws)

    def foreign_callers(self, address: str) -> int:
        """Return how many transactions name another caller; one without a caller names none."""
        if self.callers.count(address) == len(self.callers):
            return 0
        own = address.lower()
        return sum(caller is not None and caller.lower() != own for caller in self.callers)


def actions(wallet: Wallet) -> Actions:
    """Return the columns of a wallet's transactions on decentralised exchanges.

    One loop on purpose: this is the hot path, and walking the transactions costs as much as reading them.
    """
    volumes: list[float] = []
    swap_times: list[float] = []
    swap_pools: set[str] = set()
    symbols: set[str] = set()
    deposits: list[float] = []
    deposit_times: list[float] = []
    withdraws: list[float] = []
    withdraw_times: list[float] = []
    liquidity_pools: set[str] = set()
    callers: list[str | None] = []
    absent = 0
    transactions = of_exchanges(wallet)
    distinct = _distinct(transactions)
    for item in distinct:
        is_swap = item.action == "swap"
        one, other = (item.token_in, item.token_out) if is_swap else (item.token0, item.token1)
        if one is other:  # only NO_TOKEN is
            absent += 1
            continue
        callers.append(item.caller)
        if is_swap:
            volumes.append(max(one.amount_usd, other.amount_usd))
            swap_times.append(item.timestamp)
            swap_pools.add(item.pool)
            symbols.add(one.symbol)
            symbols.add(other.symbol)
            continue
        liquidity_pools.add(item.pool)
        if item.action in DEPOSITS:
            deposits.append(one.amount_usd + other.amount_usd)
            deposit_times.append(item.timestamp)
        else:
            withdraws.append(one.amount_usd + other.amount_usd)
            withdraw_times.append(item.timestamp)
    return Actions(
        volumes=volumes,
        swap_times=swap_times,
        swap_pools=swap_pools,
        symbols=symbols,
        deposits=deposits,
        deposit_times=deposit_times,
        withdraws=withdraws,
        withdraw_times=withdraw_times,
        liquidity_pools=liquidity_pools,
        callers=callers,
        duplicates=len(transactions) - len(distinct),
        absent=absent,
    )


def of_exchanges(wallet: Wallet) -> list[Transaction]:
    """Return the transactions of all blocks of the protocol type that is scored."""
    if len(wallet.data) == 1 and wallet.data[0].protocol_type == DEXES:
        return wallet.data[0].transactions
    return [item for block in wallet.data if block.protocol_type == DEXES for item in block.transactions]


def _distinct(transactions: list[Transaction]) -> list[Transaction]:
    """Return the first usable transaction of each document_id; those without an amount take no one's place."""
    if len({item.document_id for item in transactions}) == len(transactions):
        return transactions
    once: dict[str, Transaction] = {}
    absent: list[Transaction] = []
    for item in transactions:
        if item.token_in is item.token_out if item.action == "swap" else item.token0 is item.token1:
            absent.append(item)
        else:
            once.setdefault(item.document_id, item)
    return [*once.values(), *absent]
