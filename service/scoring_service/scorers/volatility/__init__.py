"""Volatility of a traded symbol, from sliding windows of its ticks.

input.py      what of a tick is decoded, and within which bounds
decoding.py   bytes → tick, or why not
window.py     the returns of one symbol, in exact sums: a tick costs the same whatever the window's length
clock.py      event time: what is late, what begins a new window
windows.py    the windows of a partition, bounded; never changed, always copied
baseline.py   features → score
output.py     what goes to the topics
predict.py    scores of features that a client has
scorer.py     the scorer itself
"""

from scoring_service.scorers.volatility.parameters import VolatilityParameters
from scoring_service.scorers.volatility.scorer import Volatility

__all__ = ["Volatility", "VolatilityParameters"]
