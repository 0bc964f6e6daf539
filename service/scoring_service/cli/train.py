"""`scorer train`: models from recordings. Needs the extra `train`, which no pod has."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from scoring_service.cli import answer
from scoring_service.cli.manifest import refuse
from scoring_service.cli.ticks import ticks_of
from scoring_service.replay.recording import NoTicks
from scoring_service.scorers.volatility import VolatilityParameters

if TYPE_CHECKING:
    from scoring_service.training.address_risk import Report
    from scoring_service.training.volatility import Judged, Trained

EXIT_INCOMPLETE: Final = 3
NEEDED: Final = ("onnx", "skl2onnx", "sklearn")

train = typer.Typer(name="train", help="Train models from recordings.", no_args_is_help=True)


@train.callback()
def installed() -> None:
    """Train models from recordings."""
    if any(find_spec(name) is None for name in NEEDED):
        typer.echo("scorer: training needs scikit-learn and skl2onnx: pip install 'scoring-operator[train]'", err=True)
        raise typer.Exit(EXIT_INCOMPLETE)


@train.command()
def volatility(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ticks of one symbol, as `scorer replay` reads them.")],
    output: Annotated[Path, typer.Option(metavar="MODEL.onnx", help="Where to write the model.")],
    report: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write the figures, too.")] = None,
    window_size: Annotated[int, typer.Option(min=3, max=1000, metavar="N", help="Prices in a window.")] = 50,
) -> None:
    """Train a model of whether the next minute is among the most volatile tenth, and say how well naive ones do.

    The earlier 60 % of the recording teach, the later part judges, with a gap as long as a window and the minute after
    it. The same recording gives the same file.

    Exit codes: 0 done; 2 wrong usage, or a recording that is too short; 3 the extra `train` is not installed.
    """
    from scoring_service.training.rows import NoRows
    from scoring_service.training.volatility import Untaught, trained

    parameters = VolatilityParameters(window_size=window_size)
    try:
        found = trained(ticks_of(file), parameters)
    except (NoTicks, NoRows, Untaught) as error:
        refuse(f"{file}: {error}")
    _write(output, found.content)
    if report is not None:
        _write(report, msgspec.json.format(msgspec.json.encode(found.judged)) + b"\n")
    typer.echo(as_text(found, output))


def as_text(found: "Trained", output: Path) -> str:
    """Return what people should know before they use a model."""
    judged = found.judged
    rows = [("this model", judged.model), *judged.naive.items(), ("knowing nothing", judged.judging_events)]
    table = answer.table(("PREDICTOR", "PR-AUC"), [(name, _shown(value)) for name, value in rows], right=(1,))
    return "\n".join([*_head(judged), table, f"{output}: sha256 {found.sha256}"])


def _head(judged: "Judged") -> list[str]:
    return [
        f"{judged.ticks:,} ticks of {judged.recorded_seconds:.0f} s: {judged.teaching_rows:,} windows teach, "
        f"{judged.judging_rows:,} later ones judge",
        f"an event: the next 60 s have a standard deviation of at least {judged.tau:.3g} "
        f"({judged.teaching_events:.1%} of the teaching windows, {judged.judging_events:.1%} of the judging ones)",
    ]


def _shown(value: float | None) -> str:
    return "no events" if value is None else f"{value:.3f}"


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        refuse(f"{path}: {error.strerror}")


@train.command("address-risk")
def address_risk(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Labelled addresses, in the columns of the dataset.")
    ],
    output: Annotated[Path, typer.Option(metavar="MODEL.onnx", help="Where to write the model.")],
    report: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Write the figures, too.")] = None,
    trees: Annotated[int, typer.Option(min=1, max=5000, metavar="N", help="Trees of the model.")] = 500,
) -> None:
    """Train a model of whether an address is fraudulent, and say how well such a model does on rows it has not seen.

    Columns on ERC-20 tokens are left out: who filled in the table is in them. Equal rows never teach and judge at once.

    Exit codes: 0 done; 2 wrong usage, or a table that does not teach; 3 the extra `train` is not installed.
    """
    from scoring_service.training.address_risk import Unfaithful, trained
    from scoring_service.training.addresses import NoExamples, examples

    try:
        with file.open(encoding="utf-8") as lines:
            found = trained(examples(lines), trees, lambda what: typer.echo(f"{what} …", err=True))
    except (NoExamples, Unfaithful, UnicodeDecodeError) as error:
        refuse(f"{file}: {error}")
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    _write(output, found.content)
    if report is not None:
        _write(report, msgspec.json.format(msgspec.json.encode(found.report)) + b"\n")
    typer.echo(_as_figures(found.report))
    typer.echo(f"{output}: sha256 {found.sha256}")


def _as_figures(report: "Report") -> str:
    rows = [
        (name, *(_each(getattr(judged, name)) for judged in (report.model, report.baseline)))
        for name in ("average_precision", "roc_auc", "f1", "brier", "calibration_error")
    ]
    head = f"{report.rows:,} addresses, {report.frauds:,} of them fraudulent; {report.distinct:,} differ"
    told = f"the file is within {report.onnx_difference:.1e} of scikit-learn on every row"
    return "\n".join([head, answer.table(("FIGURE", "MODEL", "BASELINE"), rows, right=(1, 2)), told])


def _each(values: list[float]) -> str:
    return " / ".join(f"{value:.4f}" for value in values)
