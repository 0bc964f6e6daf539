"""`scorer plan`: what other weights would change, on records that are there."""

import asyncio
import sys
import time
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.console import Console

from scoring_service.cli import answer
from scoring_service.cli.lines import opened, records
from scoring_service.cli.manifest import pipeline_of, refuse
from scoring_service.cli.progress import bar
from scoring_service.cli.source import MOUNTED, SecretsFolder
from scoring_service.contract.pipeline import Pipeline
from scoring_service.contract.startup import Startup
from scoring_service.scorers.registry import build

if TYPE_CHECKING:
    from scoring_service.planning.comparison import Comparison
    from scoring_service.planning.findings import Findings

LAST: Final = 10_000
POINTS: Final = 2_000
"""Of a scatter plot: more hide each other."""
AT_ONCE: Final = 100
EXIT_INCOMPLETE: Final = 3
WIDTH: Final = 120
"""Where no terminal has one."""


def plan(  # noqa: PLR0913, RUF100 - one parameter per option
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest with the proposed scorer.")],
    current: Annotated[Path, typer.Option(metavar="FILE.yaml", help="Manifest with the scorer to compare with.")],
    last: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Records from the end.", show_default="10,000 of a topic, all of a file"),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead of the input topic: JSON lines, also as .gz.")
    ] = None,
    as_of: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="UNIX_SECONDS", help="Moment to score the lines of a file for.", show_default="now"
        ),
    ] = None,
    threshold: Annotated[float | None, typer.Option(metavar="SCORE", help="Count who would cross it.")] = None,
    movers: Annotated[int, typer.Option(min=0, max=100, metavar="K", help="Show so many that move most.")] = 5,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots, too.")] = None,
    secrets: SecretsFolder = MOUNTED,
    output: answer.Output = answer.Format.TABLE,
) -> None:
    """Score the last records of the input topic, or of a file, with the current and the proposed scorer, and compare.

    Nothing is written to the brokers: no group is joined, no offset is committed. Records of transactions that are
    open or aborted are left out.

    Exit codes: 0 done, whatever changes; 1 the brokers do not answer or refuse; 2 wrong usage, an unreadable file or
    manifest; 3 the installation lacks the extra `plots`, and --html is asked for.
    """
    from scoring_service.planning.comparison import Comparison  # only here: a Tab waits for what `scorer` loads

    _refuse_pictures_without_plots(html)
    if as_of is not None and file is None:
        refuse("--as-of: expected --file FILE with it: the records of a topic say themselves for when to score")
    proposed, serving = pipeline_of(pipeline), pipeline_of(current)
    if proposed.block.member != serving.block.member:
        refuse(
            f"{pipeline}: spec.scorer: expected {serving.block.member}, as in {current}: a pipeline keeps its scorer "
            f"(got {proposed.block.member})"
        )
    comparison = Comparison(build(serving.block), build(proposed.block), movers)
    if file is not None:
        source = str(file)
        _read_file(file, last, int(time.time()) if as_of is None else as_of, comparison)
    else:
        source = proposed.spec.input.topic
        with answer.failures_told():
            asyncio.run(_read_topic(proposed.startup(""), secrets, last or LAST, comparison))
    found = comparison.findings((serving.block.revision, proposed.block.revision), threshold)
    _answer(found, output)
    if html is not None:
        _write_page(html, found, comparison, proposed, source)


def _refuse_pictures_without_plots(html: Path | None) -> None:
    if html is not None and find_spec("matplotlib") is None:
        typer.echo("scorer: --html needs matplotlib: pip install 'scoring-operator[plots]'", err=True)
        raise typer.Exit(EXIT_INCOMPLETE)


def _read_file(file: Path, last: int | None, as_of: int, comparison: "Comparison") -> None:
    """Compare the last lines of a file; it is read twice if not all are wanted, because lines have no numbers."""
    skipped = 0
    if last is not None:
        with opened(file) as lines:
            skipped = max(0, sum(1 for _ in lines) - last)
    with opened(file) as lines, bar("scoring", last) as advance:
        wanted = islice(records(lines, as_of), skipped, None)
        while chunk := list(islice(wanted, AT_ONCE)):
            comparison.take(str(file), 0, chunk)
            advance(len(chunk))


async def _read_topic(startup: Startup, secrets: Path, last: int, comparison: "Comparison") -> None:
    """Compare the last records of the input topic, as it ends now."""
    from scoring_service.planning.selection import begins
    from scoring_service.stream.kafka import tail

    async with tail.opened(startup, secrets) as topic:
        bounds = await topic.bounds()
        starts, ends = begins(bounds, last), {partition: of.last_stable for partition, of in bounds.items()}
        with bar("scoring", sum(ends[partition] - starts[partition] for partition in ends)) as advance:
            async for partition, page in topic.pages(starts, ends):
                comparison.take(startup.input.topic, partition, page)
                advance(len(page))


def _answer(found: "Findings", output: answer.Format) -> None:
    if output is answer.Format.JSON:
        typer.echo(msgspec.json.encode(found))
        return
    from scoring_service.planning.view import view

    Console(width=None if sys.stdout.isatty() else WIDTH).print(view(found))


def _write_page(html: Path, found: "Findings", comparison: "Comparison", proposed: Pipeline, source: str) -> None:
    from scoring_service.planning.page import page

    try:
        html.write_text(page(found, comparison.points(POINTS), proposed.key, source), "utf-8")
    except OSError as error:
        refuse(f"{html}: {error.strerror}")
