"""`scorer score`: the records of a file through the very code that scores the stream."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from scoring_service.cli.lines import opened, records, size
from scoring_service.cli.manifest import pipeline_of
from scoring_service.cli.progress import progress
from scoring_service.cli.trial import on_trial
from scoring_service.codec import one_by_one

_LONG_BYTES = 20_000_000


def score(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="Records, one JSON document per line; - is stdin, .gz is read too.")
    ],
    as_of: Annotated[
        int | None,
        typer.Option("--as-of", min=0, metavar="UNIX_SECONDS", help="Moment to score for.", show_default="now"),
    ] = None,
) -> None:
    """Score a file: one JSON result per input line on stdout, in input order, failures included."""
    loaded = pipeline_of(pipeline)
    scorer, batches = on_trial(loaded)
    with opened(Path(file)) as lines:
        watched = progress(lines, "scoring", size(Path(file)), _LONG_BYTES, len)
        found = records(watched, int(time.time()) if as_of is None else as_of)
        for scored in one_by_one(scorer, batches, found, file):
            for message in scored.success or scored.failures:
                sys.stdout.buffer.write(message.value + b"\n")
