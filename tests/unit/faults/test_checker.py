"""The judge of the fault tests: what it lets pass, and that it names each broken promise."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from faults.checker import duplicates, explained, violations
from faults.ledger import EXACTLY_ONCE, Commit, Evidence, Expected, Limits, Read, Sample, Tally

WEIGHTS = {"r1": (2.0,), "r2": (3.0,)}


def an_input(offset: int, partition: int = 0, key: bytes | None = b"k") -> Read:
    headers = (("seq", str(10 * partition + offset).encode()), ("trace", b"t"))
    return Read(partition, offset, key, b"bytes %d" % offset, 1000 + offset, headers)


def an_output(source: int, score: float, /, *, at: int = 2000, revision: str = "r1", **changed: object) -> Read:
    body = {"score": score, "timestamp": at, "processing_time_ms": at % 7}
    return _output(source, body, at, revision, **changed)


def a_failure(offset: int, reason: str, *, at: int = 2000) -> Read:
    return _output(offset, {"error": "wrong", "reason": reason, "timestamp": at}, at, "r1")


def a_dead_letter(offset: int, reason: str, **changed: object) -> Read:
    own = (("scoring-source", b"in/0/%d" % offset), ("scoring-reason", reason.encode()))
    source = an_input(offset)
    return source._replace(headers=source.headers + own, **changed)


def _output(source: int, body: dict[str, object], at: int, revision: str, /, **changed: object) -> Read:
    headers = (("scoring-source", b"in/0/%d" % source), ("scoring-revision", revision.encode()))
    return Read(0, source, b"k", json.dumps(body).encode(), at, headers)._replace(**changed)


def a_run(**changed: object) -> Evidence:
    """Return a run of four records without a fault: three scores, and one failure with its dead letter."""
    run = Evidence(
        topic="in",
        guarantee="AtLeastOnce",
        expected={0: Expected((0.0,)), 1: Expected((1.0,)), 2: Expected(reason="schema"), 3: Expected((3.0,))},
        revisions=WEIGHTS,
        inputs=[an_input(offset) for offset in range(4)],
        successes=[an_output(0, 0.0), an_output(1, 2.0), an_output(3, 6.0)],
        failures=[a_failure(2, "schema")],
        dead_letters=[a_dead_letter(2, "schema")],
        ends={0: 4},
        commits=[Commit(0, 2, 2100), Commit(0, 4, 2200)],
        is_calm=True,
        tallies=[Tally("a", 4, 3, 1, 0, 0, 0, is_final=True)],
        said={"log of a": b"all is well"},
        secrets=[b"hunter2"],
    )
    return replace(run, **changed)


def broken(run: Evidence) -> set[str]:
    return {violation.invariant for violation in violations(run)}


def test_a_run_that_kept_its_promises_passes() -> None:
    assert violations(a_run()) == []
    assert violations(a_run(guarantee=EXACTLY_ONCE)) == []


def test_a_second_score_after_a_fault_passes_at_least_once_and_not_exactly_once() -> None:
    doubled = a_run(successes=[*a_run().successes, an_output(3, 6.0, at=2300)], is_calm=False, tallies=[])

    assert broken(doubled) == set()
    assert duplicates(doubled) == 1
    assert broken(replace(doubled, guarantee=EXACTLY_ONCE)) == {"I3"}
    assert broken(replace(doubled, is_calm=True)) == {"I2"}


def test_a_redelivery_after_a_swap_may_carry_the_newer_revision() -> None:
    swapped = an_output(3, 9.0, at=2300, revision="r2")

    assert broken(a_run(successes=[*a_run().successes, swapped], is_calm=False, tallies=[])) == set()


SCORES = a_run().successes
BROKEN: Sequence[tuple[str, set[str], dict[str, object]]] = [
    ("a lost score", {"I1", "I6"}, {"successes": SCORES[:2], "tallies": []}),
    ("a lost failure", {"I1", "I6", "I8"}, {"failures": [], "tallies": []}),
    ("an end that is not committed", {"I1"}, {"commits": [Commit(0, 2, 2100)]}),
    ("a commit beyond the end", {"I1"}, {"commits": [Commit(0, 5, 2300)]}),
    ("no commit at all", {"I1"}, {"commits": []}),
    (
        "duplicates that differ",
        {"I2", "I7"},
        {"successes": [*SCORES, an_output(3, 6.5)], "is_calm": False, "tallies": []},
    ),
    (
        "duplicates with another key",
        {"I2"},
        {"successes": [*SCORES, an_output(3, 6.0, key=b"other")], "is_calm": False, "tallies": []},
    ),
    ("an invented output", {"I4"}, {"successes": [*SCORES, an_output(7, 6.0)], "tallies": []}),
    ("another key", {"I4"}, {"successes": [*SCORES[:2], an_output(3, 6.0, key=b"other")]}),
    ("another order", {"I5"}, {"successes": [an_output(1, 2.0, offset=0), an_output(0, 0.0, offset=1), SCORES[2]]}),
    ("a commit before the output", {"I6"}, {"successes": [*SCORES[:2], an_output(3, 6.0, at=2300)]}),
    ("a commit that goes back", {"I6"}, {"commits": [Commit(0, 4, 2100), Commit(0, 2, 2200), Commit(0, 4, 2300)]}),
    ("a wrong score", {"I7"}, {"successes": [*SCORES[:2], an_output(3, 6.1)]}),
    ("a score that is not a number", {"I7"}, {"successes": [*SCORES[:2], an_output(3, float("nan"))]}),
    ("a score for what must fail", {"I7"}, {"expected": {**a_run().expected, 3: Expected(reason="depth")}}),
    ("a wrong reason", {"I7"}, {"failures": [a_failure(2, "depth")]}),
    ("an unknown revision", {"I7"}, {"successes": [*SCORES[:2], an_output(3, 6.0, revision="r9")]}),
    ("a stale score under a new revision", {"I7"}, {"successes": [*SCORES[:2], an_output(3, 6.0, revision="r2")]}),
    ("a dead letter with other bytes", {"I8"}, {"dead_letters": [a_dead_letter(2, "schema", value=b"mended")]}),
    ("a dead letter without a key", {"I8"}, {"dead_letters": [a_dead_letter(2, "schema", key=None)]}),
    ("a dead letter with another time", {"I8"}, {"dead_letters": [a_dead_letter(2, "schema", timestamp_ms=1)]}),
    ("a dead letter with another reason", {"I8"}, {"dead_letters": [a_dead_letter(2, "depth")]}),
    ("no dead letter", {"I8"}, {"dead_letters": []}),
    ("a dead letter of a good record", {"I8"}, {"dead_letters": [a_dead_letter(2, "schema"), a_dead_letter(3, "")]}),
    ("a count that does not add up", {"I9"}, {"tallies": [Tally("a", 5, 3, 1, 0, 0, 0, is_final=True)]}),
    ("a count beyond what is written", {"I9"}, {"tallies": [Tally("a", 5, 4, 1, 0, 0, 0)], "is_calm": False}),
    ("a count short of what is written", {"I9"}, {"tallies": [Tally("a", 3, 2, 1, 0, 0, 0, is_final=True)]}),
    ("too much memory", {"I13"}, {"samples": [Sample("a", 2, 1, 1)], "limits": Limits(1, 9, 9)}),
    ("too many descriptors", {"I13"}, {"samples": [Sample("a", 1, 10, 1)], "limits": Limits(9, 9, 9)}),
    ("a secret in a log", {"I14"}, {"said": {"log of a": b"password=hunter2"}}),
]


@pytest.mark.parametrize(("expected", "changed"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_each_broken_promise_is_named(expected: set[str], changed: dict[str, object]) -> None:
    assert broken(a_run(**changed)) == expected


def test_records_before_the_start_are_not_owed() -> None:
    later = a_run(successes=SCORES[1:], starts={0: 1}, tallies=[])

    assert broken(later) == set()
    assert broken(replace(later, starts={})) == {"I1", "I6"}


def test_a_reset_by_a_person_may_go_back() -> None:
    back = a_run(commits=[Commit(0, 4, 2100), Commit(0, 0, 2200), Commit(0, 4, 2300)], may_go_back=True)

    assert broken(back) == set()


def test_an_absorbed_record_must_have_no_output() -> None:
    absorbed = {**a_run().expected, 3: Expected(is_absorbed=True)}
    tally = Tally("a", 4, 2, 1, 1, 0, 0, is_final=True)

    assert broken(a_run(expected=absorbed, successes=SCORES[:2], tallies=[tally])) == set()
    assert "I4" in broken(a_run(expected=absorbed))


def test_an_explanation_has_seed_schedule_and_the_first_of_what_is_missing() -> None:
    inputs = [an_input(offset) for offset in range(9)]
    run = a_run(inputs=inputs, expected=dict.fromkeys(range(9), Expected((0.0,))), successes=[], failures=[])

    text = explained(7, ["0.3 s: SIGKILL a"], violations(run))

    assert "seed 7" in text
    assert "SIGKILL a" in text
    assert "I1: 9 without an output: in/0/0 (seq 0), in/0/1 (seq 1)" in text
    assert "and 4 more" in text
