"""Whether a wallet can be scored at all, and with which reason if not. Independent of the order of transactions."""

import copy
from typing import Final

from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation.actions import Usable
from scoring_service.scorers.wallet_reputation.input import DEXES, MendedWallet, Refusal, Refusals, Wallet

NOTHING_VALID: Final = "No valid transactions found"

_NONE: Final = Refusals()
_WITHOUT_AMOUNT: Final = Refusal(Reason.SCHEMA, "a transaction has no amountUSD in any leg")
_TELLING: Final = ({Reason.NAN_OR_INF}, {Reason.TIMESTAMP})
"""Reasons worth passing on, if all transactions were refused for the same one."""


def refusals(wallet: Wallet, columns: Usable) -> Refusals:
    """Return what there is to say of the transactions that could not be used; not to be added to."""
    mended = wallet.refusals if isinstance(wallet, MendedWallet) else _NONE
    if not columns.absent:
        return mended
    both = copy.copy(mended)
    both.add(_WITHOUT_AMOUNT, columns.absent)
    return both


def rejection(wallet: Wallet, columns: Usable, refused: Refusals, *, strict: bool) -> Rejection | None:
    """Return why the wallet cannot be scored; None if it can. One unusable transaction is enough when strict."""
    usable = len(columns.callers)
    if usable and not (strict and refused.count):
        return None
    first = refused.first
    if first is not None and usable:
        reason, detail = first.reason, first.detail
    elif first is not None:
        reason = first.reason if refused.reasons in _TELLING else Reason.NO_VALID_TRANSACTIONS
        detail = f"{NOTHING_VALID}: {first.detail}"
    elif foreign := {block.protocol_type for block in wallet.data} - {DEXES}:
        reason = Reason.UNSUPPORTED_PROTOCOL
        detail = f"{NOTHING_VALID}: expected protocolType {DEXES}, got {min(foreign)[:60]}"
    else:
        reason, detail = Reason.NO_VALID_TRANSACTIONS, NOTHING_VALID
    return Rejection(reason, detail, wallet.wallet_address, transaction_count(wallet))


def transaction_count(wallet: Wallet) -> int:
    """Return how many transactions a record has, of any protocol type, usable or not."""
    count = sum(len(block.transactions) for block in wallet.data)
    if isinstance(wallet, MendedWallet):
        count += wallet.refusals.count + wallet.foreign_transactions
    return count
