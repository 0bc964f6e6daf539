"""Which revision of the scorer serves: only one that builds and passes its golden cases replaces another.

revisions.py  what serves, kept in step with the live file; the swap between two batches
file.py       the live file: noticed when it changes, read, understood or not
building.py   from a scorer block to what serves
verifying.py  golden cases on what was built
successor.py  a revision that warms up beside the serving one
completing.py a revision that waits for its model
serving.py    the values that others see
"""

from scoring_service.revision.revisions import Revisions
from scoring_service.revision.serving import Kept, Seen, Serving

__all__ = ["Kept", "Revisions", "Seen", "Serving"]
