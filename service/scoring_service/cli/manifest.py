"""Files that a command is given: read once, and refused in one sentence that names the file."""

from pathlib import Path
from typing import Any, NoReturn

import msgspec
import typer

from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.strict_yaml import NotYaml, documents
from scoring_service.errors import InvalidParameters
from scoring_service.scorers.registry import completed

EXIT_USAGE = 2
_SHOWN = 256


def pipeline_of(path: Path) -> Pipeline:
    """Return the ScoringPipeline of a YAML file, its scorer's defaults filled in.

    Ends the process with one line on stderr if there is none, or if no scorer can be built from it.
    """
    found = document(path)
    if not isinstance(found, dict):
        refuse(f"{path}: expected a ScoringPipeline, got {type(found).__name__}")
    try:
        return _completed(parse_pipeline(found))
    except InvalidPipeline as error:
        refuse(f"{path}: {error}")
    except InvalidParameters as error:
        refuse(f"{path}: spec.{error}")


def document(path: Path) -> Any:
    """Return the one document of a YAML or JSON file; ends the process with one line on stderr if there is none."""
    try:
        found = documents(path.read_bytes())
    except OSError as error:
        refuse(f"{path}: {error.strerror}")
    except NotYaml as error:
        refuse(f"{path}: {error}")
    if len(found) != 1:
        refuse(f"{path}: expected one document, got {len(found)} documents")
    return found[0]


def _completed(pipeline: Pipeline) -> Pipeline:
    block = completed(pipeline.block)
    spec = msgspec.structs.replace(pipeline.spec, scorer={block.member: block.parameters})
    if pipeline.candidate is not None and spec.candidate is not None:
        beside = completed(pipeline.candidate.scorer)
        asked = msgspec.structs.replace(spec.candidate, scorer={beside.member: beside.parameters})
        spec = msgspec.structs.replace(spec, candidate=asked)
    return msgspec.structs.replace(pipeline, spec=spec)


def refuse(why: str) -> NoReturn:
    """End the process with exit code 2 and one line on stderr."""
    typer.echo(f"scorer: {' '.join(why.split())[:_SHOWN]}", err=True)
    raise typer.Exit(EXIT_USAGE)
