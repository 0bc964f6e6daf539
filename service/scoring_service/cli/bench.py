"""`scorer bench`: what a record costs: decoded, scored and written, without brokers, on one core."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from scoring_service.cli.answer import Format, Output, as_json, table
from scoring_service.cli.lines import opened, records
from scoring_service.cli.manifest import pipeline_of, refuse
from scoring_service.cli.trial import on_trial
from scoring_service.codec import BatchScorer, Lone
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.golden.running import TOPIC, records_of
from scoring_service.scorers.base import Scorer

BATCH = 500
"""Records of a call, as a worker has them under load."""


class Cost(NamedTuple):
    """What was measured."""

    scorer: str
    records_per_second: float
    microseconds_per_record: float
    bytes_per_record: float
    outcomes: dict[str, int]
    """Of one pass: scored, rejected or absorbed."""


def bench(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="Records, one JSON document per line.", show_default="the inputs of its golden cases"
        ),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long to repeat them.")] = 3.0,
    output: Output = Format.TABLE,
) -> None:
    """Measure what a record costs on one core, from its bytes to those of its output; brokers are left out."""
    loaded = pipeline_of(pipeline)
    scorer, batches = on_trial(loaded)
    found = _records(loaded.spec.golden_cases, file)
    if not found:
        refuse("expected records: name a FILE, or give the pipeline golden cases")
    cost = measured(scorer, batches, found, seconds)
    if output is Format.JSON:
        typer.echo(as_json(cost._asdict()))
        return
    became = ", ".join(f"{count} {name}" for name, count in sorted(cost.outcomes.items()))
    head = ("SCORER", "RECORDS/S", "µS/RECORD", "BYTES/RECORD", "OUTCOMES")
    row = (cost.scorer, f"{cost.records_per_second:,.0f}", f"{cost.microseconds_per_record:.1f}")
    typer.echo(table(head, [(*row, f"{cost.bytes_per_record:.0f}", became)], right={1, 2, 3}))


def _records(cases: Sequence[GoldenCase], file: Path | None) -> list[Lone]:
    if file is None:
        return [record for case in cases for record in records_of(case)]
    with opened(file) as lines:
        return list(records(lines, int(time.time())))


def measured(scorer: Scorer, batches: BatchScorer, found: Sequence[Lone], seconds: float) -> Cost:
    """Return what a record costs in processor time of this thread; every pass begins with an empty state."""
    outcomes = _pass(scorer, batches, found)  # the first one fills caches
    began, passes = time.thread_time(), 0
    while (spent := time.thread_time() - began) < seconds:
        _pass(scorer, batches, found)
        passes += 1
    each = spent / (passes * len(found))
    size = sum(len(record.value or b"") for record in found) / len(found)
    return Cost(scorer.name, 1 / each, each * 1e6, size, dict(outcomes))


def _pass(scorer: Scorer, batches: BatchScorer, found: Sequence[Lone]) -> Counter[str]:
    state, outcomes = scorer.start(), Counter[str]()
    for first in range(0, len(found), BATCH):
        batch = batches.score_batch(found[first : first + BATCH], TOPIC, 0, state)
        state = batch.state
        outcomes["scored"] += len(batch.success)
        outcomes["rejected"] += len(batch.failures)
        outcomes["absorbed"] += sum(batch.absorbed.values())
    return +outcomes
