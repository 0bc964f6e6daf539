"""The scorer addressRisk with its built-in baseline: what it takes, what it says, and why."""

import csv
from math import exp, log1p
from pathlib import Path

import msgspec
import numpy as np
import pytest

from harness import samples
from scoring_service.scorers.address_risk import AddressRisk, AddressRiskParameters, features, learned
from scoring_service.scorers.address_risk.input import Account
from scoring_service.scorers.base import Rejection, Row, Source
from scoring_service.scorers.levels import level
from scoring_service.training.judging import average_precision

(SPEC,) = [spec for spec in samples.specs() if "addressRisk" in spec["scorer"]]
USUAL, QUICK, _ = SPEC["goldenCases"][0]["inputs"]


def a_scorer(**parameters) -> AddressRisk:
    return AddressRisk(msgspec.convert(parameters, AddressRiskParameters))


def scored(*records, **parameters):
    scorer = a_scorer(**parameters)
    values = [scorer.decode(msgspec.json.encode(record)) for record in records]
    return scorer.score([Row(value, None, 0.0, Source("in", 0, n)) for n, value in enumerate(values)], None)[0]


def by_hand(record) -> float:
    """Return the baseline's risk from its formula, number by number."""
    values = {name: float(record[name]) for name in features.NAMES}
    columns = list(values.values())
    for over, under in features.RATIOS:
        columns.append(values[over] / (values[under] if abs(values[under]) >= 1e-9 else 1e-9))
    logs = [log1p(abs(x)) * (1 if x >= 0 else -1) for x in columns]
    z = learned.INTERCEPT + sum(c * x for c, x in zip(learned.COEFFICIENTS, logs, strict=True))
    return 1 / (1 + exp(-z))


@pytest.mark.parametrize("record", [USUAL, QUICK, {**QUICK, "balance": -3}, {**USUAL, "received": 0}])
def test_the_baseline_is_its_formula(record):
    (score,) = scored(record)

    assert score.risk == pytest.approx(by_hand(record), rel=1e-5), "columns have 32 bits"


def test_the_input_has_the_aggregates_in_their_order():
    assert Account.__struct_fields__ == ("address", *features.NAMES)
    assert tuple(learned.USUAL) == features.NAMES
    assert len(learned.COEFFICIENTS) == features.WIDTH


def test_no_aggregate_is_of_erc20_tokens():
    assert not [aggregate for aggregate in features.AGGREGATES if "ERC20" in aggregate.column]


def test_a_usual_address_has_no_reasons_and_a_quick_one_says_what_makes_it_risky():
    usual, quick = scored(USUAL, QUICK)

    assert (usual.risk_level, usual.reasons) == ("safe", [])
    assert quick.risk_level == "critical"
    assert quick.reasons[0].feature == "unique_senders"
    assert (quick.reasons[0].value, quick.reasons[0].usual) == (19, 2)


def test_an_effect_is_what_the_usual_value_would_take_away():
    (score,) = scored(QUICK)
    (otherwise,) = scored({**QUICK, "unique_senders": 2})

    assert score.reasons[0].effect == pytest.approx(score.risk - otherwise.risk)


@pytest.mark.parametrize("most", [0, 1, 8])
def test_there_are_as_many_reasons_as_are_asked_for_and_the_risk_is_the_same(most):
    (score,) = scored(QUICK, reasons=most)

    assert len(score.reasons) <= most
    assert score.risk == scored(QUICK)[0].risk
    assert sorted(score.reasons, key=lambda effect: -abs(effect.effect)) == score.reasons


def test_levels_are_those_of_transactions():
    assert [level(risk) for risk in (0.0, 0.29, 0.3, 0.5, 0.7, 0.85, 1.0)] == [
        *("safe", "safe", "low", "medium", "high", "critical", "critical")
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sent": -1}, "$.sent"),
        ({"sent": "3"}, "$.sent"),
        ({"address": ""}, "$.address"),
        ({"balance": 1e31}, "$.balance"),
        ({"sent": None}, "$.sent"),
    ],
)
def test_what_is_no_aggregate_is_refused_by_its_name(changes, says):
    rejected = a_scorer().decode(msgspec.json.encode({**USUAL, **changes}))

    assert isinstance(rejected, Rejection)
    assert says in rejected.detail


def test_the_baseline_ranks_the_labelled_addresses_as_its_page_says(scoring_data: Path):
    lines = (scoring_data / "eth_fraud_transaction_dataset.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines, skipinitialspace=True))
    rows = [{name.strip(): value for name, value in row.items()} for row in rows]
    records = [
        {"address": row["Address"], **{each.name: float(row[each.column]) for each in features.AGGREGATES}}
        for row in rows
    ]

    scores = scored(*records, reasons=0)

    frauds = np.array([row["FLAG"] == "1" for row in rows])
    found = average_precision(np.array([score.risk for score in scores]), frauds)
    assert found == pytest.approx(0.888, abs=0.01)
