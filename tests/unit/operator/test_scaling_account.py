"""What status says of a decision, and what a new operator makes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scoring_operator.scaling import Decision, Inputs, Limit, Memory, Reason
from scoring_operator.scaling.account import recalled, told
from scoring_operator.scaling.capacity import Capacity

SCALED = "2026-01-01T12:00:00Z"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_decision(**inputs: Any) -> Decision:
    measured = Inputs(
        **{"lag": 12_345, "drain_s": 61.7, "arrivals": 1_234.5, "deliveries": 200.04, "needed": 5} | inputs
    )
    return Decision(3, Reason.ABOVE_TARGET, "why", (Limit.CONFIRMING,), measured, per_pod=98.7)


def test_a_decision_is_told_with_two_digits() -> None:
    assert told(a_decision(), {}, SCALED) == {
        "desired": 3,
        "reason": "DrainTimeAboveTarget",
        "message": "why",
        "limitedBy": ["Confirming"],
        "capacityPerPod": 99.0,
        "lastScaleTime": SCALED,
        "inputs": {
            "neededReplicas": 5,
            "lagRecords": 12_000,
            "drainSeconds": 62,
            "arrivalsPerSecond": 1_200.0,
            "deliveriesPerSecond": 200.0,
        },
    }


def test_what_is_not_known_is_not_told() -> None:
    said = told(Decision(None, Reason.MEASURING, "why"), {}, SCALED)
    unmeasured = told(a_decision(drain_s=None, needed=None), {}, SCALED)["inputs"]

    assert said == {"reason": "Measuring", "message": "why", "lastScaleTime": SCALED}
    assert not {"drainSeconds", "neededReplicas"} & set(unmeasured)


def test_in_mode_disabled_nothing_is_told() -> None:
    assert told(Decision(None, Reason.AUTOSCALING_DISABLED, "why"), {"desired": 3}, SCALED) == {}


def test_figures_stay_while_they_move_by_less_than_a_tenth_and_never_drift_away() -> None:
    said = told(a_decision(arrivals=1_000.0), {}, SCALED)
    for rate in (1_050.0, 1_099.0, 901.0):
        said = told(a_decision(arrivals=rate), said, SCALED)
        assert said["inputs"]["arrivalsPerSecond"] == 1_000.0

    assert told(a_decision(arrivals=1_101.0), said, SCALED)["inputs"]["arrivalsPerSecond"] == 1_100.0


@pytest.mark.parametrize("lag", [0, 1])
def test_nothing_that_waits_is_told_from_something(lag: int) -> None:
    said = told(a_decision(lag=1 - lag), {}, SCALED)

    assert told(a_decision(lag=lag), said, SCALED)["inputs"]["lagRecords"] == lag


def a_status(**parts: Any) -> dict[str, Any]:
    return {"observedGeneration": 4, "scaling": {"lastScaleTime": SCALED, "capacityPerPod": 98.0}} | parts


def test_a_new_operator_knows_when_replicas_changed_and_what_a_pod_can_do() -> None:
    known = recalled(a_status(), 4, 3, now=1_000.0, wall=NOON + timedelta(minutes=3))

    assert known == Memory(3, changed_at=820.0, capacity=Capacity(98.0))


def test_a_change_that_the_wall_clock_puts_into_the_future_was_just_now() -> None:
    assert recalled(a_status(), 4, 3, now=1_000.0, wall=NOON - timedelta(hours=1)).changed_at == 1_000.0


@pytest.mark.parametrize("status", [{}, a_status(observedGeneration=3), a_status(scaling={"desired": 3})])
def test_of_a_spec_that_changed_unseen_nothing_is_believed(status: dict[str, Any]) -> None:
    assert recalled(status, 4, 3, now=1_000.0, wall=NOON) == Memory()
