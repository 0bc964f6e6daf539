"""Risk of an address from the aggregates of all that it did, by a trained model or by the baseline that stands in.

features.py   the aggregates, and the columns that a predictor takes
input.py      one record
baseline.py   a logistic regression whose numbers are in the code
reasons.py    which aggregates make the risk of an address
output.py     what goes to the topics
scorer.py     the scorer itself
"""

from scoring_service.scorers.address_risk.parameters import AddressRiskParameters
from scoring_service.scorers.address_risk.scorer import AddressRisk

__all__ = ["AddressRisk", "AddressRiskParameters"]
