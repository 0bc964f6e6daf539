"""`kubectl_complete-scoring`: what kubectl runs to complete `kubectl scoring …`.

It gets the words behind `scoring`, the last one unfinished, and prints one candidate a line, and at last what else the
shell may do: nothing, or complete names of files where there is no candidate.
"""

import io
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from typing import Final

NOTHING_ELSE: Final = ":4"
NAMES_OF_FILES: Final = ":0"
COMMAND: Final = "kubectl-scoring"


def main() -> None:
    """Print what may follow the words of the command line."""
    found = candidates(sys.argv[1:])
    sys.stdout.writelines(f"{line}\n" for line in [*found, NOTHING_ELSE if found else NAMES_OF_FILES])


def candidates(words: Sequence[str]) -> list[str]:
    """Return what may stand in place of the last word: what bash would be told."""
    from scoring_operator.cli import app  # only here: the package must be complete

    *finished, incomplete = words or [""]
    os.environ |= {
        "_KUBECTL_SCORING_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join([COMMAND, *finished, *filter(None, [incomplete])]),
        "COMP_CWORD": str(len(finished) + 1),
    }
    with redirect_stdout(io.StringIO()) as said, suppress(SystemExit):
        app(prog_name=COMMAND)
    return [line for line in said.getvalue().splitlines() if line]


if __name__ == "__main__":
    main()
