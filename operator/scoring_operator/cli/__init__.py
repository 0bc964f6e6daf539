"""`kubectl-scoring`, also `kubectl scoring`: what a person does with pipelines besides `kubectl apply`."""

import asyncio
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from scoring_operator.cli.acls import acls
from scoring_operator.cli.adopt import adopt
from scoring_operator.cli.candidate import discard, promote
from scoring_operator.cli.diff import diff
from scoring_operator.cli.explain import explain
from scoring_operator.cli.history import history
from scoring_operator.cli.key import key
from scoring_operator.cli.lag import lag
from scoring_operator.cli.lint import lint
from scoring_operator.cli.options import EXIT_INCOMPLETE, Format
from scoring_operator.cli.plan import PASSED_ON, plan
from scoring_operator.cli.report import report
from scoring_operator.cli.reset import reset
from scoring_operator.cli.rollback import rollback
from scoring_operator.cli.simulate import simulate
from scoring_operator.cli.status import status
from scoring_operator.cli.suspend import resume, suspend
from scoring_operator.cli.top import top
from scoring_operator.cli.upgrade import upgrade

app = typer.Typer(no_args_is_help=True, help="Run and inspect ScoringPipelines.", pretty_exceptions_enable=False)


app.command()(acls)
app.command()(adopt)
app.command()(diff)
app.command()(discard)
app.command()(explain)
app.command()(history)
app.command()(lag)
app.command()(lint)
app.command(context_settings=PASSED_ON)(plan)
app.command()(promote)
app.command()(report)
app.command()(reset)
app.command()(resume)
app.add_typer(key, name="key")
app.command()(rollback)
app.command()(simulate)
app.command()(status)
app.command()(suspend)
app.command()(top)
app.command()(upgrade)


@app.callback()
def main() -> None:
    """Run and inspect ScoringPipelines."""


@app.command("version")
def show_version() -> None:
    """Print the version."""
    typer.echo(version("scoring-operator"))


@app.command()
def up(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="The manifest; edits of it go live.")],
    bootstrap_servers: Annotated[
        str, typer.Option(metavar="HOST:PORT,…", help="Brokers to use instead of the manifest's.")
    ] = "",
    output: Annotated[
        Format, typer.Option("--output", "-o", help="A live table, or a document of JSON or YAML per look.")
    ] = Format.TABLE,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the workers' mounted files and logs here.", file_okay=False)
    ] = None,
) -> None:
    """Run a pipeline on this machine, with processes instead of pods, until Ctrl-C.

    Exit codes: 0 stopped as asked and drained; 2 the manifest cannot be read or is refused; 3 the installation
    lacks the extra `local`.
    """
    try:
        from scoring_operator.cli import screen
        from scoring_operator.cli.up import Asked
        from scoring_operator.cli.up import up as run
    except ModuleNotFoundError as missing:
        typer.echo(f"{missing.name} is not installed: pip install 'scoring-operator[local]'", err=True)
        raise typer.Exit(EXIT_INCOMPLETE) from missing
    servers = [server.strip() for server in bootstrap_servers.split(",") if server.strip()]
    with tempfile.TemporaryDirectory(prefix="scoring-") as temporary, screen.screen(output) as shown:
        raise typer.Exit(asyncio.run(run(Asked(pipeline, servers, state or Path(temporary)), shown)))
