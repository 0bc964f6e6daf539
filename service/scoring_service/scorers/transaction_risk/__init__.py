"""Risk of one transaction from its own figures and from what its sender did before, by named rules.

input.py      what of a transaction is decoded, and within which bounds
decoding.py   bytes → transaction, or why not
history.py    what is known of each sender of a partition; bounded, never changed, always copied
rules.py      the rules, one function each
output.py     what goes to the topics
assess.py     the same for a client who sends the past along
scorer.py     the scorer itself
"""

from scoring_service.scorers.transaction_risk.parameters import TransactionRiskParameters
from scoring_service.scorers.transaction_risk.scorer import TransactionRisk

__all__ = ["TransactionRisk", "TransactionRiskParameters"]
