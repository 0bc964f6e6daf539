"""A second revision beside the serving one, in the same pods.

    shadow  scores a share of the keys once more; nobody sees it but the metrics
    canary  answers a share of the keys, and is answered for where it fails

Whatever it does is its own: a record that it fails at is scored by the serving revision, as if there were no candidate.

buckets.py     which keys: stable, monotone in the percentage
ranks.py       whether two revisions order records alike
comparison.py  what is counted of it: per batch, and since it stands beside
second.py      what the codec asks of a second revision
shadow.py, canary.py   the two modes
candidates.py  from the live file's slot to one of them, or why not
"""

from scoring_service.candidate.buckets import Share
from scoring_service.candidate.candidates import Candidate, Candidates, check
from scoring_service.candidate.comparison import Comparison, Tally
from scoring_service.candidate.second import Chunk, Folded, Second, aligned, alone, is_of, promoted
from scoring_service.candidate.shadow import Shadow

__all__ = [
    "Candidate",
    "Candidates",
    "Chunk",
    "Comparison",
    "Folded",
    "Second",
    "Shadow",
    "Share",
    "Tally",
    "aligned",
    "alone",
    "check",
    "is_of",
    "promoted",
]
