"""`scorer`: the data plane from a terminal, no cluster needed. One module per command.

Exit codes: 0 done (rejected records are data), 1 the brokers do not answer or refuse, or a golden case is missed, 2
wrong usage, an unreadable file or manifest, 3 a group that should have no members has some, or an extra that is needed
is not installed.
"""

import typer

from scoring_service.cli.bench import bench
from scoring_service.cli.generate import generate
from scoring_service.cli.lint import lint
from scoring_service.cli.plan import plan
from scoring_service.cli.record_golden import record_golden
from scoring_service.cli.redrive import redrive
from scoring_service.cli.reference import reference
from scoring_service.cli.replay import replay
from scoring_service.cli.reset import reset
from scoring_service.cli.run import run
from scoring_service.cli.score import score
from scoring_service.cli.smoke import smoke
from scoring_service.cli.train import train

app = typer.Typer(
    name="scorer",
    help="Score records from a file or from Kafka with a pipeline's manifest, and generate sample records.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(bench)
app.command()(lint)
app.command()(plan)
app.command()(record_golden)
app.command()(redrive)
app.command()(reference)
app.command()(replay)
app.command()(reset)
app.command()(run)
app.command()(score)
app.command()(smoke)
app.add_typer(generate)
app.add_typer(train)
