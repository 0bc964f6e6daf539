"""`scorer smoke`: a few records in, their scores back: whether a pipeline's workers do their work."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Annotated, Final, NamedTuple, Protocol

import typer

from scoring_service.cli import answer
from scoring_service.cli.source import MOUNTED, ClusterId, PipelineFile, SecretsFolder, StartupFile, startup_of
from scoring_service.contract.startup import Startup
from scoring_service.generate import wallets

SHOWN: Final = 256


class Topics(Protocol):
    """A pipeline's topics."""

    async def write(self, records: Sequence[tuple[bytes, bytes]]) -> list[str]:
        """Write keys and values; return the `scoring-source` of each one's output."""
        ...

    async def outputs(self) -> list[tuple[str, str, bytes]]:
        """Return topic, `scoring-source` and value of what has come since; none after a moment without any."""
        ...


class Outcome(NamedTuple):
    """What became of the records."""

    written: int
    scored: int
    failed: tuple[str, ...]
    """Failures, as they stand on their topic."""
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether each was scored."""
        return self.scored == self.written


def smoke(  # noqa: PLR0913, RUF100 - one parameter per option
    pipeline: PipelineFile = None,
    startup: StartupFile = None,
    secrets: SecretsFolder = MOUNTED,
    cluster_id: ClusterId = "",
    create_topics: Annotated[
        bool, typer.Option("--create-topics", help="Make those that are missing, of one partition.")
    ] = False,
    records: Annotated[int, typer.Option(min=1, metavar="N", help="How many to write.")] = 3,
    within: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="Until all of them are out.")] = 60.0,
) -> None:
    """Write generated wallets to the input topic, and wait until each is on the success topic.

    Workers must be running, or come in time. What is written stays: this is for pipelines that are made to be tried.

    Exit codes: 0 each was scored; 1 one was not in time, or failed, or the brokers do not answer or refuse; 2 wrong
    usage.
    """
    loaded = startup_of(pipeline, startup, cluster_id)
    with answer.failures_told():
        outcome = asyncio.run(_smoke(loaded, secrets, records, within, make_topics=create_topics))
    typer.echo(as_text(outcome, loaded))
    if not outcome.is_good:
        raise typer.Exit(answer.EXIT_FAILED)


async def _smoke(startup: Startup, secrets: Path, count: int, within_s: float, *, make_topics: bool) -> Outcome:
    from scoring_service.stream.kafka.smoke import opened  # only here: a Tab waits for what `scorer` loads

    async with opened(startup, secrets, make_topics=make_topics) as topics:
        return await tried(topics, startup.output.success_topic, count, within_s)


async def tried(topics: Topics, success_topic: str, count: int, within_s: float) -> Outcome:
    """Return what becomes of so many records within so many seconds; a failure ends the wait."""
    began = monotonic()
    waiting = set(await topics.write([(wallet.key, wallet.value) for wallet in wallets(count)]))
    failed: list[str] = []
    scored = 0
    while waiting and not failed:
        for topic, source, value in await topics.outputs():
            if source in waiting:
                waiting.remove(source)
                scored += topic == success_topic
                failed += [] if topic == success_topic else [value.decode(errors="replace")]
        if monotonic() - began >= within_s:
            break
    return Outcome(count, scored, tuple(failed), monotonic() - began)


def as_text(outcome: Outcome, startup: Startup) -> str:
    """Return an outcome for people."""
    verb = "in" if outcome.is_good else "after"
    head = f"{outcome.written} records written to {startup.input.topic}, {outcome.scored} of them scored"
    failures = (f"{startup.output.failure_topic}: {failure[:SHOWN]}" for failure in outcome.failed)
    return "\n".join([f"{head} {verb} {outcome.seconds:.1f} s", *failures])
