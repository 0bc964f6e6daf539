"""The truth table: facts → conditions, each a chain of checks of which the first that fails gives the reason.

Available   every partition is scored on some verified revision (held for 60 s: a rebalance is no outage)
Ready       available, and exactly what the spec says
Reconciling on its way there by itself
Stalled     not on its way: a person must change something
Accepted    the spec can be read and the cluster takes what follows from it

WeightsVerified what the spec says of the scorer builds and passes its golden cases
KafkaReachable  the pods hear from the brokers
ScalingLimited  more pods are asked for than the input topic has partitions: only as many run
ReconciliationPaused  a person has told the operator to write nothing but status
"""

from scoring_operator.conditions.facts import PAUSED, Facts, Rollout
from scoring_operator.conditions.judgement import HOLD_S, Held, judge
from scoring_operator.conditions.reasons import Reason, Verdict

__all__ = ["HOLD_S", "PAUSED", "Facts", "Held", "Reason", "Rollout", "Verdict", "judge"]
