"""Wallet reputation in several variants, of which zeru-v1 is the compatible one.

input.py      what of a record is decoded, for clean records at full speed
mending.py    the slow way for all others: field by field, a bad transaction leaves its neighbours alone
crowd.py      how many items a list has, before they are read
actions.py    transactions as columns        features.py   columns → fourteen numbers
formula.py    numbers → scores: zeru-v1      contributions.py   numbers → what each gave to the score
seed_readme.py    the formulas of seed-readme
variants.py   what the scorer asks of a variant, and all of them
layout.py     the two shapes of the output
scorer.py     the scorer itself
"""

from scoring_service.scorers.wallet_reputation.parameters import WalletReputationParameters
from scoring_service.scorers.wallet_reputation.scorer import WalletReputation

__all__ = ["WalletReputation", "WalletReputationParameters"]
