"""The records that contestants score: generated wallets of a fixed number of transactions, the same in every run."""

from collections.abc import Sequence
from functools import cache

from scoring_service import generate

_DISTINCT = {1: 20_000, 10: 5_000, 100: 500}
"""Distinct wallets by transactions each: enough that no cache knows them, few enough to make quickly."""


@cache
def wallets(transactions: int) -> Sequence[tuple[bytes, bytes]]:
    """Return (key, value) of distinct wallets, each with `transactions` transactions."""
    made = generate.wallets(_DISTINCT.get(transactions, 1_000), seed=transactions, transactions=transactions)
    return [(wallet.key, wallet.value) for wallet in made]
