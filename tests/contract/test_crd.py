"""The definition and the types say the same: a manifest from a file means what one from an API server means."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
import yaml

from scoring_operator.api import crd
from scoring_operator.api.structure import defaulted
from scoring_service.contract.names import MAX_PIPELINE_NAME
from scoring_service.contract.pipeline import GROUP, KIND, PLURAL, VERSION, parse_pipeline
from scoring_service.contract.spec import FailureReason, PipelineSpec
from scoring_service.scorers import custom
from scoring_service.scorers.reasons import Reason
from scoring_service.scorers.registry import SCORERS, build

ROOT = Path(__file__).parents[2]
SPEC = crd.schema()["properties"]["spec"]
MEMBERS = (custom.MEMBER, *SCORERS)
FREE = (
    "spec.api.from.namespaceSelector.matchLabels",
    "spec.api.from.podSelector.matchLabels",
    "spec.candidate.goldenCases.expect",
    "spec.candidate.goldenCases.inputs",
    "spec.candidate.scorer",
    "spec.goldenCases.expect",
    "spec.goldenCases.inputs",
    "spec.kafka.egress.namespaceSelector.matchLabels",
    "spec.kafka.egress.podSelector.matchLabels",
    "spec.pod.affinity",
    "spec.pod.labels",
    "spec.pod.resources",
    "spec.pod.tolerations",
    "spec.scorer",
)
"""Fields that the types hold as mappings: the scorer's own type, or Kubernetes, knows what is inside."""
JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array", dict: "object"}

Pair = tuple[str, msgspec.structs.FieldInfo, dict[str, Any]]


