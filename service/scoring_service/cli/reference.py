"""`scorer reference`: what is usual in a recording of ticks, as parameters of volatility."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from scoring_service.cli.manifest import refuse
from scoring_service.cli.ticks import ticks_of
from scoring_service.replay.recording import NoTicks
from scoring_service.scorers.volatility import VolatilityParameters


def reference(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ticks of one symbol, as `scorer replay` reads them.")],
    window_size: Annotated[int, typer.Option(min=3, max=1000, metavar="N", help="Prices in a window.")] = 50,
) -> None:
    """Print the parameters `reference` and `drift` of the scorer volatility, as a recording has them.

    Exit codes: 0 done; 2 wrong usage, or a recording without one full window.
    """
    from scoring_service.training.reference import usual
    from scoring_service.training.rows import NoRows

    try:
        found = usual(ticks_of(file), VolatilityParameters(window_size=window_size))
    except (NoTicks, NoRows) as error:
        refuse(f"{file}: {error}")
    means, deviations = zip(*found.apart, strict=True)
    typer.echo(f"windowSize: {window_size}")
    typer.echo(f"reference: {{median: {found.median:.2e}, p90: {found.p90:.2e}}}")
    typer.echo(f"drift:\n  retMean: {_numbers(means)}\n  retStd: {_numbers(deviations)}")


def _numbers(values: Iterable[float]) -> str:
    return f"{' '.join(f'{value:.3e}' for value in values)!r}"
