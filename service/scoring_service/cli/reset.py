"""`scorer reset`: have a pipeline's group read again, or leave out, what a person says."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from scoring_service.cli import answer
from scoring_service.cli.manifest import refuse
from scoring_service.cli.moment import milliseconds
from scoring_service.cli.source import MOUNTED, ClusterId, PipelineFile, SecretsFolder, StartupFile, startup_of
from scoring_service.contract.startup import Startup
from scoring_service.errors import GroupInUse
from scoring_service.stream.offsets import (
    Move,
    NoSuchOffset,
    Target,
    ToEarliest,
    ToLatest,
    ToMoment,
    ToOffsets,
    moves,
)


def reset(  # noqa: PLR0913, RUF100 - one parameter per option
    pipeline: PipelineFile = None,
    startup: StartupFile = None,
    secrets: SecretsFolder = MOUNTED,
    cluster_id: ClusterId = "",
    to_earliest: Annotated[bool, typer.Option("--to-earliest", help="Read everything that is there again.")] = False,
    to_latest: Annotated[bool, typer.Option("--to-latest", help="Leave out everything that is there.")] = False,
    to_datetime: Annotated[
        str, typer.Option(metavar="TIME", help="From the first record of that moment or later, ISO 8601 with a zone.")
    ] = "",
    to_offset: Annotated[
        str, typer.Option(metavar="P:N,…", help="Partition P from offset N; the other partitions stay.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    output: answer.Output = answer.Format.TABLE,
) -> None:
    """Set the offsets of a pipeline's group, which must have no members: stop its workers first.

    Exit codes: 0 done; 1 the brokers do not answer or refuse; 2 wrong usage, or no such offset; 3 the group has
    members.
    """
    target = _target(to_earliest, to_latest, to_datetime, to_offset)
    loaded = startup_of(pipeline, startup, cluster_id)
    with answer.failures_told():
        try:
            moved = asyncio.run(_reset(loaded, secrets, target, is_dry=dry_run))
        except NoSuchOffset as error:
            refuse(f"--to-offset: {error}")
        except GroupInUse as error:
            raise GroupInUse(f"{error}; stop them first: kubectl-scoring suspend {loaded.pipeline}") from error
    typer.echo((as_json if output is answer.Format.JSON else as_table)(moved, loaded, is_dry=dry_run))


async def _reset(startup: Startup, secrets: Path, target: Target, *, is_dry: bool) -> list[Move]:
    from scoring_service.stream.kafka.group_offsets import opened  # only here: a Tab waits for what `scorer` loads

    async with opened(startup, secrets) as group:
        await group.refuse_members()
        current, bounds = await group.current(), await group.bounds()
        at_moment = await group.at(target.unix_ms) if isinstance(target, ToMoment) else {}
        moved = moves(target, current, bounds, at_moment)
        if not is_dry:
            await group.set({move.partition: move.new for move in moved})
    return moved


def as_table(moved: list[Move], startup: Startup, *, is_dry: bool) -> str:
    """Return the moves for people."""
    rows = [(str(move.partition), _shown(move.current), f"{move.new:,}", _signed(move.delta)) for move in moved]
    verb = "would be set" if is_dry else "set"
    return "\n".join(
        [
            f"offsets of group {startup.input.group} on {startup.input.topic} {verb}:",
            answer.table(("PARTITION", "CURRENT", "NEW", "DELTA"), rows, right=(0, 1, 2, 3)),
        ]
    )


def as_json(moved: list[Move], startup: Startup, *, is_dry: bool) -> str:
    """Return the moves for programs."""
    partitions = [
        {"partition": move.partition, "current": move.current, "new": move.new, "delta": move.delta} for move in moved
    ]
    named = {"group": startup.input.group, "topic": startup.input.topic}
    return answer.as_json({**named, "dryRun": is_dry, "partitions": partitions})


def _target(to_earliest: bool, to_latest: bool, to_datetime: str, to_offset: str) -> Target:
    if [to_earliest, to_latest, bool(to_datetime), bool(to_offset)].count(True) != 1:
        refuse("expected one of --to-earliest, --to-latest, --to-datetime and --to-offset")
    if to_datetime:
        return ToMoment(milliseconds("--to-datetime", to_datetime))
    if to_offset:
        return ToOffsets(_offsets(to_offset))
    return ToEarliest() if to_earliest else ToLatest()


def _offsets(text: str) -> dict[int, int]:
    """Return the offsets of `P:N,…`; ends the process with exit code 2 if it is written otherwise."""
    found: dict[int, int] = {}
    for pair in text.split(","):
        partition, _, offset = pair.strip().partition(":")
        if not (partition.isdecimal() and offset.isdecimal()) or int(partition) in found:
            refuse(f"--to-offset: expected each partition once, as 0:1200,3:0, got {text!r}")
        found[int(partition)] = int(offset)
    return found


def _shown(offset: int | None) -> str:
    return "-" if offset is None else f"{offset:,}"


def _signed(delta: int | None) -> str:
    return "-" if delta is None else f"{delta:+,}"
