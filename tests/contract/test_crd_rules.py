"""Every rule of the definition earns its place: it alone refuses an example, and it judges one that it admits."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from contract.admission_cases import CASES, Case, manifest
from scoring_operator.api import crd
from scoring_operator.api.admission import Admission, Refused

RULES = list(crd.rules(crd.schema()))
FIXES = {"delete", "give", "leave", "lower", "name", "rename", "set", "use", "write"}
"""What a message tells a person to do."""
STORED = Admission().admit(manifest()).manifest

every_rule = pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{'.'.join(rule.path) or 'root'}: {rule.expression[:40]}"
)


def local(rule: crd.Rule) -> bool:
    """Tell whether a rule can be judged here; an API server judges the others by the same table."""
    return "quantity(" not in rule.expression


def with_rule(rule: crd.Rule, expression: str) -> crd.Schema:
    """Return the schema with another expression for one rule."""
    schema: dict[str, Any] = deepcopy(crd.schema())
    field = schema
    for step in rule.path:
        field = field["items"] if step == "[]" else field["additionalProperties"] if step == "{}" else _of(field, step)
    field["x-kubernetes-validations"] = [
        {**declared, "rule": expression} if declared["rule"] == rule.expression else declared
        for declared in field["x-kubernetes-validations"]
    ]
    return schema


def _of(field: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = field["properties"][name]
    return found


def refusals(case_changes: Any, case: Case, admission: Admission) -> Sequence[str]:
    try:
        admission.admit(manifest(case_changes), STORED if case.is_update else None)
    except Refused as refused:
        return refused.reasons
    return ()


@cache
def cases_of(message: str) -> tuple[Case, ...]:
    """Return the cases whose refusal is said in these words."""
    return tuple(case for case in CASES if case.says in message)


@every_rule
def test_a_message_names_the_field_and_what_to_do(rule):
    """What a person writes as in a pod is named by its part of `spec.pod`: paths of an affinity fill lines."""
    field = ".".join(step for step in rule.path if step not in ("[]", "{}")) or "metadata.name"
    named = next((part for part in ("spec.pod.affinity", "spec.pod.resources") if field.startswith(part)), field)
    place, _, advice = rule.message.partition(": ")

    assert place.startswith(named)
    assert FIXES & set(advice.replace(",", " ").split())


@every_rule
def test_an_example_is_refused_by_this_rule_and_by_no_other(rule):
    """Without the rule its rejecting example would be admitted."""
    cases = cases_of(rule.message)
    assert cases
    if local(rule):
        without = Admission(with_rule(rule, "true"))
        assert any(
            rule.message in " ".join(refusals(case.rejects, case, Admission()))
            and not refusals(case.rejects, case, without)
            for case in cases
        )


@every_rule
def test_an_example_is_judged_by_this_rule_and_admitted(rule):
    """A rule that refuses whatever it sees would refuse its accepting example."""
    if local(rule):
        refusing = Admission(with_rule(rule, "false && self == self"))
        assert any(
            not refusals(case.accepts, case, Admission())
            and rule.message in " ".join(refusals(case.accepts, case, refusing))
            for case in cases_of(rule.message)
        )
