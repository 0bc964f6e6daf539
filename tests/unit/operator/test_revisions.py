"""`serving` only ever becomes what every ready pod serves; whatever happens in between, it is never lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pipelines import a_block, a_report, a_revision
from scoring_operator.facts import PodReport
from scoring_operator.revisions import NUDGE_EVERY_S, NUDGES_AT_MOST, Nudge, judge, next_file, nudges, unanswered
from scoring_service.contract.revision import digest_of
from scoring_service.contract.scorer_file import ScorerBlock, ScorerFile

OLD, NEW = a_block(0.4), a_block(0.3)
FIRST = ScorerFile(proposed=OLD)
SETTLED = ScorerFile(serving=OLD)
CHANGING = ScorerFile(serving=OLD, proposed=NEW)


def test_the_first_revision_is_proposed() -> None:
    assert next_file(ScorerFile(), OLD, ()) == FIRST


def test_the_first_revision_serves_once_every_ready_pod_says_so() -> None:
    assert next_file(FIRST, OLD, [a_report(0, file=FIRST), a_report(1, file=FIRST)]) == SETTLED


def test_a_changed_revision_is_proposed_beside_the_serving_one() -> None:
    assert next_file(SETTLED, NEW, [a_report(file=SETTLED)]) == CHANGING


@pytest.mark.parametrize("file", [ScorerFile(), FIRST, SETTLED, CHANGING])
def test_the_slots_go_their_way_whatever_is_said_of_commits_and_holds(file: ScorerFile) -> None:
    reports = [a_report(file=file)]

    plain = next_file(file, NEW, reports)
    told = next_file(file, NEW, reports, started=True, resume="now")

    assert told == ScorerFile(serving=plain.serving, proposed=plain.proposed, started=True, resume="now")


def test_a_revision_is_promoted_only_by_pods_that_have_read_that_the_group_has_committed() -> None:
    started = ScorerFile(serving=OLD, proposed=NEW, started=True)

    assert next_file(started, NEW, [a_report(file=CHANGING)], started=True) == started
    assert next_file(started, NEW, [a_report(file=started)], started=True) == ScorerFile(serving=NEW, started=True)


def test_nothing_is_promoted_while_no_pod_is_ready() -> None:
    assert next_file(CHANGING, NEW, ()) == CHANGING
    assert next_file(CHANGING, NEW, [a_report(file=CHANGING, ready=False)]) == CHANGING


def test_nothing_is_promoted_while_one_ready_pod_serves_the_former() -> None:
    assert next_file(CHANGING, NEW, [a_report(0, file=CHANGING), a_report(1, file=SETTLED)]) == CHANGING


def test_nothing_is_promoted_while_one_ready_pod_is_silent() -> None:
    silent = PodReport(a_report(1).pod)

    assert next_file(CHANGING, NEW, [a_report(0, file=CHANGING), silent]) == CHANGING


def test_a_pod_that_serves_the_revision_from_another_file_does_not_count() -> None:
    """It may serve it as what it had before; that says nothing about the file that is there now."""
    elsewhere = a_report(file=ScorerFile(serving=NEW))

    assert elsewhere.status is not None
    assert elsewhere.status.serving == NEW.revision
    assert next_file(CHANGING, NEW, [elsewhere]) == CHANGING


def test_pods_that_end_or_are_not_ready_hold_nothing_up() -> None:
    reports = [
        a_report(0, file=CHANGING),
        a_report(1, file=SETTLED, terminating=True),
        a_report(2, file=SETTLED, ready=False),
    ]

    assert next_file(CHANGING, NEW, reports) == ScorerFile(serving=NEW)


def test_a_refused_revision_leaves_serving() -> None:
    refusing = a_report(file=CHANGING, serving=OLD.revision, refused=NEW.revision)

    assert next_file(CHANGING, NEW, [refusing]) == CHANGING


def test_going_back_to_the_serving_revision_drops_the_proposal() -> None:
    assert next_file(CHANGING, OLD, ()) == SETTLED


def test_a_third_revision_replaces_the_proposal_and_not_what_serves() -> None:
    third = a_block(0.1)

    assert next_file(CHANGING, third, [a_report(file=CHANGING)]) == ScorerFile(serving=OLD, proposed=third)


def test_numbers_that_are_written_differently_change_nothing() -> None:
    one = ScorerBlock(member="walletReputation", parameters={"weight": 1})
    same = ScorerBlock(member="walletReputation", parameters={"weight": 1.0})

    assert next_file(ScorerFile(serving=one), same, ()) == ScorerFile(serving=one)
    assert next_file(ScorerFile(proposed=one), same, ()) == ScorerFile(proposed=one)


weights = st.sampled_from([0.1, 0.2, 0.3, 0.4])


@given(
    specs=st.lists(weights, min_size=1, max_size=8),
    pods=st.lists(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=0, max_size=3), min_size=8, max_size=8),
)
def test_serving_is_never_lost_and_never_unverified(
    specs: list[float], pods: Sequence[list[tuple[bool, bool]]]
) -> None:
    """Whatever the spec asks and the pods answer: serving stays, or becomes what all ready pods served."""
    file = ScorerFile()
    for weight, answers in zip(specs, pods, strict=False):
        file = next_file(file, a_block(weight), ())
        reports = [
            a_report(number, file=file if has_read else SETTLED, ready=ready)
            for number, (has_read, ready) in enumerate(answers)
        ]
        after = next_file(file, a_block(weight), reports)
        if after.serving != file.serving:
            served = {r.status.serving for r in reports if r.status is not None and r.pod.ready}
            assert after.serving is not None
            assert served == {after.serving.revision}
        assert file.serving is None or after.serving is not None
        file = after


def test_a_refusal_counts_only_for_the_desired_revision_and_the_present_file() -> None:
    refusing = a_report(file=CHANGING, serving=OLD.revision, refused=NEW.revision)
    stale = a_report(file=ScorerFile(proposed=NEW), refused=NEW.revision)

    told = judge(a_revision(0.3), CHANGING, [refusing])

    assert (told.refused, told.refusal) == (a_revision(0.3), "weights.trading is too much")
    assert told.serving == a_revision()
    assert judge(a_revision(0.3), CHANGING, [stale]).refused == ""
    assert judge(a_revision(0.1), CHANGING, [refusing]).refused == ""


def test_only_pods_that_answer_with_an_older_file_are_nudged() -> None:
    reports = [
        a_report(0, file=CHANGING),
        a_report(1, file=SETTLED),
        PodReport(a_report(2).pod),
        a_report(3, file=SETTLED, terminating=True),
    ]

    due = nudges(CHANGING, reports, {}, now=100.0)

    assert sorted(due) == ["pod-1"]
    assert due["pod-1"][1].digest == digest_of(CHANGING.encode())


def test_a_nudge_is_repeated_every_three_seconds_and_five_times_at_most() -> None:
    report, past, given_at = a_report(file=SETTLED), dict[str, Nudge](), list[float]()
    for tenth in range(600):
        now = tenth / 10
        for uid, (_, nudge) in nudges(CHANGING, [report], past, now).items():
            past[uid] = nudge
            given_at.append(now)

    assert given_at == [0.0, 3.0, 6.0, 9.0, 12.0]
    assert (NUDGE_EVERY_S, NUDGES_AT_MOST) == (3.0, 5)


def test_two_nudges_never_write_the_same_value() -> None:
    """Not even the first ones of two operators: the pod already has what the former wrote."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    nudge = Nudge("digest", 1, 0.0)

    assert nudge.annotation(noon) != nudge.annotation(noon + timedelta(milliseconds=1))


def test_a_nudge_is_forgotten_once_the_pod_has_read_the_file() -> None:
    past = {f"pod-{number}": Nudge(digest_of(CHANGING.encode()), NUDGES_AT_MOST, 0.0) for number in range(5)}
    reports = [
        a_report(0, file=CHANGING),
        a_report(1, file=SETTLED),
        PodReport(a_report(2).pod),
        a_report(3, file=SETTLED, terminating=True),
    ]

    assert sorted(unanswered(CHANGING, reports, past)) == ["pod-1", "pod-2"]


def test_another_file_is_a_new_reason_to_nudge() -> None:
    past = {"pod-0": Nudge(digest_of(CHANGING.encode()), NUDGES_AT_MOST, 0.0)}
    third = ScorerFile(serving=OLD, proposed=a_block(0.1))

    due = nudges(third, [a_report(file=SETTLED)], past, now=0.1)

    assert due["pod-0"][1].count == 1
