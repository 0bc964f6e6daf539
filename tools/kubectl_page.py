"""Keeps `docs/kubectl-scoring.md` equal to what the commands say: `python -m tools.kubectl_page [--check]`."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import typer
from tools.generated import ROOT, keep
from tools.tables import rows as table
from typer.models import ArgumentInfo, OptionInfo

from scoring_operator.cli import app, options

PAGE = ROOT / "docs/kubectl-scoring.md"

INTRODUCTION: Final = """\
# kubectl-scoring

<!-- Written by `make generate`; edit `operator/scoring_operator/cli` instead. -->

What a person does with ScoringPipelines besides `kubectl apply`, with the permissions of their own kubeconfig. On the
PATH it is a plugin: `kubectl scoring status` is `kubectl-scoring status`. Options have kubectl's names, and stand
behind the command. `-o json` and `-o yaml` are for programs: standard output has that and nothing else. An error is one
line on standard error.

Completion: `kubectl-scoring --install-completion` for the command itself, names of pipelines included; kubectl
completes `kubectl scoring …` by itself where `kubectl_complete-scoring`, which is installed beside it, is on the PATH.
"""

SECTIONS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("Look", ("status", "explain", "lag", "top", "history", "report")),
    ("Before a change", ("lint", "diff", "plan", "simulate", "acls")),
    ("Change", ("suspend", "resume", "promote", "discard", "rollback", "upgrade", "reset", "adopt")),
    ("Others", ("up", "key new", "version")),
)
SHARED_HINTS: Final = {
    "namespace": options.Namespace,
    "kubeconfig": options.Kubeconfig,
    "context": options.Context,
    "output": options.Output,
}
SHARED: Final = [get_args(hint)[1] for hint in SHARED_HINTS.values()]
"""Options that are told once for all commands."""
EXIT_CODES: Final = re.compile(r"Exit codes[^:]*: (.*?)\.?$")
ONE_CODE: Final = re.compile(r"(\d) (.*?)(?:; (?=\d )|$)")

Call = Callable[..., Any]
Parameter = tuple[str, Any, Any]
"""Name, type, and what typer was told of it."""


def page() -> str:
    """Return the page."""
    known = dict(commands(app))
    sections = (
        "\n".join([f"## {title}\n", *(_command(name, known[name]) for name in names)]) for title, names in SECTIONS
    )
    shared = table(("option", "what it does"), [_option(name, *get_args(hint)) for name, hint in SHARED_HINTS.items()])
    return "\n".join(
        [INTRODUCTION, f"Commands that ask a cluster, or answer with data, have besides:\n\n{shared}", *sections]
    )


def commands(of: typer.Typer, prefix: str = "") -> Iterator[tuple[str, Call]]:
    """Yield every command by the words that call it."""
    for found in of.registered_commands:
        assert found.callback is not None  # noqa: S101 - every command has a function
        yield f"{prefix}{found.name or found.callback.__name__}", found.callback
    for group in of.registered_groups:
        assert group.typer_instance is not None  # noqa: S101 - every group has commands
        yield from commands(group.typer_instance, f"{prefix}{group.name} ")


def _command(name: str, call: Call) -> str:
    parameters = list(_parameters(call))
    arguments = [told.metavar or word.upper() for word, _, told in parameters if isinstance(told, ArgumentInfo)]
    words, codes = said(call)
    rows = [_option(*each) for each in parameters if isinstance(each[2], OptionInfo) and each[2] not in SHARED]
    options = f"\n{table(('option', 'what it does'), rows)}" if rows else ""
    exits = f"\n{table(('exit code', 'meaning'), codes)}" if codes else ""
    return f"### {' '.join(['kubectl scoring', name, *arguments])}\n\n{words}\n{options}{exits}"


def said(call: Call) -> tuple[str, list[tuple[str, str]]]:
    """Return what a command says of itself without its exit codes, and these."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(call) or "").split("\n\n")]
    found = next(filter(None, map(EXIT_CODES.match, paragraphs)), None)
    words = "\n\n".join(paragraph for paragraph in paragraphs if not EXIT_CODES.match(paragraph))
    return words, ONE_CODE.findall(found[1]) if found else []


def _parameters(call: Call) -> Iterator[Parameter]:
    for name, hint in get_type_hints(call, include_extras=True).items():
        if get_origin(hint) is Annotated:
            kind, told = get_args(hint)
            yield name, kind, told


def _option(name: str, kind: Any, told: OptionInfo) -> tuple[str, str]:
    first = [told.default] if isinstance(told.default, str) else []  # typer takes the first name for a default
    names = ", ".join(f"`{each}`" for each in [*first, *told.param_decls] or [f"--{name.replace('_', '-')}"])
    choices = "|".join(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ""
    value = "" if kind is bool else f" `{told.metavar or choices or kind.__name__.upper()}`"
    return names + value, told.help or ""


def main(arguments: list[str]) -> int:
    """Write the page; with `--check` write nothing and return 1 if that would have changed it."""
    return keep({PAGE: page()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
