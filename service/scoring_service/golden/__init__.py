"""Golden cases: whether a scorer makes of given records what a person expects. Pure but for the clock of the bound.

comparing.py  an output against an expectation: the first difference, or none
running.py    cases against a scorer, by the very path of records from Kafka: the first miss, or none
recording.py  records and what a scorer makes of them, as cases
"""

from scoring_service.golden.comparing import Difference
from scoring_service.golden.recording import Recording, record
from scoring_service.golden.running import SECONDS, Miss, first_miss

__all__ = ["SECONDS", "Difference", "Miss", "Recording", "first_miss", "record"]
