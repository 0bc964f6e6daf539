"""Wallet reputation, variant zeru-v1.

input.py      what of a record is decoded, for clean records at full speed
mending.py    the slow way for all others: field by field, a bad transaction leaves its neighbours alone
crowd.py      how many items a list has, before they are read
actions.py    transactions as columns        features.py   columns → fourteen numbers
formula.py    numbers → scores               contributions.py   numbers → what each gave to the score
layout.py     the two shapes of the output
scorer.py     the scorer itself
"""

from scoring_service.scorers.wallet_reputation.parameters import WalletReputationParameters
from scoring_service.scorers.wallet_reputation.scorer import WalletReputation

__all__ = ["WalletReputation", "WalletReputationParameters"]
