"""`scorer score`: the records of a file through the very code that scores the stream."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple

import typer

from scoring_service.cli.manifest import pipeline_of, refuse
from scoring_service.cli.progress import progress
from scoring_service.codec import BatchScorer, Signature
from scoring_service.scorers.registry import build

_STDIN = "-"
_LONG_BYTES = 20_000_000
_NO_VERSION = ""
"""Headers carry it, and a file of results has none."""


class Line(NamedTuple):
    """One line of the input as a record that a producer stamped with the moment of scoring."""

    offset: int
    timestamp: int
    value: bytes
    timestamp_type: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def score(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Records, one JSON document per line; - is stdin.")],
    as_of: Annotated[
        int | None,
        typer.Option("--as-of", min=0, metavar="UNIX_SECONDS", help="Moment to score for.", show_default="now"),
    ] = None,
) -> None:
    """Score a file: one JSON result per input line on stdout, in input order, failures included."""
    loaded = pipeline_of(pipeline)
    scorer = build(loaded.block)
    as_of_ms = 1000 * (int(time.time()) if as_of is None else as_of)
    batches = BatchScorer(scorer, Signature(loaded.key, loaded.block.revision, _NO_VERSION))
    state = scorer.start()
    with _opened(file) as (lines, size):
        for offset, line in enumerate(progress(lines, "scoring", size, _LONG_BYTES, len)):
            scored = batches.score_batch([Line(offset, as_of_ms, line.rstrip(b"\r\n"))], file, 0, state)
            state = scored.state
            for message in scored.success or scored.failures:
                sys.stdout.buffer.write(message.value + b"\n")


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Yield the lines and their size in bytes, None for standard input; a file that cannot be read ends the process."""
    if file == _STDIN:
        yield sys.stdin.buffer, None
        return
    try:
        opened = Path(file).open("rb")  # noqa: SIM115 - closed by the `with` below; errors of the body are not ours
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    with opened:
        yield opened, os.fstat(opened.fileno()).st_size
