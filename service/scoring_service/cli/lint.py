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
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.golden import SECONDS, Miss, first_miss
from scoring_service.golden.comparing import ABSENT


class Trial(NamedTuple):
    """What came of all cases of one scorer."""

    revision: str
    misses: Sequence[tuple[GoldenCase, Miss | None]]
    seconds: float
    """Of the processor."""

    @property
    def is_passed(self) -> bool:
        """Whether all hold, in the time that a pod allows."""
        return self.seconds <= SECONDS and all(miss is None for _, miss in self.misses)


class Verdict(NamedTuple):
    """What came of a manifest that its workers would take."""

    serving: Trial
    candidate: Trial | None

    @property
    def is_passed(self) -> bool:
        """Whether everything holds."""
        return self.serving.is_passed and (self.candidate is None or self.candidate.is_passed)


def lint(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE.yaml", help="Manifest of a ScoringPipeline.")],
    cases: Annotated[
        list[Path] | None,
        typer.Option("--cases", metavar="FILE", help="More golden cases, YAML or JSON; repeat it for several."),
    ] = None,
    output: answer.Output = answer.Format.TABLE,
) -> None:
    """Read a manifest as the API server would, and its scorer and candidate as the workers would.

    Both are built, and each is tried on its own golden cases: spec.goldenCases and those of --cases on the scorer,
    spec.candidate.goldenCases on the candidate.

    Exit codes: 0 everything holds; 1 a golden case is missed; 2 a file cannot be read, or the manifest is refused.
    """
    loaded = pipeline_of(pipeline)
    more = [case for path in cases or () for case in cases_of(path)]
    beside = loaded.candidate
    verdict = Verdict(_tried(loaded, loaded.block, more), None if beside is None else _tried(loaded, beside.scorer))
    typer.echo(as_json(loaded, verdict) if output is answer.Format.JSON else as_table(loaded, verdict))
    raise typer.Exit(0 if verdict.is_passed else answer.EXIT_FAILED)


def _tried(pipeline: Pipeline, block: ScorerBlock, more: Sequence[GoldenCase] = ()) -> Trial:
    scorer, batches = on_trial(pipeline, block)
    began = time.thread_time()
    misses = [(case, first_miss(scorer, batches, [case])) for case in (*block.golden_cases, *more)]
    return Trial(block.revision, misses, time.thread_time() - began)


def as_table(pipeline: Pipeline, verdict: Verdict) -> str:
    """Return the outcome for people."""
    lines = _lines(f"{pipeline.key}, revision", verdict.serving)
    if verdict.candidate is not None:
        lines += _lines("candidate, revision", verdict.candidate)
    return "\n".join(lines)


def _lines(of: str, trial: Trial) -> list[str]:
    rows = [(case.name, str(len(case.inputs)), "holds" if miss is None else "missed") for case, miss in trial.misses]
    missed = [str(miss) for _, miss in trial.misses if miss is not None]
    slow = f"golden cases: expected an end within {SECONDS:g} s, came {trial.seconds:.1f} s"
    return [
        f"{of} {trial.revision}: {len(rows) - len(missed)} of {len(rows)} cases hold",
        *([answer.table(("CASE", "INPUTS", ""), rows, right=(1,))] if rows else []),
        *missed,
        *([slow] if trial.seconds > SECONDS else []),
    ]


def as_json(pipeline: Pipeline, verdict: Verdict) -> str:
    """Return the outcome for programs."""
    beside = {} if verdict.candidate is None else {"candidate": _members(verdict.candidate)}
    return answer.as_json(
        {"pipeline": pipeline.key, **_members(verdict.serving), **beside, "passed": verdict.is_passed}
    )


def _members(trial: Trial) -> dict[str, Any]:
    return {
        "revision": trial.revision,
        "passed": trial.is_passed,
        "seconds": round(trial.seconds, 3),
        "cases": [{"name": case.name, "inputs": len(case.inputs), **_missed(miss)} for case, miss in trial.misses],
    }


def _missed(miss: Miss | None) -> dict[str, Any]:
    if miss is None:
        return {"holds": True}
    field, *both = miss.difference
    named = zip(("expected", "came"), both, strict=True)
    told = {name: value for name, value in named if value is not ABSENT}
    return {"holds": False, "missed": {"input": miss.input, "field": field, **told}}
