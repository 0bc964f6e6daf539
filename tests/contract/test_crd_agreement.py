"""Schema and types agree, whatever is written: what the definition admits, the types understand, and the reverse.

Not drawn is what no structural schema can say, and the operator reports by the condition `Accepted` instead: golden
cases beyond 64 KiB, or deeper than 64 levels, and integers above 2^53, of which the API server keeps no digits.
"""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from contract.admission_cases import manifest
from custom_scorer.pulse_scorer import Pulse
from harness.drawn import AS_IN_A_POD, from_schema, from_type
from scoring_operator.api import crd
from scoring_operator.api.admission import Admission, Refused
from scoring_service.contract.pipeline import InvalidPipeline, parse_pipeline
from scoring_service.contract.spec import PipelineSpec
from scoring_service.errors import InvalidParameters
from scoring_service.scorers import custom
from scoring_service.scorers.registry import SCORERS, completed

ADMISSION = Admission()
SPEC = crd.schema()["properties"]["spec"]
BASE = manifest()["spec"]


class Anything(Pulse):
    """A custom scorer that understands whatever it is given."""

    Parameters = dict


@pytest.fixture(autouse=True, scope="module")
def any_custom_scorer_is_installed():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(custom, "scorer_of", lambda name: Anything)
        yield


def admitted(spec: dict[str, Any]) -> dict[str, Any] | None:
    """Return the manifest as the API server would store it; None if it would refuse it."""
    written = {**manifest(), "spec": spec}
    try:
        return ADMISSION.admit(written).manifest
    except Refused:
        return None


def understood(written: dict[str, Any]) -> str:
    """Return why the types refuse a manifest; empty if they understand it."""
    try:
        pipeline = parse_pipeline(written)
        completed(pipeline.block)
        if pipeline.candidate is not None:
            completed(pipeline.candidate.scorer)
        _ = pipeline.startup("east")
    except (InvalidPipeline, InvalidParameters) as error:
        return str(error)
    return ""


def without(spec: dict[str, Any], paths: tuple[str, ...]) -> dict[str, Any]:
    """Return a spec without some members of `spec.pod`."""
    kept = deepcopy(spec)
    for path in paths:
        (kept.get("pod") or {}).pop(path.rpartition(".")[2], None)
    return kept


BY_SCHEMA = {name: from_schema(inner, f"spec.{name}") for name, inner in SPEC["properties"].items()}
BY_TYPE = {
    field.encode_name: from_type(field.type, f"spec.{field.encode_name}")
    for field in msgspec.structs.fields(PipelineSpec)
}
PARAMETERS = st.sampled_from(sorted(SCORERS)).flatmap(
    lambda name: st.fixed_dictionaries({name: from_type(SCORERS[name].Parameters, f"spec.scorer.{name}")})
)
BY_TYPE |= {"scorer": PARAMETERS}
repeatable = settings(max_examples=60, deadline=None, derandomize=True)
every_member = pytest.mark.parametrize("member", sorted(BY_SCHEMA))


def spec_with(member: str, value: Any) -> dict[str, Any]:
    """Return the smallest spec with one member drawn: of several, hardly any would be admitted."""
    return {**deepcopy(BASE), member: value}


def test_both_draw_the_same_members():
    assert BY_SCHEMA.keys() == BY_TYPE.keys()


@every_member
@repeatable
@given(data=st.data())
def test_what_the_definition_admits_the_types_understand(member, data):
    stored = admitted(spec_with(member, data.draw(BY_SCHEMA[member])))

    event(f"admitted: {stored is not None}")
    if stored is not None:
        assert understood(stored) == ""


@every_member
@repeatable
@given(data=st.data())
def test_what_the_types_understand_the_definition_admits(member, data):
    spec = without(spec_with(member, data.draw(BY_TYPE[member] | BY_SCHEMA[member])), AS_IN_A_POD)
    refusal = understood({**manifest(), "spec": spec})

    event(f"understood: {not refusal}")
    if not refusal:
        assert admitted(spec) is not None