def inside(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a field holds, or each item of it."""
    inner: dict[str, Any] = schema.get("items", schema)
    return inner


def struct(field: msgspec.structs.FieldInfo) -> type[msgspec.Struct] | None:
    """Return the struct that a field holds, or may hold; None for a field of another kind."""
    for kind in (field.type, *get_args(field.type)):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind
    return None


def pairs(of: type[msgspec.Struct], schema: dict[str, Any], path: str = "spec") -> Iterator[Pair]:
    """Yield every field of a type with its schema, parents first."""
    for field in msgspec.structs.fields(of):
        here, inner = f"{path}.{field.encode_name}", schema["properties"][field.encode_name]
        yield here, field, inner
        if (part := struct(field)) is not None:
            yield from pairs(part, inside(inner), here)


def types(
    of: type[msgspec.Struct], schema: dict[str, Any], path: str = "spec"
) -> Iterator[tuple[str, type, dict[str, Any]]]:
    """Yield every struct with its schema."""
    yield path, of, schema
    for field in msgspec.structs.fields(of):
        if (part := struct(field)) is not None:
            yield from types(part, inside(schema["properties"][field.encode_name]), f"{path}.{field.encode_name}")


def described(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every named field of a schema."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}".lstrip("."), inner
        yield from described(inner, f"{path}.{name}")
    if "items" in schema:
        yield from described(schema["items"], f"{path}[]")


def is_free(kind: Any) -> bool:
    """Tell whether a type is, or holds, a mapping with keys of any name."""
    return get_origin(kind) is dict or any(map(is_free, get_args(kind)))


def without_nothing(value: Any) -> Any:
    """Return a value without the members that are None: an API server stores no member for them."""
    if not isinstance(value, dict):
        return list(value) if isinstance(value, tuple) else value
    return {name: without_nothing(inner) for name, inner in value.items() if inner is not None}


every_struct = pytest.mark.parametrize(
    ("path", "of", "schema"), [pytest.param(*t, id=t[0]) for t in types(PipelineSpec, SPEC)]
)
every_field = pytest.mark.parametrize(
    ("path", "field", "schema"), [pytest.param(*p, id=p[0]) for p in pairs(PipelineSpec, SPEC)]
)


@every_struct
def test_a_type_has_the_fields_of_the_definition(path, of, schema):
    assert {field.encode_name for field in msgspec.structs.fields(of)} == set(schema["properties"])


@every_struct
def test_a_type_requires_what_the_definition_requires(path, of, schema):
    required = {field.encode_name for field in msgspec.structs.fields(of) if field.required}

    assert required == set(schema.get("required", ()))


@every_field
def test_a_default_is_the_definitions(path, field, schema):
    if field.required:
        assert "default" not in schema
        return
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if default is None:
        assert "default" not in schema
        return

    assert defaulted(schema["default"], schema) == without_nothing(msgspec.to_builtins(default))


@every_field
def test_a_field_is_of_the_definitions_kind(path, field, schema):
    if get_origin(field.type) is Literal:
        assert list(get_args(field.type)) == schema["enum"]
    elif struct(field) is not None and get_origin(field.type) is not tuple:
        assert schema["type"] == "object"
    else:
        kind = next((kind for kind in get_args(field.type) if kind in JSON_TYPES), field.type)  # of `float | None`
        assert schema["type"] == JSON_TYPES[get_origin(field.type) if get_origin(field.type) in JSON_TYPES else kind]


def test_only_the_named_fields_hold_free_mappings():
    free = [path for path, field, _ in pairs(PipelineSpec, SPEC) if is_free(field.type)]

    assert sorted(free) == sorted(FREE)


@pytest.mark.parametrize("holder", [SPEC, SPEC["properties"]["candidate"]], ids=["scorer", "candidate.scorer"])
def test_the_union_has_a_member_for_every_scorer(holder):
    assert tuple(holder["properties"]["scorer"]["properties"]) == MEMBERS


@pytest.mark.parametrize("member", MEMBERS)
def test_every_rule_of_the_union_knows_every_member(member):
    for rule in SPEC["properties"]["scorer"]["x-kubernetes-validations"]:
        assert f"has(self.{member})" in rule["rule"]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_candidate_is_of_the_scorer_that_serves(member):
    same = f"has(self.candidate.scorer.{member}) == has(self.scorer.{member})"

    assert any(same in rule["rule"] for rule in SPEC["x-kubernetes-validations"])


def test_golden_cases_of_a_candidate_are_those_of_the_scorer_that_serves():
    """Two copies in the definition: only their words differ."""
    serving, tried = (holder["properties"]["goldenCases"] for holder in (SPEC, SPEC["properties"]["candidate"]))

    assert unworded(tried) == unworded(serving)
    assert [rule.message.replace("spec.candidate.", "spec.") for rule in crd.rules(tried)] == [
        rule.message for rule in crd.rules(serving)
    ]


def unworded(schema: Any) -> Any:
    """Return a schema without its texts."""
    if isinstance(schema, list):
        return [unworded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: unworded(inner) for name, inner in schema.items() if name not in ("description", "message")}


def test_no_stateful_scorer_can_be_a_canary():
    """Its windows would lack the keys that the other revision has: each needs a rule that refuses the mode."""
    stateful = [name for name, scorer in SCORERS.items() if scorer.stateful]
    refusing = [rule.expression for rule in crd.rules(crd.schema()) if "'Canary'" in rule.expression]

    assert all(any(f"has(self.scorer.{name})" in expression for expression in refusing) for name in stateful)


def test_the_reasons_that_may_count_in_a_budget_are_those_of_the_scorers():
    enum = SPEC["properties"]["delivery"]["properties"]["failureBudget"]["properties"]["reasons"]["items"]["enum"]

    assert enum == list(get_args(FailureReason)) == [reason.value for reason in Reason]


def test_no_stateful_scorer_can_be_combined_with_exactly_once():
    """Its state is not part of the transaction: each needs a rule that refuses the combination."""
    stateful = [name for name, scorer in SCORERS.items() if scorer.stateful]
    refusing = [rule.expression for rule in crd.rules(crd.schema()) if "'ExactlyOnce'" in rule.expression]

    assert all(any(f"has(self.scorer.{name})" in expression for expression in refusing) for name in stateful)


def test_the_definition_is_named_as_the_contract_names_it():
    spec = crd.definition()["spec"]

    assert (spec["group"], spec["names"]["kind"], spec["names"]["plural"]) == (GROUP, KIND, PLURAL)
    assert [version["name"] for version in spec["versions"]] == [VERSION]
    assert crd.definition()["metadata"]["name"] == f"{PLURAL}.{GROUP}"
    assert str(MAX_PIPELINE_NAME) in crd.schema()["x-kubernetes-validations"][0]["message"]


def test_the_scale_subresource_points_at_fields_that_exist():
    (version,) = crd.definition()["spec"]["versions"]
    scale = version["subresources"]["scale"]
    fields = {f".{path}" for path, _ in described(crd.schema())}

    assert scale == {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }
    assert set(scale.values()) <= fields


def test_the_columns_are_the_documented_ones_and_point_at_fields_that_exist():
    (version,) = crd.definition()["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    narrow = [column["name"].upper() for column in columns if not column.get("priority")]
    wide = [column["name"].upper() for column in columns if column.get("priority")]
    fields = {f".{path}" for path, _ in described(crd.schema())} | {".metadata.creationTimestamp"}

    assert narrow == ["AVAILABLE", "READY", "REPLICAS", "PARTITIONS", "LAG", "REVISION", "REASON", "AGE"]
    assert wide == ["GROUP", "TOPIC", "GUARANTEE", "MESSAGE"]
    for column in columns:
        assert column["jsonPath"].partition("[")[0] in fields


def test_every_field_is_described():
    kubernetes_own = {"metadata"}
    undescribed = [path for path, field in described(crd.schema()) if not field.get("description")]

    assert set(undescribed) == kubernetes_own


def test_every_text_and_list_that_a_person_writes_is_bounded():
    for path, field in described(SPEC, "spec"):
        if field.get("type") == "string" and "enum" not in field:
            assert "maxLength" in field, path
        if field.get("type") == "array":
            assert "maxItems" in field, path


def test_the_definition_stays_small():
    rendered = len(msgspec.json.encode(crd.definition()))

    assert rendered < 96 * 1024, "client-side apply and every watch cache carry it; 256 KiB is where apply breaks"


def test_the_generated_part_is_fresh():
    check = subprocess.run([sys.executable, "-m", "tools.crd", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "manifests").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_sample_parses_and_means_the_same_with_the_definitions_defaults(path):
    written = yaml.safe_load(path.read_text())

    pipeline, stored = parse_pipeline(written), parse_pipeline(defaulted(written, crd.schema()))

    assert build(pipeline.block).parameters == build(stored.block).parameters
    assert msgspec.structs.replace(pipeline.spec, scorer={}) == msgspec.structs.replace(stored.spec, scorer={})


def test_every_scorer_has_a_sample():
    samples = [yaml.safe_load(path.read_text()) for path in (ROOT / "manifests").glob("*.yaml")]

    assert {member for sample in samples for member in sample["spec"]["scorer"]} == set(SCORERS)
