"""The whole truth table: every combination of what can be observed, against tables written by hand.

The tables say what the promises say, in their order; they call nothing of the code. A row holds where all of its cells
do, the first that holds counts, and each row must be needed somewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pytest

from harness.pipelines import a_lane, a_report
from harness.situations import DIMENSIONS, Situation, observed, situations
from scoring_operator import scaling
from scoring_operator.conditions import HOLD_S, Condition, Facts, Held, judge
from scoring_operator.conditions.scaling import BLIND_S
from scoring_service.contract.worker_status import LaneState


class Row(NamedTuple):
    """What a condition says where all cells hold; a cell is a value, or several divided by `|`."""

    says: str
    cells: Mapping[str, str]

    def holds(self, situation: Situation) -> bool:
        return all(situation[name] in values.split("|") for name, values in self.cells.items())


def row(says: str, **cells: str) -> Row:
    return Row(says, cells)


SCORING = "score all|score all, one more starts|score all, one more is kept out"
CHANGING = "proposed|not read yet|first"

AVAILABLE = (
    row("False Suspended", asked="suspended"),
    row("False ScaledToZero", asked="no pod"),
    row("False CredentialsMissing", pods="are kept out"),
    row("False NoVerifiedRevision", revision="first|first refused"),
    row("False NoReadyPods", pods="are gone|start"),
    row("Unknown StatusUnreachable", pods="one is silent"),
    row("Unknown PartitionsUnknown", pods="know no partitions"),
    row("False PartitionsUnassigned", pods="leave partitions alone"),
    row(
        "False LanesHeld",
        pods="hold a lane for its output|hold a lane for lost offsets|hold a lane for its budget",
    ),
    row("False LanesStalled", pods="have a lane that stands still"),
    row("False LanesInitialising", pods="have a lane that is new"),
    row("True AllPartitionsScored"),
)
STALLED = (
    row("True ReconciliationPaused", paused="yes"),
    row("True InvalidSpec", problem="InvalidSpec"),
    row("True ManifestRefused", problem="ManifestRefused"),
    row("True Conflict", problem="Conflict"),
    row("True UnknownFields", problem="UnknownFields"),
    row("True WeightsRejected", revision="refused|first refused"),
    row("True RolloutStuck", rollout="stuck"),
    row("False NotStalled", delay="yes"),
    row("False NotStalled", rollout="under way"),
    row("False NotStalled", revision=CHANGING),
    row("True OffsetsLost", pods="hold a lane for lost offsets"),
    row("True FailureBudgetExceeded", pods="hold a lane for its budget"),
    row("False NotStalled"),
)
REALISED = (
    row("False ChildDelayed", delay="yes"),
    row("False CredentialsMissing", pods="score all, one more is kept out"),
    row("False RevisionPending", revision=CHANGING),
    row("False RolloutInProgress", rollout="under way"),
    row("False PodsStarting", pods="score all, one more starts"),
    row("True SpecRealised"),
)
ACCEPTED = (
    row("False InvalidSpec", problem="InvalidSpec"),
    row("False ManifestRefused", problem="ManifestRefused"),
    row("False Conflict", problem="Conflict"),
    row("False UnknownFields", problem="UnknownFields"),
    row("True SpecAccepted"),
)
WEIGHTS_VERIFIED = (
    row("Unknown InvalidSpec", problem="InvalidSpec"),
    row("False WeightsRejected", revision="refused|first refused"),
    row("Unknown RevisionPending", revision="proposed|first"),
    row("True WeightsTried"),
)
KAFKA_REACHABLE = (
    row("Unknown NoPodKnows", pods="are gone|are kept out|know no partitions"),
    row("True BrokersAnswer"),
)
SCALING_ACTIVE = (
    row("False ReconciliationPaused", paused="yes"),
    row("Unknown InvalidSpec", decision="none"),
    row("False AutoscalingDisabled", decision="AutoscalingDisabled"),
    row("False ForeignAutoscaler", decision="ForeignAutoscaler"),
    row("False Suspended", decision="Suspended"),
    row(
        "False LoadUnknown",
        decision="BrokersUnreachable|LagUnknown|LanesNotReady|Measuring|PartitionsUnknown|PodsNotReady"
        "|RolloutInProgress",
    ),
    row("True ReplicasDecided"),
)
PAUSED = (row("True ReconciliationPaused", paused="yes"), row("False NotPaused"))
TABLES = {
    Condition.AVAILABLE: AVAILABLE,
    Condition.STALLED: STALLED,
    Condition.ACCEPTED: ACCEPTED,
    Condition.WEIGHTS_VERIFIED: WEIGHTS_VERIFIED,
    Condition.KAFKA_REACHABLE: KAFKA_REACHABLE,
    Condition.RECONCILIATION_PAUSED: PAUSED,
}


def look_up(table: Sequence[Row], situation: Situation) -> str:
    return next(found.says for found in table if found.holds(situation))


def expected(situation: Situation) -> dict[str, str]:
    """Return what every condition must say."""
    said: dict[str, str] = {kind: look_up(table, situation) for kind, table in TABLES.items()}
    stalled, available = said["Stalled"], said["Available"]
    at_rest = situation["asked"] != "two pods"
    if stalled.startswith("True"):
        said["Ready"] = said["Reconciling"] = stalled.replace("True", "False")
    elif not available.startswith("True"):
        said["Ready"] = available
        _, reason = available.split()
        ended = situation["pods"] == "are gone"
        said["Reconciling"] = "False Settled" if at_rest and ended else f"True {reason}"
    else:
        said["Ready"] = look_up(REALISED, situation)
        status, reason = said["Ready"].split()
        said["Reconciling"] = "False Settled" if status == "True" else f"True {reason}"
    return said


def said(facts: Facts, former: Mapping[str, str] | None = None, now: float = 0.0) -> dict[str, str]:
    verdicts, _ = judge(facts, dict(former or {}), Held(), now)
    return {kind: f"{verdict.status} {verdict.reason}" for kind, verdict in verdicts.items()}


every_pods = pytest.mark.parametrize("pods", DIMENSIONS["pods"])


@every_pods
def test_every_combination_says_what_the_tables_say(pods: str) -> None:
    for situation in situations(pods=pods):
        wanted = expected(situation)
        found = said(observed(situation))

        assert {kind: found[kind] for kind in wanted} == wanted, situation


@pytest.mark.parametrize("kind", [*TABLES, Condition.READY])
def test_no_row_of_a_table_is_idle(kind: Condition) -> None:
    table = TABLES.get(kind, REALISED)
    needed = {next(found for found in table if found.holds(situation)).says for situation in situations()}

    assert needed == {found.says for found in table}


@every_pods
def test_no_combination_contradicts_itself(pods: str) -> None:
    for situation in situations(pods=pods):
        status = {kind: told.split()[0] for kind, told in said(observed(situation)).items()}

        assert not (status["Reconciling"] == status["Stalled"] == "True"), situation
        if status["Ready"] == "True":
            assert (status["Available"], status["Reconciling"], status["Stalled"]) == ("True", "False", "False")


@every_pods
def test_nobody_waits_for_ever_for_what_comes_only_by_a_person(pods: str) -> None:
    """Kstatus waits while Ready is not True, unless Stalled is True: so whatever is not on its way must be stalled."""
    for situation in situations(pods=pods, asked="two pods"):
        status = {kind: told.split()[0] for kind, told in said(observed(situation)).items()}

        assert status["Ready"] == "True" or status["Reconciling"] == "True" or status["Stalled"] == "True", situation


@every_pods
def test_what_was_available_is_so_for_a_minute_unless_a_person_stops_it(pods: str) -> None:
    for situation in situations(pods=pods, paused="no", problem="none", delay="no"):
        facts = observed(situation)
        first, held = judge(facts, {"Available": "True"}, Held(), 100.0)
        later, _ = judge(facts, {"Available": "True"}, held, 100.0 + HOLD_S)

        raw = look_up(AVAILABLE, situation)
        assert f"{later['Available'].status} {later['Available'].reason}" == raw
        expected_first = raw.split()[0] if situation["asked"] != "two pods" else "True"
        assert first["Available"].status == expected_first, situation


@pytest.mark.parametrize("paused", ["no", "yes"])
@pytest.mark.parametrize("decision", ["none", *scaling.Reason])
def test_whether_the_operator_decides_on_replicas_follows_from_every_reason_that_a_decision_can_have(
    decision: str, paused: str
) -> None:
    """Nothing else that can be observed counts, so this table stands beside the large one."""
    wanted = look_up(SCALING_ACTIVE, {"decision": decision, "paused": paused})
    made = None if decision == "none" else scaling.Decision(2, scaling.Reason(decision), "why")
    calm = {name: values[0] for name, values in DIMENSIONS.items()}
    facts = replace(observed({**calm, "paused": paused}), decision=made)

    assert said(facts)["ScalingActive"] == wanted
    for former in ("True", "False"):
        first, held = judge(facts, {"ScalingActive": former}, Held(), 100.0)
        later, _ = judge(facts, {"ScalingActive": former}, held, 100.0 + BLIND_S)
        held_back = former if wanted.endswith("LoadUnknown") else wanted.split()[0]
        assert first["ScalingActive"].status == held_back
        assert later["ScalingActive"].status == wanted.split()[0]


def test_no_row_of_the_table_of_decisions_is_idle() -> None:
    decisions = product(("none", *scaling.Reason), ("no", "yes"))
    needed = {look_up(SCALING_ACTIVE, {"decision": decision, "paused": paused}) for decision, paused in decisions}

    assert needed == {found.says for found in SCALING_ACTIVE}


def test_every_dimension_makes_a_difference() -> None:
    """A dimension without one would only make the table look whole."""
    calm = {name: values[0] for name, values in DIMENSIONS.items()}
    for name, values in DIMENSIONS.items():
        for value in values[1:]:
            assert said(observed(calm)) != said(observed({**calm, name: value})), (name, value)


def test_a_message_is_never_empty() -> None:
    for situation in situations(paused="no", problem="none"):
        verdicts, _ = judge(observed(situation), {}, Held(), 0.0)
        assert all(verdict.message for verdict in verdicts.values()), situation


def test_a_pod_that_ends_changes_nothing() -> None:
    """Terminating pods do not count: whatever they still say."""
    for situation in situations(paused="no", problem="none", delay="no", rollout="done", asked="two pods"):
        facts = observed(situation)
        ending = a_report(9, lanes=[a_lane(0, state=LaneState.HELD, reason="OffsetsLost")], terminating=True)
        with_it = replace(facts, reports=(*facts.reports, ending))

        assert said(with_it) == said(facts), situation
