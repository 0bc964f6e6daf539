"""The rules, as requirement 001's service has them: each adds its weight to the risk, which ends at 1.

    flash_loan        amount > 10⁶, slippage < 0.001, route > 4 pools                                   + 0.15
    mev               gas price > 100 gwei, and > 3 earlier transactions of the sender with the pair    + 0.25
    rapid_trading     > 10 transactions of the sender within 300 s, this one included                   + 0.10
    large_after_idle  amount > 10⁵ after more than 48 h without a transaction of the sender             + 0.05

    safe < 0.3 ≤ low < 0.5 ≤ medium < 0.7 ≤ high < 0.85 ≤ critical

All limits are parameters. The amount that large_after_idle takes for large is ours: the requirement names none. Its
service adds 0.3 · anomaly where an Isolation Forest finds more than 0.7; that is no rule, and left out here.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from scoring_service.scorers.transaction_risk.history import Past
from scoring_service.scorers.transaction_risk.input import Transaction
from scoring_service.scorers.transaction_risk.parameters import TransactionRiskParameters

HOUR_S: Final = 3600.0

RuleName = Literal["flash_loan", "mev", "rapid_trading", "large_after_idle"]
Issue = Literal["high_slippage", "long_route"]


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A rule that applies."""

    rule: RuleName
    weight: float
    """What it adds to the risk."""
    why: str
    """The figures that it saw, beside the limits."""


def findings(transaction: Transaction, at: float, past: Past, parameters: TransactionRiskParameters) -> list[Finding]:
    """Return the rules that apply to a transaction of moment `at`, in Unix seconds, of a sender with that past."""
    found = [rule(transaction, at, past, parameters) for rule in _RULES]
    return [finding for finding in found if finding is not None]


def issues(transaction: Transaction, parameters: TransactionRiskParameters) -> list[Issue]:
    """Return what is worth a remark and adds no risk."""
    found: list[Issue] = []
    if transaction.slippage is not None and transaction.slippage > parameters.high_slippage:
        found.append("high_slippage")
    if transaction.route_length > parameters.long_route:
        found.append("long_route")
    return found


def _flash_loan(it: Transaction, at: float, past: Past, parameters: TransactionRiskParameters) -> Finding | None:
    rule = parameters.flash_loan
    if it.slippage is None or it.slippage >= rule.slippage:
        return None
    if it.amount <= rule.amount or it.route_length <= rule.route_length:
        return None
    why = f"amount {it.amount:g} > {rule.amount:g}, slippage {it.slippage:g} < {rule.slippage:g}, "
    return Finding("flash_loan", rule.weight, f"{why}route of {it.route_length} > {rule.route_length} pools")


def _mev(it: Transaction, at: float, past: Past, parameters: TransactionRiskParameters) -> Finding | None:
    rule = parameters.mev
    if it.gas_price <= rule.gas_price:
        return None
    count = sum(seen.pair == it.token_pair for seen in past)
    if count <= rule.same_pair:
        return None
    why = f"gas price {it.gas_price:g} > {rule.gas_price:g} gwei, {count} > {rule.same_pair} earlier ones of the pair"
    return Finding("mev", rule.weight, why)


def _rapid_trading(it: Transaction, at: float, past: Past, parameters: TransactionRiskParameters) -> Finding | None:
    rule = parameters.rapid_trading
    count = 1 + len(past) - bisect_right(past, at - rule.seconds, key=lambda seen: seen.at)
    if count <= rule.transactions:
        return None
    why = f"{count} > {rule.transactions} transactions within {rule.seconds:g} s"
    return Finding("rapid_trading", rule.weight, why)


def _large_after_idle(it: Transaction, at: float, past: Past, parameters: TransactionRiskParameters) -> Finding | None:
    rule = parameters.large_after_idle
    if not past or it.amount <= rule.amount:
        return None
    idle = (at - past[-1].at) / HOUR_S
    if idle <= rule.idle_hours:
        return None
    why = f"amount {it.amount:g} > {rule.amount:g} after {idle:.1f} > {rule.idle_hours:g} idle hours"
    return Finding("large_after_idle", rule.weight, why)


_Rule = Callable[[Transaction, float, Past, TransactionRiskParameters], Finding | None]
_RULES: Final[tuple[_Rule, ...]] = (_flash_loan, _mev, _rapid_trading, _large_after_idle)
