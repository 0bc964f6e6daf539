"""`kubectl-scoring` as a person starts it."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final, NamedTuple

COMMAND: Final = Path(sys.executable).with_name("kubectl-scoring")
WITHIN_S: Final = 60.0


class Answer(NamedTuple):
    """What a command said when it had ended."""

    code: int | None
    out: str
    said: str
    """On standard error."""


class Person:
    """Somebody with a kubeconfig, who means one namespace."""

    def __init__(self, kubeconfig: str, namespace: str) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    async def run(self, *arguments: str, stdin: bytes | None = None) -> Answer:
        """Return the answer of `kubectl-scoring`."""
        return await ended(str(COMMAND), *arguments, *self.where, stdin=stdin)

    @property
    def where(self) -> tuple[str, ...]:
        """The options that say so."""
        return ("-n", self.namespace, "--kubeconfig", self.kubeconfig)


async def ended(*command: str, stdin: bytes | None = None, **environment: str) -> Answer:
    """Return what a command said when it had ended.

    Raises:
        TimeoutError: It has not ended in a minute.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe if stdin else None, stdout=pipe, stderr=pipe, env=os.environ | environment
    )
    async with asyncio.timeout(WITHIN_S):
        out, said = await process.communicate(stdin)
    return Answer(process.returncode, out.decode(), said.decode())
