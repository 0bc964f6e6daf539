"""How a command gets at the cluster: as the person who calls it, for one question."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scoring_operator.cli.options import failures_told
from scoring_operator.cluster.login import Login

if TYPE_CHECKING:
    from scoring_operator.cluster.kube.person import Person
    from scoring_operator.cluster.kube.reader import Reader

_Answer = TypeVar("_Answer")


def login(namespace: str, kubeconfig: Path | None, context: str) -> Login:
    """Return what the options of a command log in with."""
    return Login(namespace, str(kubeconfig) if kubeconfig else None, context or None)


def read(as_whom: Login, reading: "Callable[[Reader], Awaitable[_Answer]]") -> _Answer:
    """Return what was read; an error of the cluster ends the process with one line."""

    async def run() -> _Answer:
        from scoring_operator.cluster.kube.reader import reader  # only here: a Tab waits for what is loaded

        async with reader(as_whom) as one:
            return await reading(one)

    with failures_told():
        return asyncio.run(run())


def act(as_whom: Login, name: str, acting: "Callable[[Person], Awaitable[_Answer]]") -> _Answer:
    """Return what came of doing something to one pipeline; an error of the cluster ends the process with one line."""

    async def run() -> _Answer:
        from scoring_operator.cluster.kube.person import person  # only here: a Tab waits for what is loaded

        async with person(name, *as_whom) as one:
            return await acting(one)

    with failures_told():
        return asyncio.run(run())
