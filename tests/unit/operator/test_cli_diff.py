"""`kubectl-scoring diff`: what applying a manifest would change, and that the definition tells the truth about it."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from contract.admission_cases import BUDGET, CASES, KEYS, Case, manifest
from harness.drawn import from_schema
from harness.pipelines import KEY, a_manifest
from scoring_operator.api import crd
from scoring_operator.api.admission import Admission, Refused
from scoring_operator.api.effects import Effect, effect_of
from scoring_operator.cli import differences
from scoring_operator.cli.applied import LAST_APPLIED, applied
from scoring_operator.cli.diff import as_text
from scoring_operator.cli.differences import ChildChange, Difference, FieldChange, difference
from scoring_operator.facts import Manifest, Observed
from unit.operator.test_reconcile import World

ADMISSION = Admission()
SPEC = crd.schema()["properties"]["spec"]
STORED = ADMISSION.admit(manifest()).manifest
ROLL = (differences.ROLLS, differences.REPLACES)
of_one_manifest = [case for case in CASES if not case.is_update]


def told(wanted: Manifest, stored: Manifest = STORED) -> Difference:
    """Return the difference where nothing is observed but the pipeline."""
    return difference(Observed(stored), stored, wanted, ())


def admitted(written: Manifest) -> Manifest | None:
    try:
        return ADMISSION.admit(written).manifest
    except Refused:
        return None


def rolls(found: Difference) -> bool:
    """Tell whether the definition says of some field that changed that the pods are replaced for it."""
    return any(change.effect in (Effect.ROLLS, Effect.IMMUTABLE) for change in found.fields)


@pytest.mark.parametrize("case", of_one_manifest, ids=lambda case: case.rule)
def test_what_the_definition_says_of_a_change_is_what_becomes_of_the_pods(case: Case) -> None:
    wanted = ADMISSION.admit(manifest(case.accepts)).manifest
    if wanted["metadata"]["name"] != STORED["metadata"]["name"]:
        return  # another pipeline

    found = told(wanted)

    assert (found.pods in ROLL) == rolls(found)


@pytest.mark.parametrize("member", sorted(SPEC["properties"]))
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_the_definition_says_of_any_change_is_true(member: str, data: st.DataObject) -> None:
    drawn = from_schema(SPEC["properties"][member], f"spec.{member}")
    wanted = admitted({**manifest(), "spec": {**manifest()["spec"], member: data.draw(drawn)}})
    if wanted is None:
        return

    found = told(wanted)

    assert (found.pods in ROLL) == rolls(found)


def test_every_field_of_the_spec_has_changed_in_one_of_the_cases() -> None:
    """Of what stands as in a pod, the whole field."""
    wanted = [ADMISSION.admit(manifest(case.accepts)).manifest for case in of_one_manifest]
    changed = {change.path for one in wanted for change in told(one).fields}

    def leaves(schema: crd.Schema, path: str) -> Any:
        whole = "properties" not in schema or path == "spec.pod.affinity"
        return (
            [path] if whole else [p for n, inner in schema["properties"].items() for p in leaves(inner, f"{path}.{n}")]
        )

    untried = {
        leaf
        for leaf in leaves(SPEC, "spec")
        if not any(path.startswith(leaf) or leaf.startswith(path) for path in changed)
    }
    assert untried == set()


@pytest.mark.parametrize(
    ("path", "effect"),
    [
        ("spec.replicas", Effect.LIVE),
        ("spec.delivery.maxLatency", Effect.ROLLS),
        ("spec.input.topic", Effect.IMMUTABLE),
        ("spec.scorer.custom.parameters.anything.inside", Effect.LIVE),
        ("spec.goldenCases", Effect.LIVE),
        ("status.replicas", None),
        ("metadata.labels", None),
    ],
)
def test_the_effect_of_a_field_is_that_of_the_nearest_field_that_is_known(path: str, effect: Effect | None) -> None:
    assert effect_of(path.split(".")) == effect


@pytest.fixture
async def world() -> World:
    """A pipeline that is settled."""
    found = World()
    found.change(a_manifest(replicas=2))
    await found.settle()
    return found


async def against(world: World, **parts: Any) -> Difference:
    observed = world.cluster.observe(KEY)
    assert observed.pipeline is not None
    wanted = {**observed.pipeline, "spec": a_manifest(**{"replicas": 2, **parts})["spec"]}
    return difference(observed, observed.pipeline, wanted, await world.workers(observed.pods))


async def test_a_manifest_that_says_the_same_changes_nothing(world: World) -> None:
    found = await against(world)

    assert found.is_none
    assert as_text("shop/wallets", found) == "shop/wallets: nothing would change"


async def test_a_changed_weight_is_live_and_touches_the_live_file_alone(world: World) -> None:
    found = await against(world, trading=0.3)

    path = "spec.scorer.walletReputation.weights.trading"
    assert found.fields == (FieldChange(path, 0.4, 0.3, "live"),)
    assert found.children == (ChildChange("ConfigMap/wallets-live", "changed"),)
    assert (found.pods, found.scaled) == (differences.LIVE, None)


async def test_a_start_up_field_makes_another_file_and_rolls_the_pods(world: World) -> None:
    found = await against(world, delivery={"maxLatency": "20ms"})

    verbs = {change.child.partition("-startup-")[0]: change.verb for change in found.children}
    assert verbs == {"ConfigMap/wallets": "deleted", "Deployment/wallets": "changed"}
    assert [change.verb for change in found.children if "startup" in change.child] == ["created", "deleted"]
    assert found.pods == differences.ROLLS


async def test_another_guarantee_ends_all_pods_first(world: World) -> None:
    found = await against(world, delivery={"guarantee": "ExactlyOnce"})

    assert found.pods == differences.REPLACES


async def test_replicas_are_scaled_and_nothing_else(world: World) -> None:
    found = await against(world, replicas=5)

    assert found.children == (ChildChange("Deployment/wallets", "changed"),)
    assert (found.pods, found.scaled) == (differences.NOTHING, (2, 5))


async def test_more_replicas_than_partitions_scale_to_the_partitions(world: World) -> None:
    assert (await against(world, replicas=50)).scaled == (2, 6)


async def test_a_pipeline_that_is_not_there_yet_is_made_with_all_its_children() -> None:
    found = difference(Observed(STORED), None, STORED, ())

    assert {change.verb for change in found.children} == {"created"}
    assert {change.child.partition("/")[0] for change in found.children} >= {"ConfigMap", "Deployment", "Service"}
    assert (found.pods, found.fields, found.scaled) == (differences.STARTS, (), (0, 1))


def test_a_present_spec_that_the_operator_refuses_hides_no_change_of_fields() -> None:
    broken = deepcopy(STORED)
    broken["spec"]["goldenCases"] = [{"name": "a", "asOf": 1, "inputs": [{"n": 2**60}], "expect": [None]}]

    found = told(STORED, broken)

    assert [change.path for change in found.fields] == ["spec.goldenCases"]
    assert found.pods.startswith(differences.UNKNOWN)
    assert not found.is_none


def test_the_text_shows_fields_with_their_effects_children_and_pods() -> None:
    wanted = ADMISSION.admit(manifest({BUDGET: {"percent": 5, "window": "1m"}, "spec.api": KEYS})).manifest
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        console.print(as_text("shop/wallets", told(wanted)))

    text = captured.get()
    (row,) = [line for line in text.splitlines() if line.startswith("spec.delivery.failureBudget")]
    assert row.split("   ")[-1].strip() == "rolls"
    assert "Deployment/wallets" in text
    assert differences.ROLLS in text


def an_object(spec: Any, last: Any = None) -> Manifest:
    annotations = {} if last is None else {LAST_APPLIED: last}
    return {"metadata": {"name": "a", "annotations": annotations}, "spec": spec}


def test_what_others_set_stays_and_what_the_last_apply_had_set_goes() -> None:
    last = '{"spec": {"a": 1, "b": {"c": 1, "d": 1}}}'
    stored = an_object({"a": 1, "b": {"c": 1, "d": 1, "theirs": 1}, "replicas": 5}, last)

    spec = applied(stored, {"metadata": {"name": "a"}, "spec": {"b": {"c": 2}}})["spec"]

    assert spec == {"b": {"c": 2, "theirs": 1}, "replicas": 5}


def test_without_a_last_apply_nothing_goes_and_lists_are_taken_as_a_whole() -> None:
    spec = applied(an_object({"a": 1, "list": [1, 2]}), {"metadata": {}, "spec": {"list": [3]}})["spec"]

    assert spec == {"a": 1, "list": [3]}


def test_labels_and_annotations_of_a_manifest_are_applied_too() -> None:
    meta = applied(an_object({}), {"metadata": {"labels": {"team": "a"}}, "spec": {}})["metadata"]

    assert (meta["name"], meta["labels"]) == ("a", {"team": "a"})
