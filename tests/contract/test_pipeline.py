"""A manifest from a file keeps the same rules as one from an API server, and is refused naming the field."""

import datetime as dt
import re

import pytest

from contract.admission_cases import CASES, MEMBER, manifest
from custom_scorer.pulse_scorer import Pulse
from scoring_service.cli.manifest import as_workers_take_it
from scoring_service.contract.pipeline import InvalidPipeline, Pipeline, parse_pipeline
from scoring_service.errors import InvalidParameters
from scoring_service.scorers import custom

HERE = [case for case in CASES if case.is_local and case.is_typed and not case.is_update]
BOUND = re.compile(r"spec\.(?:candidate\.)?(scorer\.[\w.]+): write a (?:number|uri|sha256)")
"""Of a parameter: its own type tells it, in words of its own."""
every_case = pytest.mark.parametrize("case", HERE, ids=lambda case: case.rule)


class Anything(Pulse):
    """A custom scorer that understands whatever it is given: what is inside is no matter of the definition."""

    Parameters = dict


@pytest.fixture(autouse=True)
def any_custom_scorer_is_installed(monkeypatch):
    monkeypatch.setattr(custom, "scorer_of", lambda name: Anything)


def parsed(changes) -> Pipeline:
    return as_workers_take_it(parse_pipeline(manifest(changes)))


@every_case
def test_what_keeps_the_rule_is_parsed(case):
    assert parsed(case.accepts).name


@every_case
def test_what_breaks_the_rule_is_refused(case):
    with pytest.raises((InvalidPipeline, InvalidParameters)) as refused:
        parsed(case.rejects)

    if bound := BOUND.match(case.says):
        assert bound[1] in str(refused.value)
    elif any(
        words in case.says for words in (": use ", ": write ", ": set exactly one of", "must be different", "clear")
    ):
        assert case.says in str(refused.value)


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ("foo", "metadata"),
        (["foo"], "metadata"),
        (None, "metadata"),
        ({}, "metadata"),
        ({"name": 5}, "metadata.name"),
        ({"name": ""}, "metadata.name"),
        ({"name": dt.date(2024, 1, 1)}, "metadata.name"),
        ({"name": "a", "namespace": ["b"]}, "metadata.namespace"),
        ({"name": "a", "generation": "b"}, "metadata.generation"),
        ({7: "a", "name": "b"}, "metadata"),
    ],
    ids=str,
)
def test_metadata_of_any_kind_is_refused_by_its_path(metadata, path):
    with pytest.raises(InvalidPipeline) as refused:
        parse_pipeline({**manifest(), "metadata": metadata})

    assert refused.value.path.startswith(path)


def test_a_namespace_left_empty_is_the_default_one():
    assert parse_pipeline({**manifest(), "metadata": {"name": "a", "namespace": None}}).namespace == "default"


def test_a_member_that_no_scorer_has_is_refused():
    with pytest.raises(InvalidParameters):
        parsed({MEMBER: {"variant": "none"}})


@pytest.mark.parametrize("field", ["spec.delivery.maxLatency", "spec.delivery.sessionTimeout"])
def test_a_duration_ends_with_its_unit(field):
    with pytest.raises(InvalidPipeline, match=f"{field}: write a duration"):
        parsed({field: "1m\n" if field.endswith("Timeout") else "50ms\n"})


@pytest.mark.parametrize("changes", [{"kind": "x" * 5000}, {"spec.input.startFrom": "x" * 5000}, {"spec.x\n": 1}])
def test_a_refusal_repeats_no_more_than_a_line_of_what_came(changes):
    with pytest.raises(InvalidPipeline) as refused:
        parsed(changes)

    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)
