"""`python -m scoring_service.models URI COLUMNS`: one model file, tried, to standard output; see `fetching`."""

import sys

from scoring_service.models.fetching import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
