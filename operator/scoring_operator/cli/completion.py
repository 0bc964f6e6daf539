"""What a Tab behind a command may mean: names of pipelines. It answers at once or not at all, and never complains."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Final

import typer

from scoring_operator.cluster.login import Login
from scoring_operator.errors import OperatorError

WITHIN_S: Final = 2.0
"""A person who has pressed Tab waits no longer."""


def pipelines(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the pipelines that begin as typed, in the namespace that the options so far name."""
    with contextlib.suppress(OperatorError, TimeoutError, OSError):
        return [name for name in asyncio.run(_names(login_of(context.params))) if name.startswith(incomplete)]
    return []


def login_of(options: Mapping[str, Any]) -> Login:
    """Return what the options of a command log in with."""
    kubeconfig = options.get("kubeconfig")
    return Login(
        namespace=options.get("namespace") or "",
        kubeconfig=str(kubeconfig) if kubeconfig else None,
        context=options.get("context") or None,
    )


async def _names(login: Login) -> list[str]:
    from scoring_operator.cluster.kube.reader import reader  # only here: other commands need not wait for it

    async with asyncio.timeout(WITHIN_S), reader(login) as one:
        return [pipeline["metadata"]["name"] for pipeline in await one.pipelines()]
