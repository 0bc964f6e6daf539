"""Rolling pods on this machine: at most one more than wanted, never fewer ready ones than wanted, and an end."""

from hypothesis import given
from hypothesis import strategies as st

from scoring_operator.cluster.local.rollout import SURGE, Member, Steps, next_steps, replacing_steps


def old(name, *, ready=True):
    return Member(name, is_current=False, is_ready=ready)


def new(name, *, ready=True):
    return Member(name, is_current=True, is_ready=ready)


def test_pods_are_started_up_to_the_wanted_number():
    assert next_steps([], 2) == Steps(2, ())


def test_nothing_is_done_when_all_is_as_wanted():
    assert next_steps([new("a"), new("b")], 2) == Steps(0, ())


def test_a_changed_template_starts_one_pod_and_stops_none_yet():
    assert next_steps([old("a"), old("b")], 2) == Steps(1, ())


def test_an_old_pod_is_stopped_once_a_new_one_is_ready():
    assert next_steps([old("a"), old("b"), new("c")], 2) == Steps(0, ("a",))


def test_an_old_pod_that_is_not_ready_is_stopped_at_once():
    assert next_steps([old("a", ready=False), old("b")], 2) == Steps(1, ("a",))


def test_pods_that_must_not_meet_are_all_stopped_first():
    assert replacing_steps([old("a"), old("b")], 2, former_are_ending=False) == Steps(0, ("a", "b"))


def test_pods_that_must_not_meet_start_only_after_the_last_former_one_has_ended():
    assert replacing_steps([], 2, former_are_ending=True) == Steps(0, ())
    assert replacing_steps([], 2, former_are_ending=False) == Steps(2, ())


def test_scaling_down_stops_the_youngest():
    assert next_steps([new("a"), new("b"), new("c")], 2) == Steps(0, ("c",))


def test_scaling_down_stops_a_pod_that_is_not_ready_first():
    assert next_steps([new("a"), new("b", ready=False), new("c")], 2) == Steps(0, ("b",))


def test_scaling_to_nothing_stops_all():
    assert set(next_steps([old("a"), new("b")], 0).stop) == {"a", "b"}


members = st.lists(st.builds(Member, st.uuids().map(str), st.booleans(), st.booleans()), max_size=8)


@given(members, st.integers(0, 6))
def test_no_step_leaves_fewer_ready_pods_than_wanted_or_starts_more_than_the_surge(present, replicas):
    steps = next_steps(present, replicas)

    left = [member for member in present if member.name not in steps.stop]
    ready_before = sum(member.is_ready for member in present)
    assert sum(member.is_ready for member in left) >= min(replicas, ready_before)
    assert steps.start == 0 or len(present) + steps.start <= replicas + SURGE


@given(members, st.integers(0, 6))
def test_steps_lead_to_the_wanted_pods_of_the_present_template(present, replicas):
    for number in range(40):
        steps = next_steps(present, replicas)
        present = [member._replace(is_ready=True) for member in present if member.name not in steps.stop]
        present += [new(f"new-{number}-{one}", ready=False) for one in range(steps.start)]

    assert next_steps(present, replicas) == Steps(0, ())
    assert len(present) == replicas
    assert all(member.is_current and member.is_ready for member in present)
