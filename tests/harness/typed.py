"""Commands as people type them, judged by the parsers of the programs, without running them."""

import shlex
from typing import Final

import typer
from typer.core import TyperGroup

from scoring_operator.cli import app as kubectl_scoring
from scoring_service.cli import app as scorer

APPS: Final = {"kubectl-scoring": kubectl_scoring, "scorer": scorer}
OWN: Final = {name: typer.main.get_command(app) for name, app in APPS.items()}
USAGE_ERROR: Final = typer.BadParameter.__base__
"""Newer releases of typer bring a click of their own."""


def parse(command: str) -> None:
    """Parse a command of ours without running it; raise whatever is wrong with it."""
    program, *words = shlex.split(command)
    found = OWN[program]
    context = found.context_class(found, info_name=program)
    while isinstance(found, TyperGroup):
        name, found, words = found.resolve_command(context, words)
        context = found.context_class(found, context, name, **found.context_settings)
    _, left, _ = found.make_parser(context).parse_args(words)
    assert context.allow_extra_args or not left, f"{left} is too much"
