"""Which dead letters go back, as what, and which are done already."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.dead_letters import appended
from scoring_service.contract.names import HEADER_ATTEMPT
from scoring_service.dead_letters.progress import MAX_BYTES, Progress, TooManySelections
from scoring_service.dead_letters.selection import Origin, Selection, Skipped, origin_of, returned

Header = tuple[str, bytes]


class Letter(NamedTuple):
    offset: int = 0
    timestamp: int = 1_000
    timestamp_type: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    headers: tuple[Header, ...] = appended("decode", "in/2/5", "shop/wallets")


def a_letter(
    offset: int = 0, *, reason: str = "decode", timestamp: int = 1_000, own: tuple[Header, ...] = ()
) -> Letter:
    return Letter(offset, timestamp, headers=(*own, *appended(reason, "in/2/5", "shop/wallets")))


def origin(letter: Letter) -> Origin:
    found = origin_of(letter)
    assert found is not None
    return found


own_headers = st.lists(
    st.tuples(
        st.sampled_from(["trace", "scoring-source", "scoring-reason", "scoring-as-of", "scoring-pipeline"]),
        st.binary(max_size=3),
    )
)


@given(own_headers)
def test_own_headers_come_back_even_if_they_are_called_as_ours(own):
    letter = a_letter(own=tuple(own))

    back = returned(letter, origin(letter), "in", 6)

    assert back.headers == (*own, (HEADER_ATTEMPT, b"1"))


@pytest.mark.parametrize(("written", "next_"), [(b"1", b"2"), (b"41", b"42"), (b"", b"1"), (b"-3", b"1"), (b"x", b"1")])
def test_attempts_are_counted_on(written, next_):
    letter = a_letter(own=((HEADER_ATTEMPT, written),))

    assert returned(letter, origin(letter), "in", 6).headers == ((HEADER_ATTEMPT, next_),)


@pytest.mark.parametrize(("topic", "partitions", "partition"), [("in", 6, 2), ("in", 2, None), ("elsewhere", 6, None)])
def test_a_record_returns_to_its_partition_if_that_exists(topic, partitions, partition):
    letter = a_letter()

    assert returned(letter, origin(letter), topic, partitions).partition == partition


@pytest.mark.parametrize(
    "letter", [Letter(headers=()), Letter(headers=(("scoring-source", b"in/0/0"),)), Letter(value=None)]
)
def test_what_no_worker_wrote_is_no_dead_letter(letter):
    assert origin_of(letter) is None


@pytest.mark.parametrize(
    ("selection", "unwanted"),
    [
        (Selection(), None),
        (Selection(reasons=("decode", "timestamp")), None),
        (Selection(reasons=("timestamp",)), Skipped.REASON),
        (Selection(since_ms=1_000, until_ms=1_001), None),
        (Selection(since_ms=1_001), Skipped.TIME),
        (Selection(until_ms=1_000), Skipped.TIME),
        (Selection(max_attempts=2), Skipped.ATTEMPTS),
    ],
)
def test_a_selection_says_why_it_leaves_one_out(selection, unwanted):
    letter = a_letter(own=((HEADER_ATTEMPT, b"2"),))

    assert selection.unwanted(letter, origin(letter)) is unwanted


selections = st.builds(
    Selection,
    reasons=st.sets(st.sampled_from(["decode", "timestamp", "oversize"])).map(lambda found: tuple(sorted(found))),
    since_ms=st.none() | st.integers(0, 4),
    until_ms=st.none() | st.integers(0, 4),
    max_attempts=st.integers(1, 3),
)
letters = st.builds(
    lambda offset, reason, timestamp, attempt: a_letter(
        offset, reason=reason, timestamp=timestamp, own=((HEADER_ATTEMPT, b"%d" % attempt),)
    ),
    st.integers(0, 9),
    st.sampled_from(["decode", "timestamp", "oversize"]),
    st.integers(0, 4),
    st.integers(0, 3),
)


@given(selections, selections, letters)
def test_a_selection_that_contains_another_wants_all_of_it(outer, inner, letter):
    if outer.contains(inner) and inner.unwanted(letter, origin(letter)) is None:
        assert outer.unwanted(letter, origin(letter)) is None


@given(st.lists(st.tuples(st.integers(0, 10), selections), max_size=6), letters)
def test_exactly_what_some_run_has_sent_is_done(runs, letter):
    progress = Progress()
    for offset, selection in runs:
        progress = Progress.of(offset, progress.advanced(offset, selection).encode())

    sent = any(letter.offset < offset and s.unwanted(letter, origin(letter)) is None for offset, s in runs)
    assert progress.is_done(letter, origin(letter)) == sent


@given(st.lists(st.tuples(st.integers(0, 10), selections), max_size=6), selections, letters)
def test_reading_starts_before_everything_that_is_still_wanted(runs, selection, letter):
    progress = Progress()
    for offset, former in runs:
        progress = progress.advanced(offset, former)

    wanted = selection.unwanted(letter, origin(letter)) is None and not progress.is_done(letter, origin(letter))
    assert not wanted or letter.offset >= progress.start(selection, 0)


def test_an_offset_that_somebody_set_by_hand_counts_for_every_selection():
    progress = Progress.of(5, "")

    assert [progress.is_done(a_letter(offset), origin(a_letter())) for offset in (4, 5)] == [True, False]


def test_the_floor_of_a_group_set_by_hand_outlives_later_runs():
    progress = Progress.of(9, Progress.of(5, "").advanced(9, Selection(reasons=("timestamp",))).encode())

    assert [progress.is_done(a_letter(offset), origin(a_letter())) for offset in (4, 5)] == [True, False]


def test_more_selections_than_brokers_take_are_refused():
    progress = Progress()
    for number in range(MAX_BYTES // 10):
        progress = progress.advanced(1, Selection(since_ms=number, until_ms=number + 1))

    with pytest.raises(TooManySelections, match="redrive once without a filter"):
        progress.encode()


def test_a_record_without_a_timestamp_is_wanted_unless_a_time_is_asked_for():
    letter = a_letter(timestamp=-1)

    assert Selection().unwanted(letter, origin(letter)) is None
    assert Selection(since_ms=0).unwanted(letter, origin(letter)) is Skipped.TIME
