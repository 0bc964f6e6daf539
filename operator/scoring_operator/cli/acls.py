"""`kubectl-scoring acls`: the exact permissions on Kafka that a pipeline needs."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from scoring_operator.cli.manifest import Unreadable, parse
from scoring_operator.cli.options import refuse
from scoring_service.contract.acls import Acl, command, redrive_acls, worker_acls
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.startup import Startup

ADMIN_FILE: Final = "admin.properties"
"""What `kafka-acls.sh` logs in with, where the brokers ask who is there."""


class Format(StrEnum):
    """How to show the table."""

    TABLE = "table"
    JSON = "json"
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
        Format, typer.Option("--output", "-o", help="A table, JSON, or commands of kafka-acls.sh.")
    ] = Format.TABLE,
) -> None:
    """Print the permissions on Kafka that a pipeline's workers need, and not one more.

    READ and WRITE imply DESCRIBE. Brokers before 2.8 want IdempotentWrite on the cluster besides. `scorer reset` needs
    no more than the workers. Needs no cluster and no Kafka.

    Exit codes: 0 done; 2 the manifest cannot be read or is refused.
    """
    loaded = _loaded(pipeline, namespace)
    startup = loaded.startup(cluster_id)
    table = (*worker_acls(startup), *(redrive_acls(startup) if redrive else ()))
    who = principal or f"User:{loaded.name}"
    typer.echo(
        {Format.TABLE: as_table, Format.JSON: as_json, Format.COMMANDS: as_commands}[output](table, who, startup)
    )


def as_table(table: Sequence[Acl], principal: str, startup: Startup) -> str:
    """Return the table for people."""
    rows = [
        ("RESOURCE", "NAME", "PATTERN", "OPERATION", "FOR"),
        *((acl.resource.value, acl.name, _pattern(acl), acl.operation, acl.why) for acl in table),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join([f"{principal} on {', '.join(startup.bootstrap_servers)}", *lines])


def as_json(table: Sequence[Acl], principal: str, _: Startup) -> str:
    """Return the table for programs."""
    return json.dumps(
        [
            {
                "principal": principal,
                "resource": acl.resource.value,
                "name": acl.name,
                "pattern": _pattern(acl),
                "operation": acl.operation,
            }
            for acl in table
        ]
    )


def as_commands(table: Sequence[Acl], principal: str, startup: Startup) -> str:
    """Return commands to paste."""
    login = ("--command-config", ADMIN_FILE) if startup.tls or startup.sasl else ()
    connection = ("--bootstrap-server", ",".join(startup.bootstrap_servers), *login)
    return "\n".join(command(acl, principal, connection) for acl in table)


def _loaded(path: Path, namespace: str) -> Pipeline:
    try:
        manifest = parse(path.read_bytes())
        if namespace:
            manifest["metadata"].setdefault("namespace", namespace)
        loaded = parse_pipeline(manifest)
    except OSError as error:
        refuse(f"{path}: cannot read it: {error.strerror}")
    except (Unreadable, InvalidPipeline) as error:
        refuse(f"{path}: {error}")
    if namespace and loaded.namespace != namespace:
        refuse(f"{path}: metadata.namespace is {loaded.namespace}, --namespace says {namespace}")
    return loaded


def _pattern(acl: Acl) -> str:
    return "prefixed" if acl.is_prefix else "literal"
