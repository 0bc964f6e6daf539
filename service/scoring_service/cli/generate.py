"""`scorer generate`: seeded sample records, one JSON document per line."""

import sys
from typing import Annotated

import typer

from scoring_service import generate as samples
from scoring_service.cli.progress import progress

_LONG_RECORDS = 20_000

generate = typer.Typer(name="generate", help="Generate seeded sample records.", no_args_is_help=True)


@generate.command()
def wallets(
    count: Annotated[int, typer.Option("--count", "-n", min=0, help="Records to generate.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", "-s", help="The same seed gives the same records.")] = 0,
    transactions: Annotated[
        int | None,
        typer.Option("--transactions", min=1, help="Per wallet.", show_default="around 10, from 1 to 200"),
    ] = None,
    invalid: Annotated[
        float, typer.Option("--invalid", min=0.0, max=1.0, help="Share of records that can never be scored.")
    ] = 0.0,
    until: Annotated[
        int, typer.Option("--until", min=0, help="Unix seconds that all transactions lie before.")
    ] = samples.UNTIL,
) -> None:
    """Write wallet records in the format that the scorer walletReputation reads, one per line."""
    records = samples.wallets(count, seed, transactions=transactions, invalid=invalid, until=until)
    for record in progress(records, "generating", count, _LONG_RECORDS, lambda _: 1):
        sys.stdout.buffer.write(record.value + b"\n")
