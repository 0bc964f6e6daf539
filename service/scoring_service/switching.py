"""How long a thread waits before it takes the interpreter from the one that computes.

The wait is the price of every turn that the event loop loses to scoring, and each system call may lose one. It is kept
long, as each switch costs both of them, and short for the moment in which a scrape is answered.
"""

import asyncio
import sys
from typing import Final

USUAL_S = 0.008
"""How long scoring keeps the interpreter before the event loop gets it.

Every scrape and probe waits for it once, so that 20 ms were too long. Records per CPU-second under backlog against
those at 20 ms, in turns of a second within one worker (25 turns, mean and its standard error, median): at 8 ms
99.9 ± 1.3 %, 98.1 %; at Python's own 5 ms 96.6 ± 1.8 %, 96.6 %.
"""
BRISK_S: Final = 0.0003
"""The same while a scrape is answered: the dozens of small reads of /proc lose some turns, the text takes 1 ms."""


def settle() -> None:
    """Let threads of this process wait as usual."""
    sys.setswitchinterval(USUAL_S)


def hurry() -> None:
    """Let them wait briefly until the next turn of the event loop, whatever this one does."""
    sys.setswitchinterval(BRISK_S)
    asyncio.get_running_loop().call_soon(settle)
