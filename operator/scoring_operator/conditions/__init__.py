"""The truth table: facts → conditions, each a chain of checks of which the first that fails gives the reason.

types.py      what is judged: the closed list of condition types
reasons.py    why: the closed list of reasons
facts.py      what conditions are made of
judgement.py  the verdict of every condition, with the patience that a rebalance deserves
"""

from scoring_operator.conditions.facts import PAUSED, Facts, Rollout
from scoring_operator.conditions.judgement import HOLD_S, Held, judge
from scoring_operator.conditions.reasons import AT_REST, Reason, Verdict
from scoring_operator.conditions.types import Condition

__all__ = ["AT_REST", "HOLD_S", "PAUSED", "Condition", "Facts", "Held", "Reason", "Rollout", "Verdict", "judge"]
