"""Our worker with the C library's memory settings left as they are."""

import sys

from scoring_service import __main__ as worker

_UNKNOWN = 0
"""A parameter that mallopt(3) does not know and so ignores."""

if __name__ == "__main__":
    worker.M_TRIM_THRESHOLD = worker.M_MMAP_THRESHOLD = _UNKNOWN
    sys.exit(worker.main())
