"""Recorded ticks back onto a topic, in the time that they took or faster.

recording.py  a line of a file → the record that it was
pace.py       which record is due when
run.py        one run: waits, writes, tries again
"""

from scoring_service.replay.pace import Pace
from scoring_service.replay.recording import Recorded, recorded
from scoring_service.replay.run import Replay, Trouble

__all__ = ["Pace", "Recorded", "Replay", "Trouble", "recorded"]
