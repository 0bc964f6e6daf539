"""`scorer record-golden`: golden cases from real records, as the manifest's scorer scores them now."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scoring_service.cli import answer
from scoring_service.cli.golden_yaml import as_yaml
from scoring_service.cli.lines import opened, records
from scoring_service.cli.manifest import pipeline_of, refuse
from scoring_service.cli.source import MOUNTED, SecretsFolder
from scoring_service.cli.trial import on_trial
from scoring_service.contract.golden_cases import MAX_BYTES, MAX_CASES, MAX_INPUTS, size
from scoring_service.contract.startup import Startup
from scoring_service.golden import Recording, record
from scoring_service.stream.ports import Record


def record_golden(  # noqa: PLR0913, RUF100 - one parameter per option
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    from_topic: Annotated[bool, typer.Option("--from-topic", help="Of the pipeline's input topic.")] = False,
    last: Annotated[
        int, typer.Option(min=1, max=MAX_CASES * MAX_INPUTS, metavar="N", help="Read so many records.")
    ] = MAX_CASES,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of a file instead, one JSON document per line.")
    ] = None,
    as_of: Annotated[
        int | None,
        typer.Option("--as-of", min=0, metavar="UNIX_SECONDS", help="Moment of a file's records.", show_default="now"),
    ] = None,
    secrets: SecretsFolder = MOUNTED,
) -> None:
    """Score records with the manifest's weights and print them as goldenCases, ready to be pasted below spec.

    The topic is read without a group: nothing is committed, and no worker notices. What is left out is told on
    stderr: what a case cannot say, and what is more than 20 cases of 50 inputs or 64 KiB.

    Exit codes: 0 done; 1 the brokers do not answer or refuse; 2 wrong usage, or a file cannot be read.
    """
    if from_topic == (file is not None):
        refuse("expected either --from-topic or --file FILE")
    loaded = pipeline_of(pipeline)
    lanes: Sequence[Sequence[Record]]
    if file is not None:
        with opened(file) as lines:
            lanes = [list(records(lines, int(time.time()) if as_of is None else as_of))]
    else:
        with answer.failures_told():
            lanes = asyncio.run(_newest(loaded.startup(""), secrets, last))
    recording = record(*on_trial(loaded), lanes)
    typer.echo(as_yaml(recording.cases), nl=False)
    typer.echo(summary(recording), err=True)


def summary(recording: Recording) -> str:
    """Return what was recorded and what was left out, in one sentence."""
    cases, left_out = recording
    inputs = sum(len(case.inputs) for case in cases)
    told = f"{inputs} records in {len(cases)} cases, {size(cases) / 1024:.1f} of {MAX_BYTES // 1024} KiB"
    without = ", ".join(f"{count} {why}" for why, count in sorted(left_out.items()))
    return f"{told}; left out: {without}" if without else told


async def _newest(startup: Startup, secrets: Path, count: int) -> Sequence[Sequence[Record]]:
    """Return the `count` newest records by partition, each in order; fewer if there are no more."""
    from scoring_service.stream.kafka import tail  # only here: a Tab waits for what `scorer` loads

    found: list[tuple[int, Record]] = []
    async with tail.opened(startup, secrets) as topic:
        bounds = await topic.bounds()
        ends = {partition: bound.last_stable for partition, bound in bounds.items()}
        begins = {partition: max(bound.log_start, bound.last_stable - count) for partition, bound in bounds.items()}
        async for partition, page in topic.pages(begins, ends):
            found.extend((partition, one) for one in page)
    return latest(found, count)


def latest(found: Sequence[tuple[int, Record]], count: int) -> list[list[Record]]:
    """Return the `count` newest of some records by partition, each in order of offsets."""
    by_time = sorted(found, key=lambda one: (one[1].timestamp, one[0], one[1].offset))[-count:]
    lanes: dict[int, list[Record]] = {}
    for partition, newest in sorted(by_time, key=lambda one: (one[0], one[1].offset)):
        lanes.setdefault(partition, []).append(newest)
    return list(lanes.values())
