"""`scorer redrive`: dead letters back to the input topic, once what rejected them is mended."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scoring_service.cli import answer
from scoring_service.cli.manifest import refuse
from scoring_service.cli.moment import milliseconds
from scoring_service.cli.source import MOUNTED, ClusterId, PipelineFile, SecretsFolder, StartupFile, startup_of
from scoring_service.contract.startup import Startup
from scoring_service.dead_letters.redrive import Asked, Redrive, Tally
from scoring_service.dead_letters.selection import Selection


def redrive(  # noqa: PLR0913, RUF100 - one parameter per option
    pipeline: PipelineFile = None,
    startup: StartupFile = None,
    secrets: SecretsFolder = MOUNTED,
    cluster_id: ClusterId = "",
    reason: Annotated[
        list[str] | None, typer.Option(metavar="REASON", help="Only those rejected for it; repeat it for several.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="TIME", help="Only records of that moment or later, ISO 8601.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only records before that moment.")] = "",
    rate: Annotated[float, typer.Option(min=0.1, metavar="N", help="Records a second, at most.")] = 100.0,
    max_attempts: Annotated[int, typer.Option(min=1, metavar="N", help="Leave out what has come back so often.")] = 3,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after so many.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and send nothing.")] = False,
    output: answer.Output = answer.Format.TABLE,
) -> None:
    """Send dead letters back to the input topic with their key, value, timestamp and own headers.

    The header scoring-attempt counts how often a record has come back. The group GROUP.redrive remembers what has been
    sent, for every selection: an interrupted run goes on where it stopped, a second one sends nothing twice. A run that
    is killed may send its last records (a tenth of a second's, 500 at most) again.

    Exit codes: 0 done, or stopped by Ctrl-C with everything remembered; 1 the brokers do not answer or refuse;
    2 wrong usage; 3 another redrive of this pipeline is running.
    """
    loaded = startup_of(pipeline, startup, cluster_id)
    if not loaded.output.dead_letter_topic:
        refuse("the pipeline has no spec.output.deadLetterTopic")
    selection = Selection(
        reasons=tuple(sorted(set(reason or ()))),
        since_ms=milliseconds("--since", since) if since else None,
        until_ms=milliseconds("--until", until) if until else None,
        max_attempts=max_attempts,
    )
    asked = Asked(selection, f"{loaded.namespace}/{loaded.pipeline}", loaded.input.topic, rate, limit, dry_run)
    with answer.failures_told(), _watched() as watch:
        tally = asyncio.run(_run(loaded, secrets, asked, watch))
    typer.echo(as_json(tally, asked) if output is answer.Format.JSON else as_table(tally, asked))


async def _run(startup: Startup, secrets: Path, asked: Asked, watch: Callable[[Tally], None]) -> Tally:
    from scoring_service.stream.kafka.dead_letters import opened  # only here: a Tab waits for what `scorer` loads

    async with opened(startup, secrets, only_look=asked.is_dry) as letters:
        run = Redrive(letters, asked, watch)
        for signalled in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signalled, run.stopping.set)
        await run.run()
    return run.tally


def as_table(tally: Tally, asked: Asked) -> str:
    """Return a tally for people."""
    verb = "would send" if asked.is_dry else "sent"
    rows = [(verb, reason, f"{count:,}") for reason, count in sorted(tally.sent.items())]
    rows += [("skipped", why.value, f"{count:,}") for why, count in sorted(tally.skipped.items())]
    done = "to be sent" if asked.is_dry else "sent"
    head = f"{tally.read:,} dead letters read, {tally.sent.total():,} {done} to {asked.topic}"
    return "\n".join([head, *([answer.table(("", "REASON", "RECORDS"), rows, right=(2,))] if rows else [])])


def as_json(tally: Tally, asked: Asked) -> str:
    """Return a tally for programs."""
    skipped = {why.value: count for why, count in sorted(tally.skipped.items())}
    return answer.as_json(
        {
            "topic": asked.topic,
            "dryRun": asked.is_dry,
            "read": tally.read,
            "sent": tally.sent.total(),
            "sentByReason": dict(sorted(tally.sent.items())),
            "skipped": skipped,
        }
    )


@contextmanager
def _watched() -> Iterator[Callable[[Tally], None]]:
    """Yield what shows a run's progress on stderr, where a person watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=None)

        def watch(tally: Tally) -> None:
            skipped = "".join(f" · {count:,} {why}" for why, count in sorted(tally.skipped.items()))
            bar.update(
                shown, completed=tally.read, total=tally.total, description=f"{tally.sent.total():,} sent{skipped}"
            )

        yield watch
