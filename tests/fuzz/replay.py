"""One input again, without the engine: a broken promise ends with its traceback.

usage: python -m fuzz.replay TARGET FILE
"""

import faulthandler
import sys
from pathlib import Path
from typing import Final

from fuzz.catalogue import TARGETS

HANGS_AFTER_S: Final = 60


def main(target: str, path: str) -> None:
    """Check the input in a file; say where it hangs if it does."""
    faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
    TARGETS[target].check(Path(path).read_bytes())
    print(f"{path}: {target} keeps its promises")


if __name__ == "__main__":
    main(*sys.argv[1:])
