"""`kubectl-scoring lint`: whether a manifest would be taken and its scorer served, without a cluster."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType

from scoring_operator.cli.answer import answer, table
from scoring_operator.cli.manifest import DEFAULT_NAMESPACE, Unreadable, parse
from scoring_operator.cli.options import EXIT_FAILED, EXIT_INCOMPLETE, EXIT_USAGE, Format, Output, refuse
from scoring_operator.facts import Manifest
from scoring_service.contract.pipeline import InvalidPipeline, parse_pipeline

WORKER_PACKAGE: Final = "numpy"
"""What a scorer needs, and an operator's installation does not have."""
OUTCOMES: Final = {True: "holds", False: "missed"}


def lint(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Manifest of a ScoringPipeline; - reads standard input.")
    ],
    output: Output = Format.TABLE,
) -> None:
    """Check a manifest as the API server and the pods would: schema, rules, and the golden cases on the scorer itself.

    Every field must be known, every rule must hold; one that only an API server can judge is named. Needs no cluster.

    Exit codes: 0 it would be taken, and every golden case holds; 1 a golden case is missed; 2 the file cannot be read,
    or is no manifest that would be taken; 3 the installation lacks the extra `local`.
    """
    if missing := [name for name in ("celpy", "jsonschema", WORKER_PACKAGE) if find_spec(name) is None]:
        refuse(f"{', '.join(missing)} not installed: pip install 'scoring-operator[local]'", EXIT_INCOMPLETE)
    content = _content(file)
    told = checked(content, str(file))
    if told["admitted"]:
        told["golden"] = tried(content)
    answer(output, told, lambda: as_text(told))
    raise typer.Exit(code(told))


def checked(content: bytes, file: str) -> dict[str, Any]:
    """Return what an API server would say: whether it admits the manifest, why not, and what nobody here can judge."""
    from scoring_operator.api.admission import Admission, Refused  # only here: it needs the extra `local`

    told: dict[str, Any] = {"file": file, "pipeline": None, "admitted": False, "refusals": [], "unevaluated": []}
    try:
        manifest = parse(content)
        manifest["metadata"] = {"namespace": DEFAULT_NAMESPACE} | manifest["metadata"]
        admitted = Admission().admit(manifest)
        told |= {"pipeline": _key(manifest), "unevaluated": [*admitted.unevaluated]}
        parse_pipeline(admitted.manifest)
    except Refused as refused:
        return told | {"pipeline": _key(manifest), "refusals": [*refused.reasons]}
    except (Unreadable, InvalidPipeline) as error:
        return told | {"refusals": [str(error)]}
    return told | {"admitted": True}


def tried(content: bytes) -> dict[str, Any]:
    """Return what came of the golden cases: `scorer lint` tries them in a process with the scorer's own code."""
    command = [sys.executable, "-m", "scoring_service.cli", "lint", "/dev/stdin", "--output", "json"]
    done = subprocess.run(command, input=content, capture_output=True, check=False)  # noqa: S603 - our own command
    if done.stdout:
        told: dict[str, Any] = json.loads(done.stdout)
        return told
    return {"passed": False, "cases": [], "refusal": done.stderr.decode().strip()}


def code(told: dict[str, Any]) -> int:
    """Return the exit code that says the same."""
    if not told["admitted"] or told["golden"].get("refusal"):
        return EXIT_USAGE
    return 0 if told["golden"]["passed"] else EXIT_FAILED


def as_text(told: dict[str, Any]) -> RenderableType:
    """Return the outcome for people."""
    if not told["admitted"]:
        return "\n".join(f"{told['file']}: {refusal}" for refusal in told["refusals"])
    golden = told["golden"]
    if golden.get("refusal"):
        return f"{told['file']}: {golden['refusal']}"
    held = sum(case["holds"] for case in golden["cases"])
    unevaluated = [f"not checked here, but by an API server: {rule}" for rule in told["unevaluated"]]
    rows = [(case["name"], str(case["inputs"]), OUTCOMES[case["holds"]], _difference(case)) for case in golden["cases"]]
    shown = [table(("CASE", "INPUTS", "", ""), rows, ("INPUTS",))] if rows else []
    head = f"{told['file']}: {told['pipeline']} would be taken; {held} of {len(rows)} golden cases hold"
    return Group(head, *unevaluated, *shown)


def _difference(case: dict[str, Any]) -> str:
    missed = case.get("missed")
    if not missed:
        return ""
    expected, came = (json.dumps(missed[side]) if side in missed else "absent" for side in ("expected", "came"))
    return f"input {missed['input']}, {missed['field']}: expected {expected}, came {came}"


def _key(manifest: Manifest) -> str:
    meta = manifest["metadata"]
    return f"{meta.get('namespace')}/{meta.get('name')}"


def _content(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        refuse(f"{file}: cannot read it: {error.strerror}")
