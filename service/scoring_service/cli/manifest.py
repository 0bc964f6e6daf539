"""Files that a command is given: read once, and refused in one sentence that names the file."""

from pathlib import Path
from typing import Any, NoReturn

import msgspec
import typer

from scoring_service.candidate import check
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.spec import Candidate
from scoring_service.contract.strict_yaml import NotYaml, documents
from scoring_service.errors import InvalidParameters
from scoring_service.revision.building import revision_of
from scoring_service.scorers.base import Scorer
from scoring_service.scorers.registry import build, completed

EXIT_USAGE = 2
_SHOWN = 256


def pipeline_of(path: Path) -> Pipeline:
    """Return the ScoringPipeline of a YAML file, the defaults of its scorer and of its candidate's filled in.

    Ends the process with one line on stderr if there is none, or if its workers would refuse one of the two.
    """
    found = document(path)
    if not isinstance(found, dict):
        refuse(f"{path}: expected a ScoringPipeline, got {type(found).__name__}")
    try:
        return as_workers_take_it(parse_pipeline(found))
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


def as_workers_take_it(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline with the defaults of its scorers filled in.

    Raises:
        InvalidParameters: Its workers would refuse the scorer or the candidate.
    """
    first = build(pipeline.block, may_keep_state=_may_keep_state(pipeline))
    spec = msgspec.structs.replace(pipeline.spec, scorer=_scorer(pipeline.block), candidate=_candidate(pipeline, first))
    return msgspec.structs.replace(pipeline, spec=spec)


def _candidate(pipeline: Pipeline, first: Scorer) -> Candidate | None:
    asked, block = pipeline.spec.candidate, pipeline.candidate
    if asked is None or block is None:
        return None
    try:
        check(build(block.scorer, may_keep_state=_may_keep_state(pipeline)), block.mode, first)
        return msgspec.structs.replace(asked, scorer=_scorer(block.scorer))
    except InvalidParameters as error:
        raise InvalidParameters(f"candidate.{error}") from error


def _may_keep_state(pipeline: Pipeline) -> bool:
    return pipeline.spec.delivery.guarantee != "ExactlyOnce"


def _scorer(block: ScorerBlock) -> dict[str, dict[str, Any]]:
    """Return a block as it stands in a spec, its defaults filled in; refuse one that has no revision."""
    full = completed(block)
    revision_of(full)
    return {full.member: full.parameters}


def refuse(why: str) -> NoReturn:
    """End the process with exit code 2 and one line on stderr."""
    typer.echo(f"scorer: {' '.join(why.split())[:_SHOWN]}", err=True)
    raise typer.Exit(EXIT_USAGE)
