"""`kubectl-scoring acls`: the exact permissions on Kafka that a pipeline needs."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType

from scoring_operator.cli import options
from scoring_operator.cli.answer import answer, table
from scoring_operator.cli.manifest import Unreadable, manifest_in
from scoring_operator.cli.options import refuse
from scoring_service.contract.acls import Acl, command, redrive_acls, worker_acls
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.startup import Startup

COLUMNS: Final = ("RESOURCE", "NAME", "PATTERN", "OPERATION", "FOR")
ADMIN_FILE: Final = "admin.properties"
"""What `kafka-acls.sh` logs in with, where the brokers ask who is there."""


class Format(StrEnum):
    """How to show the table."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    COMMANDS = "commands"


def acls(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NS", help="Where it runs, if the manifest does not say.")
    ] = "",
    cluster_id: Annotated[
        str, typer.Option(metavar="ID", help="The operator's clusterId: with it the default group's name begins.")
    ] = "",
    principal: Annotated[
        str, typer.Option(metavar="USER", help="Whom to allow it.", show_default="User:NAME of the pipeline")
    ] = "",
    redrive: Annotated[
        bool, typer.Option("--redrive", help="Add what `scorer redrive` needs besides, run with the same user.")
    ] = False,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="A table, JSON, YAML, or commands of kafka-acls.sh.")
    ] = Format.TABLE,
) -> None:
    """Print the permissions on Kafka that a pipeline's workers need, and not one more.

    READ and WRITE imply DESCRIBE. Brokers before 2.8 want IdempotentWrite on the cluster besides. `scorer reset` needs
    no more than the workers. Needs no cluster and no Kafka.

    Exit codes: 0 done; 2 the manifest cannot be read or is refused.
    """
    loaded = _loaded(pipeline, namespace)
    startup = loaded.startup(cluster_id)
    needed = (*worker_acls(startup), *(redrive_acls(startup) if redrive else ()))
    who = principal or f"User:{loaded.name}"
    if output is Format.COMMANDS:
        typer.echo(as_commands(needed, who, startup))
    else:
        answer(options.Format(output.value), as_data(needed, who), lambda: as_table(needed, who, startup))


def as_table(acls: Sequence[Acl], principal: str, startup: Startup) -> RenderableType:
    """Return the table for people."""
    rows = [(acl.resource.value, acl.name, _pattern(acl), acl.operation, acl.why) for acl in acls]
    return Group(f"{principal} on {', '.join(startup.bootstrap_servers)}", table(COLUMNS, rows))


def as_data(acls: Sequence[Acl], principal: str) -> list[dict[str, str]]:
    """Return the table for programs."""
    return [
        {
            "principal": principal,
            "resource": acl.resource.value,
            "name": acl.name,
            "pattern": _pattern(acl),
            "operation": acl.operation,
        }
        for acl in acls
    ]


def as_commands(acls: Sequence[Acl], principal: str, startup: Startup) -> str:
    """Return commands to paste."""
    login = ("--command-config", ADMIN_FILE) if startup.tls or startup.sasl else ()
    connection = ("--bootstrap-server", ",".join(startup.bootstrap_servers), *login)
    return "\n".join(command(acl, principal, connection) for acl in acls)


def _loaded(path: Path, namespace: str) -> Pipeline:
    try:
        manifest = manifest_in(path)
        if namespace:
            manifest["metadata"].setdefault("namespace", namespace)
        loaded = parse_pipeline(manifest)
    except (Unreadable, InvalidPipeline) as error:
        refuse(f"{path}: {error}")
    if namespace and loaded.namespace != namespace:
        refuse(f"{path}: metadata.namespace is {loaded.namespace}, --namespace says {namespace}")
    return loaded


def _pattern(acl: Acl) -> str:
    return "prefixed" if acl.is_prefix else "literal"
