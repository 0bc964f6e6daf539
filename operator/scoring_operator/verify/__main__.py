"""`python -m scoring_operator.verify`: the process of `helm test`."""

import asyncio
from typing import Annotated

import typer

from scoring_operator.verify.kube import opened
from scoring_operator.verify.port import Subject
from scoring_operator.verify.running import verified


def verify(
    namespace: Annotated[str, typer.Option(help="Of the release.")],
    lease: Annotated[str, typer.Option(help="Name of the Lease that the operator's processes share.")],
    pipeline: Annotated[str, typer.Option(help="A pipeline there that has to become Ready and score.")] = "",
    within: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="For all checks together.")] = 120.0,
) -> None:
    """Verify that a release of the operator works; one line for each check.

    Exit codes: 0 it does; 1 it does not, the last line says why.
    """
    if not asyncio.run(_verified(Subject(namespace, lease, pipeline), within)):
        raise typer.Exit(1)


async def _verified(subject: Subject, within_s: float) -> bool:
    async with opened(subject) as release:
        return await verified(release, subject, typer.echo, within_s=within_s)


if __name__ == "__main__":
    typer.run(verify)
