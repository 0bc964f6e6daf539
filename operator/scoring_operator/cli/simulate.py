"""`kubectl-scoring simulate`: what the autoscaler would have done with a recorded load."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from scoring_operator.cli.answer import answer
from scoring_operator.cli.manifest import Unreadable, manifest_in
from scoring_operator.cli.options import EXIT_INCOMPLETE, Format, Output, refuse
from scoring_operator.simulation.outcome import Simulation, simulation
from scoring_operator.simulation.plant import Model
from scoring_operator.simulation.trace import Trace, UnreadableTrace, read
from scoring_service.contract.durations import milliseconds
from scoring_service.contract.pipeline import InvalidPipeline, parse_pipeline
from scoring_service.contract.spec import Autoscaling

PICTURES: Final = (".png", ".svg")


def simulate(  # noqa: PLR0913, RUF100 - one parameter per option
    trace: Annotated[Path, typer.Argument(metavar="TRACE.csv", help="Columns time, rate and perhaps lag.")],
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Of the input topic.")],
    capacity: Annotated[float, typer.Option(min=0.001, help="Records a second that one pod scores.")],
    pipeline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Manifest whose spec.autoscaling and replicas to use.")
    ] = None,
    start: Annotated[str, typer.Option(metavar="DURATION", help="Until a new pod takes part.")] = "20s",
    rebalance: Annotated[
        str, typer.Option(metavar="DURATION", help="Nothing is scored for so long when a pod joins or leaves.")
    ] = "3s",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it, as .svg or .png.")] = None,
    output: Output = Format.TABLE,
) -> None:
    """Run the autoscaler of mode Auto over a recorded load, on partitions and pods that are arithmetic.

    TRACE.csv has a header and a line for each change of the load: time in seconds or as 2026-03-01T12:00:00Z, rate in
    records a second from then on, lag in records: that of the first line waits at the beginning. The decision is the
    operator's own; records arrive evenly over the partitions, and pods score at --capacity. Needs no cluster, no Kafka.

    Exit codes: 0 done; 2 wrong usage, or the trace or the manifest cannot be read; 3 the installation lacks the extra
    `plots`, and --plot is asked for.
    """
    from scoring_operator.cli import simulation_view as view  # only here: a Tab waits for what is loaded

    _refuse_pictures(plot)
    model = Model(partitions, capacity, _seconds("--start", start), _seconds("--rebalance", rebalance))
    asked, replicas = _asked(pipeline)
    done = simulation(_load(trace), model, asked, replicas)
    if plot is not None:
        _draw(done, plot)
    answer(output, view.as_data(done), lambda: view.as_table(done))


def _load(path: Path) -> Trace:
    try:
        return read(path.read_text("utf-8").splitlines())
    except OSError as error:
        refuse(f"{path}: cannot read it: {error.strerror}")
    except (UnicodeDecodeError, UnreadableTrace) as error:
        refuse(f"{path}: {error}")


def _asked(path: Path | None) -> tuple[Autoscaling, int]:
    """Return what a manifest asks of the autoscaler, and the replicas to begin with."""
    if path is None:
        return Autoscaling(), 1
    try:
        spec = parse_pipeline(manifest_in(path)).spec
    except (Unreadable, InvalidPipeline) as error:
        refuse(f"{path}: {error}")
    return spec.autoscaling, spec.replicas


def _seconds(option: str, text: str) -> float:
    try:
        return milliseconds(text) / 1000
    except ValueError as error:
        refuse(f"{option}: {error}")


def _refuse_pictures(plot: Path | None) -> None:
    if plot is None:
        return
    if plot.suffix not in PICTURES:
        refuse(f"--plot: expected a file that ends with {' or '.join(PICTURES)}, got {plot.name}")
    if find_spec("matplotlib") is None:
        refuse("--plot needs matplotlib: pip install 'scoring-operator[plots]'", EXIT_INCOMPLETE)


def _draw(done: Simulation, plot: Path) -> None:
    from scoring_operator.cli.simulation_plot import drawn

    try:
        plot.write_bytes(drawn(done, plot.suffix.removeprefix(".")))
    except OSError as error:
        refuse(f"{plot}: {error.strerror}")
