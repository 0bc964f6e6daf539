"""Parameter types become structural schemas: the pure half of `make generate`."""

from typing import Annotated, ClassVar, Literal

import pytest
from msgspec import UNSET, UnsetType
from tools import crd

from scoring_service.scorers.parameters import Parameters, Rule, parameter


class Limits(Parameters, frozen=True):
    """How far to look."""

    low: Annotated[float, parameter("Least.", unit="USD", ge=0, le=0.5)] = 0.1
    high: Annotated[int, parameter("Most.", ge=1)] = 3

    rules: ClassVar = (Rule("self.low < self.high", "low must be below high", lambda it: it.low < it.high),)


class Sample(Parameters, frozen=True):
    """A scorer for tests."""

    variant: Annotated[Literal["b", "a"], parameter("Formulas.")]
    limits: Annotated[Limits, parameter("Both limits.")] = Limits()
    other_limits: Annotated[Limits, parameter("Both limits, otherwise.")] = Limits(high=7)
    window: Annotated[int, parameter("Length.", unit="seconds", effect="stateful")] = 60
    is_strict: Annotated[bool, parameter("Whether.")] = False
    added_later: Annotated[int, parameter("Once more.", ge=0)] | UnsetType = UNSET


class Undocumented(Parameters, frozen=True):
    """A scorer for tests."""

    weight: float = 1.0


class Unstructured(Parameters, frozen=True):
    """A scorer for tests."""

    text: Annotated[str, parameter("A string of any length.")] = ""


def test_a_type_becomes_an_object_with_its_required_fields():
    built = crd.schema(Sample, "spec.scorer.sample")

    assert built["type"] == "object"
    assert built["description"] == "A scorer for tests."
    assert built["required"] == ["variant"]
    assert list(built["properties"]) == ["variant", "limits", "otherLimits", "window", "isStrict", "addedLater"]


def test_every_field_says_its_unit_and_that_it_is_live():
    properties = crd.schema(Sample, "spec.scorer.sample")["properties"]

    assert properties["window"] == {
        "description": "Length. Unit: seconds. Default 60. A change is live: it takes over once its windows are warm.",
        "type": "integer",
        "default": 60,
    }
    assert properties["isStrict"]["description"] == (
        "Whether. Default false. A change is live: it swaps between two batches."
    )


def test_a_parameter_added_later_is_optional_without_a_default() -> None:
    """A default would be stored in resources of before, and change the hash of what they serve."""
    assert crd.schema(Sample, "spec.scorer.sample")["properties"]["addedLater"] == {
        "description": "Once more. Default none. A change is live: it swaps between two batches.",
        "type": "integer",
        "x-kubernetes-validations": [
            {"rule": "self >= 0", "message": "spec.scorer.sample.addedLater: write a number of at least 0"}
        ],
    }


def test_literals_become_enumerations_without_a_default_where_one_is_required():
    variant = crd.schema(Sample, "spec.scorer.sample")["properties"]["variant"]

    assert variant["type"] == "string"
    assert sorted(variant["enum"]) == ["a", "b"]
    assert "default" not in variant


def test_bounds_become_a_rule_that_says_what_to_write():
    limits = crd.schema(Sample, "spec.scorer.sample")["properties"]["limits"]["properties"]

    assert (limits["low"]["type"], limits["high"]["type"]) == ("number", "integer")
    assert limits["low"]["x-kubernetes-validations"] == [
        {
            "rule": "double(self) >= 0.0 && double(self) <= 0.5",
            "message": "spec.scorer.sample.limits.low: write a number from 0 to 0.5",
        }
    ]
    assert limits["high"]["x-kubernetes-validations"] == [
        {"rule": "self >= 1", "message": "spec.scorer.sample.limits.high: write a number of at least 1"}
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("variant", "Formulas. No default. A change is live"),
        ("window", "Length. Unit: seconds. Default 60. A change is live"),
        ("isStrict", "Whether. Default false. A change is live"),
        ("addedLater", "Once more. Default none. A change is live"),
        ("limits", "Both limits. A change is live"),
    ],
)
def test_a_field_says_its_default_or_that_it_has_none_unless_its_fields_do(name, said):
    assert crd.schema(Sample, "spec.scorer.sample")["properties"][name]["description"].startswith(said)


def test_a_member_of_a_union_says_that_it_may_be_left_out_and_is_live():
    member = crd.members("spec.scorer")["walletReputation"]

    assert member["description"].endswith("Default none. A change is live.")


def test_an_object_defaults_in_full():
    """An API server holds a default against the rules before inner defaults fill it in, and refuses `{}`."""
    properties = crd.schema(Sample, "spec.scorer.sample")["properties"]

    assert properties["limits"]["default"] == {"low": 0.1, "high": 3}
    assert properties["otherLimits"]["default"] == {"low": 0.1, "high": 7}


def test_a_rule_becomes_a_validation_that_names_its_field():
    limits = crd.schema(Sample, "spec.scorer.sample")["properties"]["limits"]

    assert limits["x-kubernetes-validations"] == [
        {"rule": "self.low < self.high", "message": "spec.scorer.sample.limits: low must be below high"}
    ]


def test_nothing_is_generated_that_a_structural_schema_forbids():
    def keywords(schema):
        for name, value in schema.items():
            if name != "properties":
                yield name
            for inner in value.values() if name == "properties" else ():
                yield from keywords(inner)

    allowed = {"type", "description", "required", "enum", "default", "x-kubernetes-validations"}
    for member in crd.members("spec.scorer").values():
        assert set(keywords(member)) <= allowed | {"properties", "maxLength"}


@pytest.mark.parametrize(("of", "path"), [(Undocumented, "weight"), (Unstructured, "text")])
def test_a_field_without_documentation_or_bounds_is_refused_by_its_path(of, path):
    with pytest.raises(TypeError, match=f"spec.scorer.sample.{path}"):
        crd.schema(of, "spec.scorer.sample")


def test_members_are_put_between_the_markers_and_indented_like_them():
    definition = "a:\n  # BEGIN generated u\n  old: {}\n  # END generated u\n  b: 1\n"

    assert crd.spliced(definition, "u", {"new": {"type": "object"}}) == (
        "a:\n  # BEGIN generated u\n  new:\n    type: object\n  # END generated u\n  b: 1\n"
    )


def test_a_candidates_parameters_are_named_by_their_own_path():
    weights = crd.members("spec.candidate.scorer")["walletReputation"]["properties"]["weights"]

    assert weights["x-kubernetes-validations"][0]["message"].startswith(
        "spec.candidate.scorer.walletReputation.weights:"
    )


@pytest.mark.parametrize("definition", ["a: 1\n", "# END generated u\n# BEGIN generated u\n", "# BEGIN generated u\n"])
def test_a_definition_without_both_markers_in_order_is_refused(definition):
    with pytest.raises(ValueError, match="BEGIN generated"):
        crd.spliced(definition, "u", {})
