"""`kubectl-scoring key new`: an API key for a client, and what the Secret keeps of it. Needs no cluster."""

import secrets
from typing import Annotated, Final

import typer

from scoring_operator.cli.answer import answer
from scoring_operator.cli.options import Format, Output, refuse
from scoring_service.contract import rules
from scoring_service.contract.api_key import hashed

KEY_BYTES: Final = 32
SALT_BYTES: Final = 12

key = typer.Typer(no_args_is_help=True, help="API keys of those who score by request.")


@key.callback()
def of_clients() -> None:
    """API keys of those who score by request."""


@key.command("new")
def new(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Who it is for: a key of the Secret.")],
    output: Output = Format.TABLE,
) -> None:
    """Make an API key; print it, this once, and the line for the Secret that `spec.api.keysSecret` names.

    The key itself is kept nowhere. A client may have several, one line each: the old one and the new one.

    Exit codes: 0 done; 2 the client's name cannot be a Secret's key.
    """
    if broken := rules.broken_key(client):
        refuse(f"CLIENT: {broken}, got {client!r}")
    made = secrets.token_urlsafe(KEY_BYTES)
    line = str(hashed(made, secrets.token_hex(SALT_BYTES)))
    answer(
        output,
        {"client": client, "key": made, "line": line},
        lambda: (
            f"key for the client, shown this once:\n  {made}\nline for stringData of the Secret:\n  {client}: {line}"
        ),
    )
