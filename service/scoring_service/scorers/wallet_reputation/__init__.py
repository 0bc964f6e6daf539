"""Wallet reputation in three variants: reputation-v2 is recommended, zeru-v1 and seed-readme reproduce others' scores.

input.py      what of a record is decoded, for clean records at full speed
mending.py    the slow way for all others: field by field, a bad transaction leaves its neighbours alone
crowd.py      how many items a list has, before they are read
variants.py   what the scorer asks of a variant, and all three
scorer.py     the scorer itself

zeru-v1: actions.py   transactions as columns        features.py   columns → fourteen numbers
         formula.py   numbers → scores
seed-readme: seed_readme.py   other numbers of the same columns → scores
reputation-v2: ledger.py        transactions one by one, in order
               round_trips.py   which swaps do not count        holding.py   how long deposits stay
               scale.py         the scale of volume             reputation_v2.py   ledger → numbers → scores

contributions.py   what each number gave to the score        layout.py   the two shapes of the output
"""

from scoring_service.scorers.wallet_reputation.parameters import WalletReputationParameters
from scoring_service.scorers.wallet_reputation.scorer import WalletReputation

__all__ = ["WalletReputation", "WalletReputationParameters"]
