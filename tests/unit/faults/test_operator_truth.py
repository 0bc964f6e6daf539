"""What judges the operator under faults: whether a claim was false, and whether an ending is another one."""

from typing import Any

from harness.pipelines import a_manifest, a_revision
from operator_faults.ending import differences, undisturbed
from operator_faults.truth import Sample, false_for_s, made_false, sample


def a_status(status: str = "True", generation: int = 1, since: str = "noon") -> dict[str, Any]:
    condition = {"type": "Ready", "status": status, "lastTransitionTime": since}
    return {"observedGeneration": generation, "conditions": [condition]}


def a_sample(serving: list[str], status: dict[str, Any] | None = None, replicas: int = 1) -> Sample:
    manifest = a_manifest(replicas=1)
    manifest["metadata"]["generation"] = 1
    return sample(7.0, {**manifest, "status": status or a_status()}, [{"spec": {"replicas": replicas}}], serving)


def samples(text: str) -> list[Sample]:
    """Return samples a second apart: `+` a true claim, `-` a false one, `.` none; a digit begins another claim."""
    claim, found = "", []
    for at, letter in enumerate(text):
        claim = letter if letter.isdigit() else claim
        found.append(Sample(float(at), "" if letter == "." else claim or "0", letter == "+"))
    return found


def test_a_claim_is_ready_of_the_present_generation() -> None:
    assert a_sample([a_revision()]).claims
    assert not a_sample([a_revision()], a_status("False")).claims
    assert not a_sample([a_revision()], a_status(generation=2)).claims


def test_it_is_so_when_every_pod_serves_what_the_spec_says() -> None:
    assert a_sample([a_revision()]).is_so
    assert not a_sample([a_revision(0.3)]).is_so
    assert not a_sample([]).is_so
    assert not a_sample([a_revision()], replicas=2).is_so


def test_a_claim_that_a_fault_made_false_was_not_made_false() -> None:
    assert made_false(samples("++--++")) == []


def test_a_claim_that_is_false_from_its_beginning_is_found() -> None:
    assert [found.at for found in made_false(samples("++..1--"))] == [4.0]


def test_one_look_alone_says_nothing_as_it_is_several_requests() -> None:
    assert made_false(samples("++..1+++")) == []


def test_the_longest_false_claim_is_measured_from_when_it_counts() -> None:
    assert false_for_s(samples("+---+--+"), since=0.0) == 2.0
    assert false_for_s(samples("+---+--+"), since=3.0) == 1.0
    assert false_for_s(samples("+..+"), since=0.0) == 0.0


async def test_an_ending_is_compared_child_by_child() -> None:
    expected = await undisturbed(a_manifest(replicas=2))
    assert {name.split()[0] for name in expected} > {"Deployment", "ConfigMap", "Service"}
    found = [{**child, "metadata": {**child["metadata"]}} for child in expected.values()]
    assert differences(expected, found, "elsewhere") == []

    name = next(iter(expected))
    other = [child for child in found if child is not found[0]] + [{**found[1], "kind": "Secret"}]

    assert f"no {name}" in differences(expected, other, "elsewhere")
    assert any("nobody asked for" in said for said in differences(expected, other, "elsewhere"))


async def test_an_ending_with_another_field_is_another_one() -> None:
    expected = await undisturbed(a_manifest(replicas=2))
    found = list((await undisturbed(a_manifest(replicas=3))).values())

    said = differences(expected, found, "elsewhere")

    assert any(text.startswith("Deployment wallets.spec.replicas: expected 2, got 3") for text in said)
