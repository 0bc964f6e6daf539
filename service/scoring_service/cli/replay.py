"""`scorer replay`: recorded ticks back onto a topic."""

import asyncio
import signal
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from scoring_service.cli import answer
from scoring_service.cli.lines import STDIN, opened
from scoring_service.cli.manifest import refuse
from scoring_service.cli.progress import bar
from scoring_service.cli.source import MOUNTED, SecretsFolder, startup_of
from scoring_service.contract.rules import broken_addresses, broken_topic
from scoring_service.contract.startup import Startup, StartupInput, StartupOutput
from scoring_service.replay import Pace, Recorded, Replay, Trouble, recorded
from scoring_service.replay.recording import NoTicks
from scoring_service.stream.ports import Producer

CLIENT_ID: Final = "scorer-replay"
BROKERS: Final = "localhost:9092"


def replay(  # noqa: PLR0913, RUF100 - one parameter per option
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Ticks: .csv with a heading, else one JSON a line.")],
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Where to write them.")],
    speed: Annotated[
        str, typer.Option(metavar="1|10|real-time|max", help="Recorded seconds per second; max does not wait.")
    ] = "real-time",
    brokers: Annotated[
        str, typer.Option(metavar="HOST:PORT,…", help=f"Without encryption. Default {BROKERS}.", show_default=False)
    ] = "",
    config: Annotated[
        Path | None, typer.Option(metavar="PIPELINE.yaml", help="Instead: brokers and credentials of a pipeline.")
    ] = None,
    secrets: SecretsFolder = MOUNTED,
    symbol: Annotated[str, typer.Option(metavar="NAME", help="Of a CSV file without a column symbol.")] = "",
    from_record: Annotated[int, typer.Option(min=1, metavar="N", help="Leave out those before it.")] = 1,
    retry_for: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Try again for so long if the brokers are in trouble.")
    ] = 300.0,
) -> None:
    """Write recorded ticks to a topic, as fast as they came or faster. Key: the symbol; timestamp: the tick's moment.

    At every speed the topic holds the same records, so that what is computed in event time is the same. After trouble
    with the brokers the last batch, at most 500 records, may be there twice. The topic needs retention.ms=-1, or
    brokers delete what is older than a week. Ctrl-C says how to go on.

    Exit codes: 0 all were sent; 1 stopped by Ctrl-C, or the brokers do not answer or refuse; 2 wrong usage.
    """
    pace = _pace(speed)
    startup = _startup(brokers, config)
    if (rule := broken_topic(topic)) is not None:
        refuse(f"TOPIC: {rule}")
    with answer.failures_told():
        try:
            is_done = asyncio.run(
                _run(Target(startup, secrets, topic, pace), Wanted(Path(file), symbol, from_record), retry_for)
            )
        except NoTicks as error:
            refuse(f"{file}: {error}")
    if not is_done:
        raise typer.Exit(answer.EXIT_FAILED)


class Target(NamedTuple):
    """Where to write, and how fast."""

    startup: Startup
    secrets: Path
    topic: str
    pace: Pace


class Wanted(NamedTuple):
    """What of which file."""

    file: Path
    symbol: str
    first: int
    """Number of the first record."""

    def records(self, lines: Iterable[bytes]) -> Iterator[Recorded]:
        """Return the records of the file's lines from the first wanted one on."""
        found = recorded(lines, is_csv=".csv" in self.file.suffixes, symbol=self.symbol)
        return islice(found, self.first - 1, None)

    def total(self) -> int | None:
        """Return how many there are, if that can be told before they are read."""
        if self.file == STDIN:
            return None
        with opened(self.file) as lines:
            return sum(1 for _ in self.records(lines))


async def _run(target: Target, wanted: Wanted, retry_for_s: float) -> bool:
    from scoring_service.stream.kafka import KafkaProducer, Secrets  # only here: a Tab waits for what `scorer` loads

    producer = KafkaProducer(target.startup, CLIENT_ID, Secrets(target.startup, target.secrets))
    return await replayed(producer, target, wanted, retry_for_s)


async def replayed(producer: Producer, target: Target, wanted: Wanted, retry_for_s: float) -> bool:
    """Send what is wanted, say how far it got, and return whether that is all."""
    topic = target.topic
    with bar(f"to {topic}", wanted.total()) as watch, opened(wanted.file) as lines:
        run = Replay(producer, topic, target.pace, retry_for_s=retry_for_s, watch=watch, warn=_warn)
        for signalled in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signalled, run.stopping.set)
        is_done = False
        try:
            is_done = await run.run(wanted.records(lines))
        finally:
            await producer.close()
            typer.echo(said(run, topic, wanted.first, is_done=is_done), err=not is_done)
    return is_done


def said(run: Replay, topic: str, first: int, *, is_done: bool) -> str:
    """Return how far a run has got, and how to go on."""
    head = f"{run.sent:,} records written to {topic}"
    return head if is_done else f"scorer: stopped: {head}; go on with --from-record {max(first, run.last + 1)}"


def _pace(speed: str) -> Pace:
    try:
        return Pace.of(speed)
    except ValueError as error:
        refuse(f"--speed: {error}")


def _startup(brokers: str, config: Path | None) -> Startup:
    """Return whom to connect to, and how; ends the process with exit code 2 if that is not said once."""
    if config is not None:
        if brokers:
            refuse("expected either --brokers or --config")
        return startup_of(config, None, "")
    addresses = tuple((brokers or BROKERS).split(","))
    if (rule := broken_addresses(addresses)) is not None:
        refuse(f"--brokers: {rule}")
    nothing = StartupInput(topic="", group=""), StartupOutput(success_topic="", failure_topic="")
    return Startup("", CLIENT_ID, addresses, *nothing)


def _warn(trouble: Trouble) -> None:
    typer.echo(f"scorer: {trouble.error}; again in {trouble.again_in_s:g} s", err=True)
