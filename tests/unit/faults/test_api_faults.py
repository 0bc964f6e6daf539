"""The rules by which a line to the API server hurts."""

import pytest

from harness.api_faults import (
    Call,
    Do,
    Event,
    EventRule,
    Faults,
    OfEvents,
    Rule,
    Stream,
    error_event,
    lists,
    refusal,
    watches,
    writes,
)

WATCH = Call("GET", "/api/v1/namespaces/shop/pods", {"watch": "true"})
LIST = Call("GET", "/api/v1/namespaces/shop/pods", {"limit": "500"})
READ = Call("GET", "/api/v1/namespaces/shop/pods/one")
APPLY = Call("PATCH", "/apis/apps/v1/namespaces/shop/deployments/wallets")
TELL = Call("PATCH", "/apis/scoring.dev/v1alpha1/namespaces/shop/scoringpipelines/wallets/status")
RENEW = Call("PUT", "/apis/coordination.k8s.io/v1/namespaces/shop/leases/one")


def events(numbers: str) -> list[Event]:
    return [{"type": "MODIFIED", "object": {"number": int(number)}} for number in numbers]


def shown(faults: Faults, numbers: str) -> str:
    """Return the numbers of the events that a watch shows."""
    stream = Stream(WATCH, faults)
    return "".join(str(e["object"]["number"]) for event in events(numbers) for e in stream.passed(event))


@pytest.mark.parametrize(
    ("call", "resource", "kinds"),
    [
        (WATCH, "pods", (True, False, False)),
        (LIST, "pods", (False, True, False)),
        (READ, "pods", (False, False, False)),
        (APPLY, "deployments", (False, False, True)),
        (TELL, "scoringpipelines/status", (False, False, True)),
        (RENEW, "leases", (False, False, False)),
        (Call("GET", "/api/v1/namespaces/shop"), "namespaces", (False, False, False)),
        (Call("GET", "/apis/apps/v1/deployments", {"limit": "5"}), "deployments", (False, True, False)),
    ],
)
def test_a_request_is_known_by_its_path_and_its_query(
    call: Call, resource: str, kinds: tuple[bool, bool, bool]
) -> None:
    assert call.resource == resource
    assert (watches(call), lists(call), writes(call)) == kinds


def test_without_a_rule_everything_is_let_through() -> None:
    faults = Faults()

    assert faults.of(READ) is None
    assert shown(faults, "123") == "123"


def test_the_first_rule_that_holds_counts_and_those_of_another_place_do_not() -> None:
    faults = Faults()
    faults.rules += [Rule(Do.RESET, watches), Rule(Do.ANSWER, status=503), Rule(Do.HANG)]

    assert [rule and rule.do for rule in (faults.of(WATCH), faults.of(READ))] == [Do.RESET, Do.ANSWER]


def test_a_rule_works_as_often_as_it_says() -> None:
    faults = Faults()
    faults.rules.append(Rule(Do.RESET, times=2))

    assert [faults.of(READ) is not None for _ in range(3)] == [True, True, False]


def test_a_share_is_drawn_from_the_seed() -> None:
    def drawn(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.rules.append(Rule(Do.RESET, share=0.5))
        return [faults.of(READ) is not None for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140


@pytest.mark.parametrize(
    ("do", "expected"),
    [(OfEvents.DROP, ""), (OfEvents.DOUBLE, "112233"), (OfEvents.SWAP, "21"), (OfEvents.STALL, "")],
)
def test_events_are_shown_as_the_rule_says(do: OfEvents, expected: str) -> None:
    faults = Faults()
    faults.events.append(EventRule(do))

    assert shown(faults, "123") == expected


def test_a_watch_that_has_fallen_silent_stays_so_after_the_rule() -> None:
    faults = Faults()
    stream = Stream(WATCH, faults)
    first, second = events("12")
    faults.events.append(EventRule(OfEvents.STALL))
    assert stream.passed(first) == []

    faults.heal()

    assert stream.passed(second) == []
    assert Stream(WATCH, faults).passed(second) == [second]


def test_an_event_that_waits_is_shown_with_the_next_one_once_all_is_well() -> None:
    faults = Faults()
    stream = Stream(WATCH, faults)
    first, second = events("12")
    faults.events.append(EventRule(OfEvents.SWAP))
    assert stream.passed(first) == []

    faults.heal()

    assert stream.passed(second) == [second, first]


def test_only_events_of_the_named_types_are_hurt() -> None:
    faults = Faults()
    faults.events.append(EventRule(OfEvents.DROP, types=("DELETED",)))

    assert shown(faults, "1") == "1"


def test_a_refusal_says_its_code_as_an_api_server_does() -> None:
    assert (refusal(410)["code"], refusal(410)["reason"]) == (410, "Expired")
    assert error_event(500) == {"type": "ERROR", "object": refusal(500)}
