"""kubectl, Argo CD and Flux read the same status and mean the same by it: nobody waits in vain, or for old words."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import celpy
import lupa.lua51
import pytest
import yaml
from celpy.adapter import json_to_cel

from harness.situations import observed, situations
from scoring_operator.conditions import AT_REST, Condition, Facts, Held, Reason, judge
from scoring_operator.facts import Manifest
from scoring_operator.status import conditions

GITOPS = Path(__file__).parents[3] / "docs/gitops"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_pipeline(facts: Facts, former: dict[str, str] | None = None, *, generation: int = 3, seen: int = 3) -> Manifest:
    """Return a pipeline whose status says of `seen` what the facts are."""
    verdicts, _ = judge(facts, former or {}, Held(), 0.0)
    status = {"observedGeneration": seen, "conditions": conditions(verdicts, [], seen, NOON)}
    return {"metadata": {"name": "wallets", "generation": generation}, "status": status}


def said(pipeline: Manifest, kind: str) -> tuple[str, str, str]:
    found = next(condition for condition in pipeline["status"]["conditions"] if condition["type"] == kind)
    return found["status"], found["reason"], found["message"]


@cache
def _health() -> Callable[[Any], Any]:
    """Return the script as a function of the resource, in the Lua that Argo CD has: 5.1."""
    lua = lupa.lua51.LuaRuntime()
    script = (GITOPS / "health.lua").read_text()
    judged = lua.eval(f"function(obj)\n{script}\nend")
    return lambda pipeline: judged(lua.table_from(pipeline, recursive=True))


def argo(pipeline: Manifest) -> tuple[str, str]:
    """Return health and message as Argo CD shows them."""
    found = _health()(pipeline)
    return found["status"], found["message"]


@cache
def _expressions() -> dict[str, celpy.Runner]:
    (check,) = yaml.safe_load((GITOPS / "flux.yaml").read_text())["spec"]["healthCheckExprs"]
    assert (check.pop("apiVersion"), check.pop("kind")) == ("scoring.dev/v1alpha1", "ScoringPipeline")
    environment = celpy.Environment()
    return {name: environment.program(environment.compile(expression)) for name, expression in check.items()}


def flux(pipeline: Manifest) -> set[str]:
    """Return which of Flux's expressions hold."""
    activation = {name: json_to_cel(value) for name, value in pipeline.items()}
    return {name for name, program in _expressions().items() if program.evaluate(activation)}


def kstatus(pipeline: Manifest) -> str:
    """Return what kstatus says of a custom resource: the rules of its documentation, in its order."""
    status = pipeline.get("status") or {}
    found = {condition["type"]: condition["status"] for condition in status.get("conditions") or ()}
    if status.get("observedGeneration", pipeline["metadata"]["generation"]) != pipeline["metadata"]["generation"]:
        return "InProgress"
    if found.get("Reconciling") == "True":
        return "InProgress"
    if found.get("Stalled") == "True":
        return "Failed"
    return "InProgress" if found.get("Ready") in ("False", "Unknown") else "Current"


def cases() -> Iterator[Manifest]:
    """Yield a pipeline for every combination of facts that changes what conditions say, new and formerly good."""
    told = set[tuple[tuple[str, str, str], ...]]()
    for situation in situations(delay="no"):
        facts = observed(situation)
        for former in ({}, {"Available": "True", "Ready": "True"}):
            pipeline = a_pipeline(facts, former)
            words = tuple((c["type"], c["status"], c["reason"]) for c in pipeline["status"]["conditions"])
            if words not in told:
                told.add(words)
                yield pipeline


def is_at_rest(pipeline: Manifest) -> bool:
    return said(pipeline, "Ready")[1] in AT_REST and said(pipeline, "Reconciling")[0] == "False"


KSTATUS = ("Ready", "Reconciling", "Stalled")
CASES = tuple(cases())
TELLING = tuple({(*(said(case, kind)[0] for kind in KSTATUS), is_at_rest(case)): case for case in CASES}.values())
"""One case of each kind that an expression can tell apart: to evaluate one takes long."""
SCALES = {"current": "Current", "failed": "Failed", "inProgress": "InProgress"}


def test_argo_cd_calls_healthy_what_is_ready_and_settled_and_nothing_else() -> None:
    for pipeline in CASES:
        settled = said(pipeline, "Ready")[0] == "True" and said(pipeline, "Reconciling")[0] == "False"

        assert (argo(pipeline)[0] == "Healthy") == settled, pipeline


def test_argo_cd_calls_degraded_what_waits_for_a_person_and_says_why() -> None:
    for pipeline in CASES:
        status, reason, message = said(pipeline, "Stalled")
        waits = status == "True" and reason != Reason.RECONCILIATION_PAUSED

        assert (argo(pipeline)[0] == "Degraded") == waits, pipeline
        if waits:
            assert argo(pipeline)[1] == message


def test_argo_cd_calls_suspended_what_a_person_has_stopped() -> None:
    for pipeline in CASES:
        paused = said(pipeline, "ReconciliationPaused")[0] == "True"

        assert (argo(pipeline)[0] == "Suspended") == (paused or is_at_rest(pipeline)), pipeline


def test_kstatus_and_argo_cd_agree() -> None:
    """But for what a person has stopped, of which kstatus knows nothing."""
    same = {"Healthy": "Current", "Degraded": "Failed", "Progressing": "InProgress"}
    for pipeline in CASES:
        health = argo(pipeline)[0]
        if health != "Suspended":
            assert kstatus(pipeline) == same[health], pipeline


def test_one_of_flux_expressions_holds_and_it_says_what_kstatus_says() -> None:
    """But for what is suspended: kstatus would wait for it for ever, the expressions call it current."""
    for pipeline in TELLING:
        (name,) = flux(pipeline)

        assert SCALES[name] == ("Current" if is_at_rest(pipeline) else kstatus(pipeline)), pipeline


@pytest.mark.parametrize("pipeline", [CASES[0], CASES[-1]])
def test_nobody_believes_what_was_said_of_a_former_generation(pipeline: Manifest) -> None:
    old = {**pipeline, "metadata": {**pipeline["metadata"], "generation": 4}}

    assert argo(old)[0] == "Progressing"
    assert kstatus(old) == "InProgress"
    assert flux(old) == {"inProgress"}
    assert {condition["observedGeneration"] for condition in old["status"]["conditions"]} == {3}  # for kubectl wait


@pytest.mark.parametrize("status", [None, {}, {"controller": "shop/ours"}])
def test_a_pipeline_that_nobody_has_looked_at_is_progressing(status: Manifest | None) -> None:
    pipeline = {"metadata": {"name": "wallets", "generation": 1}} | ({} if status is None else {"status": status})

    assert argo(pipeline)[0] == "Progressing"
    if status is not None:
        assert flux(pipeline) == {"inProgress"}


def test_every_health_occurs() -> None:
    assert {argo(pipeline)[0] for pipeline in CASES} == {"Healthy", "Progressing", "Degraded", "Suspended"}


def test_the_script_names_conditions_that_exist() -> None:
    named = set(re.findall(r'"([A-Z][A-Za-z]+)"', (GITOPS / "health.lua").read_text()))

    assert named - {"True", "Healthy", "Progressing", "Degraded", "Suspended"} <= set(Condition)
