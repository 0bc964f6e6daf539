"""What commands on a cluster have in common: whom they are about, how they answer, and how they fail."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from scoring_operator.cli.completion import pipelines
from scoring_operator.errors import Conflict, OperatorError

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INCOMPLETE: Final = 3
"""The installation lacks the extra that a command needs, or the pipeline is not in the state that it needs."""


class Format(StrEnum):
    """How to show things."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the ScoringPipeline.", autocompletion=pipelines)]
OneOrAll = Annotated[
    str, typer.Argument(metavar="[NAME]", help="Of a ScoringPipeline; default: all.", autocompletion=pipelines)
]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", metavar="NS", help="Default: that of the kubeconfig's context.")
]
Kubeconfig = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Default: $KUBECONFIG, else ~/.kube/config.", dir_okay=False)
]
Context = Annotated[str, typer.Option(metavar="NAME", help="Of the kubeconfig; default: its current one.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="Text for people, or JSON or YAML for programs.")]


def refuse(why: str, code: int = EXIT_USAGE) -> NoReturn:
    """End the process with one line on stderr."""
    typer.echo(f"kubectl-scoring: {' '.join(why.split())}", err=True)
    raise typer.Exit(code)


@contextmanager
def failures_told() -> Iterator[None]:
    """End the process with one line on stderr for an error of the cluster; 2 if what is named does not exist."""
    logging.getLogger().addHandler(logging.NullHandler())  # libraries would say the same, in other words
    try:
        yield
    except Conflict as error:
        refuse(str(error))
    except OperatorError as error:
        refuse(str(error), EXIT_FAILED)
