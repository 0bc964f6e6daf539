"""`scorer lint`: whether a pipeline would be taken, and its weights served, without a cluster or a broker."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from scoring_service.cli import answer
from scoring_service.cli.case_files import cases_of
from scoring_service.cli.manifest import pipeline_of
from scoring_service.cli.trial import on_trial
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.pipeline import Pipeline
from scoring_service.golden import SECONDS, Miss, first_miss
from scoring_service.golden.comparing import ABSENT


class Trial(NamedTuple):
    """What came of all cases."""

    misses: Sequence[tuple[GoldenCase, Miss | None]]
    seconds: float
    """Of the processor."""

    @property
    def is_passed(self) -> bool:
        """Whether all hold, in the time that a pod allows."""
        return self.seconds <= SECONDS and all(miss is None for _, miss in self.misses)


def lint(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    cases: Annotated[
        list[Path] | None,
        typer.Option("--cases", metavar="FILE", help="More golden cases, YAML or JSON; repeat it for several."),
    ] = None,
    output: answer.Output = answer.Format.TABLE,
) -> None:
    """Read a manifest as the API server would, build its scorer and try it on its golden cases.

    Exit codes: 0 everything holds; 1 a golden case is missed; 2 a file cannot be read, or the manifest is refused.
    """
    loaded = pipeline_of(pipeline)
    trial = _tried(loaded, (*loaded.spec.golden_cases, *(case for path in cases or () for case in cases_of(path))))
    typer.echo(as_json(loaded, trial) if output is answer.Format.JSON else as_table(loaded, trial))
    raise typer.Exit(0 if trial.is_passed else answer.EXIT_FAILED)


def _tried(pipeline: Pipeline, cases: Sequence[GoldenCase]) -> Trial:
    scorer, batches = on_trial(pipeline)
    began = time.thread_time()
    misses = [(case, first_miss(scorer, batches, [case])) for case in cases]
    return Trial(misses, time.thread_time() - began)


def as_table(pipeline: Pipeline, trial: Trial) -> str:
    """Return the outcome for people."""
    rows = [(case.name, str(len(case.inputs)), "holds" if miss is None else "missed") for case, miss in trial.misses]
    missed = [str(miss) for _, miss in trial.misses if miss is not None]
    slow = f"golden cases: expected an end within {SECONDS:g} s, came {trial.seconds:.1f} s"
    return "\n".join(
        [
            f"{pipeline.key}, revision {pipeline.block.revision}: {len(rows) - len(missed)} of {len(rows)} cases hold",
            *([answer.table(("CASE", "INPUTS", ""), rows, right=(1,))] if rows else []),
            *missed,
            *([slow] if trial.seconds > SECONDS else []),
        ]
    )


def as_json(pipeline: Pipeline, trial: Trial) -> str:
    """Return the outcome for programs."""
    return answer.as_json(
        {
            "pipeline": pipeline.key,
            "revision": pipeline.block.revision,
            "passed": trial.is_passed,
            "seconds": round(trial.seconds, 3),
            "cases": [{"name": case.name, "inputs": len(case.inputs), **_missed(miss)} for case, miss in trial.misses],
        }
    )


def _missed(miss: Miss | None) -> dict[str, Any]:
    if miss is None:
        return {"holds": True}
    field, *both = miss.difference
    named = zip(("expected", "came"), both, strict=True)
    told = {name: value for name, value in named if value is not ABSENT}
    return {"holds": False, "missed": {"input": miss.input, "field": field, **told}}
