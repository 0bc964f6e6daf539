"""One target under coverage guidance, until its time is over or a promise is broken: a process of its own.

usage: python -m fuzz.engine TARGET [libFuzzer's options and folders]
"""

import signal
import sys
import time
from random import Random
from typing import Final

import atheris

with atheris.instrument_imports(include=["scoring_service", "yaml", "rfc8785"], enable_loader_override=False):
    from fuzz.catalogue import TARGETS, Target
from fuzz.finding import Finding
from fuzz.mutation import Mutator

TELL_EVERY_S: Final = 1.0
HANGS_AFTER_S: Final = 10.0
"""Of processor time, so that a busy machine is no hang."""
RAW: Final = 0.35
"""Share of mutations that the engine makes byte by byte, without knowing the structure."""
PREFIX: Final = 0.1
"""Share of mutations of the bytes in front alone."""
AFRESH: Final = 0.05
"""Share of structural mutations that begin with a seed: the engine drops those near a bound that no branch tells."""


class Run:
    """Counts inputs while they are checked."""

    def __init__(self, target: Target) -> None:
        self._check = target.check
        self._inputs = 0
        self._seen = 0
        self._told = time.monotonic()

    def __call__(self, data: bytes) -> None:
        """Check one input, and tell how many there were now and then."""
        self._inputs += 1
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            print(f"inputs {self._inputs}", file=sys.stderr, flush=True)
        self._check(data)

    def look(self, *_: object) -> None:
        """Break off an input that has been there at the last look, too: a signal's handler.

        Raises:
            Finding: It hangs.
        """
        if self._inputs == self._seen:
            raise Finding(f"an input ends within {HANGS_AFTER_S:.0f} s of processor time")
        self._seen = self._inputs


def main(arguments: list[str]) -> None:
    """Fuzz one target; the process ends in here."""
    target = TARGETS[arguments[1]]
    mutator, seeds = Mutator(target.tokens), [content for _, content in target.seeds()]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        chance = random.random()
        if chance < RAW:
            return bytes(atheris.Mutate(data, most))
        if chance > 1 - AFRESH:
            data = random.choice(seeds)
        front = bytearray(data[: target.prefix])
        if front and chance < RAW + PREFIX:
            front[random.randrange(len(front))] = random.randrange(256)
            return bytes(front) + data[target.prefix :]
        return bytes(front) + mutator.mutated(data[target.prefix :], most - len(front), random)

    run = Run(target)
    signal.signal(signal.SIGPROF, run.look)
    signal.setitimer(signal.ITIMER_PROF, HANGS_AFTER_S, HANGS_AFTER_S)
    again = f"{sys.executable} -m fuzz.engine {arguments[1]}"  # how the engine starts itself to merge folders
    atheris.Setup([again, *arguments[2:]], run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
