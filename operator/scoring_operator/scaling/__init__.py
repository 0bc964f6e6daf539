"""How many replicas a pipeline should have: pure, over windows of what its pods report.

reasons.py    what it may say                       situation.py  what is known of a pipeline at one look
without_load.py  what is decided without the pods   obstacles.py  why nothing can be measured
window.py     a minute of looks → lag and rates     capacity.py   what one pod can do
need.py       a rate → pods that bear it            memory.py     what former looks leave
decision.py   the result                            deciding.py   the decision
foreign.py    who else writes replicas              account.py    the decision as status says it, and read back
"""

from scoring_operator.scaling.deciding import decide
from scoring_operator.scaling.decision import Decision, Inputs
from scoring_operator.scaling.memory import Memory
from scoring_operator.scaling.reasons import Limit, Reason
from scoring_operator.scaling.situation import Situation

__all__ = ["Decision", "Inputs", "Limit", "Memory", "Reason", "Situation", "decide"]
