"""Local admission: the same verdicts as a real API server's, from the same table."""

import pytest

from contract.admission_cases import ABSENT, BROKERS, CASES, Case, golden, manifest
from scoring_operator.api.admission import Admission, Refused

ADMISSION = Admission()

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


def stored(case: Case):
    return ADMISSION.admit(manifest()).manifest if case.is_update else None


@every_case
def test_what_keeps_the_rule_is_admitted(case):
    admitted = ADMISSION.admit(manifest(case.accepts), before=stored(case))

    assert bool(admitted.unevaluated) == (not case.is_local)


@pytest.mark.parametrize("case", [case for case in CASES if case.is_local], ids=lambda case: case.rule)
def test_what_breaks_the_rule_is_refused_with_its_field(case):
    with pytest.raises(Refused) as refused:
        ADMISSION.admit(manifest(case.rejects), before=stored(case))

    assert case.says in str(refused.value)


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_local], ids=lambda case: case.rule)
def test_what_cannot_be_judged_here_is_said_and_not_passed_over(case):
    admitted = ADMISSION.admit(manifest(case.rejects))

    assert any(path.startswith("spec.pod.resources") for path in admitted.unevaluated)


def test_defaults_are_those_that_an_api_server_stores():
    spec = ADMISSION.admit(manifest()).manifest["spec"]

    assert spec["replicas"] == 1
    assert spec["suspend"] is False
    assert spec["kafka"] == {"bootstrapServers": ["kafka:9092"]}
    assert spec["input"] == {"topic": "in", "group": "", "startFrom": "earliest", "onOffsetsLost": "Hold"}
    assert spec["output"] == {"successTopic": "ok", "failureTopic": "bad", "deadLetterTopic": ""}
    assert spec["delivery"] == {
        "guarantee": "AtLeastOnce",
        "maxLatency": "50ms",
        "sessionTimeout": "20s",
        "transactionInterval": "100ms",
    }
    assert spec["autoscaling"] == {
        "mode": "Disabled",
        "partitionsPerReplica": 1,
        "minReplicas": 1,
        "maxReplicas": 1000,
        "targetDrainTime": "60s",
        "cooldown": "5m",
        "scaleDownDelay": "1h",
    }


def test_admission_leaves_the_given_manifest_alone():
    given = manifest()

    ADMISSION.admit(given)

    assert given == manifest()


def test_null_counts_as_absent_where_there_is_a_default():
    spec = ADMISSION.admit(manifest({"spec.replicas": None, "spec.delivery": None})).manifest["spec"]

    assert spec["replicas"] == 1
    assert spec["delivery"]["maxLatency"] == "50ms"


@pytest.mark.parametrize(
    ("changes", "stored"),
    [
        ({"spec.kafka.tls": None}, {"spec.kafka.tls": ABSENT}),
        ({"spec.kafka.tls": {"caSecret": None}}, {"spec.kafka.tls": {}}),
        ({"spec.candidate": None, "spec.scorer.custom": None}, {}),
        ({"spec.pod.resources": {"limits": {"cpu": None}}}, {"spec.pod.resources": {"limits": {}}}),
        ({"spec.replicas": 2.0}, {"spec.replicas": 2}),
    ],
    ids=["a union", "a member of one", "two at once", "a value of a map", "a whole number with a point"],
)
def test_null_where_it_means_nothing_is_left_out_and_whole_numbers_are_integers(changes, stored):
    """As a real API server does: `tests/integration/test_crd_admission.py` sends it the same."""
    admitted, expected = (ADMISSION.admit(manifest(one)).manifest for one in (changes, stored))

    assert admitted == expected
    assert repr(admitted["spec"]["replicas"]) == repr(expected["spec"]["replicas"])


def test_null_stays_where_it_has_a_meaning_or_nobody_knows_what_it_means():
    case = golden(inputs=[{"a": None}], expect=[None])
    custom = {"spec.scorer": {"custom": {"name": "pulse", "parameters": {"x": None}}}, "spec.goldenCases": [case]}

    spec = ADMISSION.admit(manifest(custom)).manifest["spec"]

    assert spec["scorer"]["custom"]["parameters"] == {"x": None}
    assert (spec["goldenCases"][0]["inputs"], spec["goldenCases"][0]["expect"]) == ([{"a": None}], [None])


def test_an_item_that_is_null_is_refused():
    with pytest.raises(Refused, match=r"spec\.kafka\.bootstrapServers\[0\]: "):
        ADMISSION.admit(manifest({BROKERS: [None]}))


def test_every_missing_field_is_named_at_once():
    with pytest.raises(Refused) as refused:
        ADMISSION.admit(manifest({"spec.output": {}}))

    assert refused.value.reasons == (
        "spec.output.successTopic: Required value",
        "spec.output.failureTopic: Required value",
    )


def test_a_refusal_shows_little_of_what_came():
    with pytest.raises(Refused) as refused:
        ADMISSION.admit(manifest({"spec.input.topic": "x" * 10_000}))

    assert all(len(reason) <= 256 for reason in refused.value.reasons)


def test_a_custom_scorer_keeps_its_name_and_its_parameters_may_be_anything():
    custom = {"spec.scorer.walletReputation": ABSENT, "spec.scorer.custom": {"name": "pulse"}}
    stored = Admission().admit(manifest(custom)).manifest
    changed = {**custom, "spec.scorer.custom": {"name": "pulse", "parameters": {"any": [None, {"x": 1.5}]}}}
    renamed = {**custom, "spec.scorer.custom": {"name": "other"}}

    assert stored["spec"]["scorer"] == {"custom": {"name": "pulse", "parameters": {}}}
    assert Admission().admit(manifest(changed), stored).manifest["spec"]["scorer"]["custom"]["parameters"] == {
        "any": [None, {"x": 1.5}]
    }
    with pytest.raises(Refused, match="the scorer is immutable"):
        Admission().admit(manifest(renamed), stored)
