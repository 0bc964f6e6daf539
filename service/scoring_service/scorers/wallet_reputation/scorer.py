"""The scorer `walletReputation`: decode, columns, features, formula, output; one record at a time, no state."""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from scoring_service.scorers.base import Contribution, Outcome, Rejection, Row, ScoreRange, State
from scoring_service.scorers.moment import whole
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.wallet_reputation.contributions import contributions, strongest
from scoring_service.scorers.wallet_reputation.features import Features
from scoring_service.scorers.wallet_reputation.input import MAX_TRANSACTIONS, AddressedWallet, NamedWallet, Wallet
from scoring_service.scorers.wallet_reputation.mending import mended
from scoring_service.scorers.wallet_reputation.output import FailedCategory, WalletFailure, WalletScore
from scoring_service.scorers.wallet_reputation.parameters import WalletReputationParameters
from scoring_service.scorers.wallet_reputation.raw import UNREADABLE, Crowded
from scoring_service.scorers.wallet_reputation.refusals import refusals, rejection, transaction_count
from scoring_service.scorers.wallet_reputation.tags import tags
from scoring_service.scorers.wallet_reputation.variants import VARIANTS

_is_address: Final = re.compile(r"0x[0-9a-fA-F]{40}").fullmatch
"""Syntax only: a wrong checksum (EIP-55) is common in real data and never a failure."""

_MAX_ECHOED: Final = 256
"""Characters of an unreadable address that a failure record repeats, at most; a longer one becomes null."""

_TOO_DEEP: Final = Rejection(Reason.DEPTH, "The record nests too deep to be read")
_NOT_FINITE: Final = "The amounts add up, or divide, to a number that is not finite"
_decode_named: Final = msgspec.json.Decoder(NamedWallet).decode
_decode_addressed: Final = msgspec.json.Decoder(AddressedWallet).decode


class WalletReputation:
    """Reputation of a wallet from what it did on decentralised exchanges, in the range of its variant."""

    name: ClassVar[str] = "walletReputation"
    Input: ClassVar[type[Wallet]] = Wallet
    Parameters: ClassVar[type[WalletReputationParameters]] = WalletReputationParameters
    Output: ClassVar[type[WalletScore]] = WalletScore
    stateful: ClassVar[bool] = False
    range: ScoreRange

    def __init__(self, parameters: WalletReputationParameters) -> None:
        self.parameters = parameters
        self._variant = variant = VARIANTS[parameters.variant]
        self.range = variant.range
        self._layout = variant.layouts[parameters.categories]
        self._paths = variant.paths[parameters.categories]

    def decode(self, value: bytes) -> Wallet | Rejection:
        """Return one record as a wallet, or why it cannot be one. Never raises on any bytes."""
        try:
            wallet = _decode_named(value)
            return _checked(wallet if len(value) <= MAX_TRANSACTIONS else _uncrowded(wallet))
        except UNREADABLE:
            pass
        except RecursionError:
            return _TOO_DEEP
        try:
            return _checked(_slowly(value))
        except RecursionError:
            return _TOO_DEEP

    def as_of(self, value: Wallet) -> float | None:
        """Return the record's own `as_of` in Unix seconds, if it has one."""
        return value.as_of

    def key(self, value: Wallet) -> bytes:
        """Return the wallet's address as in the input."""
        return value.wallet_address.encode()

    def start(self) -> State:
        """Return None: a formula has no state."""
        return None

    def score(self, rows: Sequence[Row], state: State) -> tuple[list[Outcome], State]:
        """Return one `WalletScore` or `Rejection` per row, in order, and the state as it came."""
        return [self._outcome(row.value, row.as_of) for row in rows], state

    def failure(self, rejection: Rejection) -> WalletFailure:
        """Return the failure record: no categories when split, one with the count when merged."""
        categories = []
        if self.parameters.categories == "merged":
            categories.append(FailedCategory("dexes", rejection.detail, rejection.transaction_count))
        return WalletFailure(
            wallet_address=rejection.entity, error=rejection.detail, reason=rejection.reason, categories=categories
        )

    def contributions(self, row: Row) -> list[Contribution]:
        """Return what each feature gave to the score of a row; empty if the row is rejected."""
        columns = self._variant.columns(row.value)
        refused = refusals(row.value, columns)
        if rejection(row.value, columns, refused, strict=self.parameters.strict) is not None:
            return []
        found = self._variant.features(columns, row.as_of)
        return [] if found is None else self._contributions(found)

    def _contributions(self, found: Features) -> list[Contribution]:
        return contributions(self._variant.terms(found, self.parameters.weights), self._paths)

    def _outcome(self, wallet: Wallet, as_of: float) -> WalletScore | Rejection:
        parameters, variant = self.parameters, self._variant
        columns = variant.columns(wallet)
        refused = refusals(wallet, columns)
        rejected = rejection(wallet, columns, refused, strict=parameters.strict)
        if rejected is not None:
            return rejected
        found = variant.features(columns, as_of)
        if found is None:
            return Rejection(Reason.NAN_OR_INF, _NOT_FINITE, wallet.wallet_address, len(columns.callers))
        scores = variant.scores(found, parameters.weights)
        score = WalletScore(
            wallet_address=wallet.wallet_address,
            zscore=variant.zscore(scores.final, parameters.zscore_decimals),
            categories=self._layout(found, scores),
            tags=tags(found),
            as_of=whole(as_of),
            model_version=parameters.variant,
            skipped_transactions=refused.count,
            duplicate_transactions=columns.duplicates,
            caller_mismatches=columns.foreign_callers(wallet.wallet_address),
            confidence=scores.confidence,
        )
        if parameters.top_reasons:
            score.top_reasons = strongest(self._contributions(found), parameters.top_reasons)
        return score


def _slowly(value: bytes) -> Wallet | Rejection:
    """Return a record of which a token has no symbol, or something cannot be read.

    Raises:
        RecursionError: The record nests too deep.
    """
    try:
        return _uncrowded(_decode_addressed(value))
    except UNREADABLE:
        return mended(value)


def _uncrowded(wallet: Wallet) -> Wallet | Rejection:
    """Return the record unless it has too much; `mended` says the same of records that are not clean."""
    if len(wallet.data) > MAX_TRANSACTIONS:
        name = "data"
    elif sum(len(block.transactions) for block in wallet.data) > MAX_TRANSACTIONS:
        name = "transactions"
    else:
        return wallet
    return Rejection(Reason.SCHEMA, str(Crowded(name)), wallet.wallet_address)


def _checked(wallet: Wallet | Rejection) -> Wallet | Rejection:
    """Return the record unless its address is none, or too long to be echoed."""
    if isinstance(wallet, Wallet):
        if _is_address(wallet.wallet_address):
            return wallet
        detail = f"wallet_address: expected 0x and 40 hexadecimal digits, got {wallet.wallet_address[:60]!r}"
        wallet = Rejection(Reason.SCHEMA, detail, wallet.wallet_address, transaction_count(wallet))
    if wallet.entity is not None and len(wallet.entity) > _MAX_ECHOED:
        return msgspec.structs.replace(wallet, entity=None)
    return wallet
