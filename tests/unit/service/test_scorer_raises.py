"""Whatever a scorer does at a record, that record is a failure with a listed reason, and its neighbours are as ever."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy
from harness.toy import Sums, Toy, ToyParameters
from harness.wild import AT_DECODE, AT_SCORE, MOODS, OF_KEY, Wild, WildSums
from scoring_service.candidate import Candidate, Comparison
from scoring_service.candidate.buckets import Share
from scoring_service.candidate.canary import Canary
from scoring_service.candidate.shadow import Shadow
from scoring_service.codec import BatchScorer, Clock, Lone, ScoredBatch, Signature
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.golden import first_miss, record
from scoring_service.golden.recording import LeftOut
from scoring_service.scorers.base import Scorer, State
from scoring_service.scorers.raising import attempt, said
from scoring_service.stream.ports import Message

WEIGHT = ToyParameters(2.0)


class ARecord(NamedTuple):
    value: bytes | None
    offset: int
    key: bytes | None = None
    timestamp: int = 1000
    timestamp_type: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def batches(scorer: Scorer, beside: Scorer | None = None, mode: str = "Canary") -> BatchScorer:
    candidate = None
    if beside is not None:
        share, comparison = Share("shop/wallets", 50), Comparison(Toy.range)
        second = Canary(beside, share, comparison) if mode == "Canary" else Shadow(beside, "b", share, comparison)
        candidate = Candidate("b", toy.candidate(), second)
    clock = Clock(lambda: 7.0, lambda: 0.0)
    signature = Signature("shop/wallets", "a", "1")
    return BatchScorer(scorer, signature, clock, keeps_dead_letters=True, candidate=candidate)


def scored(by: BatchScorer, records: Sequence[ARecord], state: State = None) -> ScoredBatch:
    return by.score_batch(records, "in", 0, state)


def source(message: Message) -> int:
    return int(dict(message.headers)["scoring-source"].rpartition(b"/")[2])


def failure(message: Message) -> tuple[str, str]:
    """Return reason and error of a failure."""
    said = msgspec.json.decode(message.value)
    return said["reason"], said["error"]


def is_wild(record: ARecord) -> bool:
    """Tell whether something goes wrong at a record, as the record itself says."""
    try:
        name = msgspec.json.decode(record.value or b"")["who"].partition("-")[0]
    except (msgspec.MsgspecError, KeyError):
        return False
    return name in MOODS and not (name in OF_KEY and record.key is not None)


names = st.sampled_from([f"{mood}-1" for mood in MOODS]) | st.sampled_from(["ann", "bob"])
values = st.builds(toy.record, names, st.integers(0, 9)) | st.sampled_from([None, b"rubbish", b'{"who":"ann"}'])
keys = st.none() | st.just(b"k")
streams = st.lists(st.tuples(values, keys), max_size=80).map(
    lambda found: [ARecord(value, n, key) for n, (value, key) in enumerate(found)]
)


@given(streams)
def test_every_record_ends_once_and_those_that_nothing_goes_wrong_at_end_as_ever(records: list[ARecord]) -> None:
    wild, tame = scored(batches(Wild(WEIGHT)), records), scored(batches(Toy(WEIGHT)), records)

    bad = {record.offset for record in records if is_wild(record)}
    assert wild.success == [message for message in tame.success if source(message) not in bad]
    assert [m for m in wild.failures if source(m) not in bad] == tame.failures
    assert [source(m) for m in wild.failures if failure(m)[0] == "model_error"] == sorted(bad)
    assert wild.rejected.get("model_error", 0) == len(bad)
    assert sum(wild.rejected.values()) == sum(wild.refused_at.values()) == len(wild.failures)
    assert [source(m) for m in wild.dead_letters] == [
        source(m) for m in wild.failures if records[source(m)].value is not None
    ]


@given(streams, st.integers(0, 80), st.sampled_from([Wild, WildSums]))
def test_what_becomes_of_a_record_does_not_depend_on_how_records_are_cut_into_batches(
    records: list[ARecord], cut: int, of: type[Wild]
) -> None:
    by, start = batches(of(WEIGHT)), of(WEIGHT).start()

    whole, first = scored(by, records, start), scored(by, records[:cut], start)
    rest = scored(by, records[cut:], first.state)

    assert whole.success == first.success + rest.success
    assert whole.failures == first.failures + rest.failures
    assert whole.state == rest.state


@given(streams)
def test_a_row_that_is_raised_for_leaves_the_state_as_it_was(records: list[ARecord]) -> None:
    """The oracle is a scorer that never sees the rows at which the other one raises."""
    raising = ("score", "surrogate", "unlike", "twice", *AT_DECODE)
    seen = [r for r in records if not any((r.value or b"").startswith(b'{"who":"%s-' % m.encode()) for m in raising)]

    wild = scored(batches(WildSums(WEIGHT)), records, 0.0)
    tame = scored(batches(Sums(WEIGHT)), seen, 0.0)

    assert wild.state == tame.state
    assert wild.success == [m for m in tame.success if not is_wild(records[source(m)])]


SAID = {
    "decode": "KeyError: 'n'",
    "exit": "SystemExit: 3",
    "as_of": "OverflowError: too late",
    "moment": "ValueError: a moment of nan",
    "score": "ZeroDivisionError: division by zero",
    "surrogate": "ValueError: came \\ud800",
    "unlike": "Unlike: as you like it",
    "odd": "ValueError: a rejection for 'bad_luck', which no list has",
    "none": "AttributeError: 'NoneType' object has no attribute 'timestamp'",
    "twice": "ValueError: 2 outcomes of 1 rows",
    "key": "LookupError: no key",
    "text": "TypeError: a key of type str",
}


@pytest.mark.parametrize(("mood", "words"), SAID.items(), ids=SAID)
def test_a_failure_says_what_was_raised_and_at_which_stage(mood: str, words: str) -> None:
    batch = scored(batches(Wild(WEIGHT)), [ARecord(toy.record(f"{mood}-1", 1), 0)])

    assert [failure(message) for message in batch.failures] == [("model_error", words)]
    assert batch.refused_at == {("model_error", "decode" if mood in AT_DECODE else "score"): 1}
    assert batch.raised == words


def test_a_failure_has_the_key_of_its_record_else_its_entity_else_none() -> None:
    records = [
        ARecord(toy.record("score-1", 1), 0, b"k"),
        ARecord(toy.record("score-2", 1), 1),
        ARecord(toy.record("unwritable-3", 1), 2),
        ARecord(toy.record("decode-4", 1), 3),
        ARecord(toy.record("key-5", 1), 4),
    ]

    batch = scored(batches(Wild(WEIGHT)), records)

    assert [message.key for message in batch.failures] == [b"k", b"score-2", b"unwritable-3", None, None]


def test_one_line_of_at_most_256_characters_is_said_of_an_error() -> None:
    assert said(ValueError("a\n  b" + "x" * 999)) == "ValueError: a b" + "x" * (256 - 15)


def test_a_persons_interruption_is_none_of_the_scorers_errors() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted)


class Interrupted(Toy):
    def key(self, value: toy.ToyInput) -> bytes:
        raise KeyboardInterrupt


def test_a_persons_interruption_ends_a_batch() -> None:
    with pytest.raises(KeyboardInterrupt):
        scored(batches(Interrupted(WEIGHT)), [ARecord(toy.record("ann", 1), 0)])


@given(streams, st.sampled_from(["Canary", "Shadow"]))
def test_a_candidate_that_raises_changes_no_outcome_and_is_counted(records: list[ARecord], mode: str) -> None:
    """Both decode alike, so what goes wrong there is no matter of a candidate's."""
    tame = [r for r in records if not any(b'"%s-' % m.encode() in (r.value or b"") for m in (*AT_DECODE, *OF_KEY))]

    alone = scored(batches(Toy(WEIGHT)), tame)
    beside = scored(batches(Toy(WEIGHT), Wild(WEIGHT), mode), tame)

    for topic in ("success", "failures"):
        found, expected = getattr(beside, topic), getattr(alone, topic)
        assert [(m.key, m.value, source(m)) for m in found] == [(m.key, m.value, source(m)) for m in expected]
    assert beside.rejected == alone.rejected


@given(streams)
def test_whatever_a_canary_does_wrong_is_an_exception_of_it_and_nothing_else(records: list[ARecord]) -> None:
    """Of its share, by the keys that the records' own names say."""
    decoded = [
        r for r in records if is_wild(r) and not any(b'"%s-' % m.encode() in (r.value or b"") for m in AT_DECODE)
    ]
    wrong = [r for r in decoded if not any(b'"%s-' % m.encode() in (r.value or b"") for m in OF_KEY)]
    share = Share("shop/wallets", 50)

    batch = scored(batches(Toy(WEIGHT), Wild(WEIGHT)), wrong)

    mine = [r for r in wrong if share.has(r.key or msgspec.json.decode(r.value or b"")["who"].encode())]
    assert len(batch.success) == len(wrong)
    assert batch.tally is None or batch.tally.errors == ({"exception": len(mine)} if mine else {})


@given(streams, st.sampled_from(["Canary", "Shadow"]))
def test_a_serving_revision_that_raises_is_the_same_beside_a_candidate_but_for_what_that_one_scores(
    records: list[ARecord], mode: str
) -> None:
    alone = scored(batches(Wild(WEIGHT)), records)
    beside = scored(batches(Wild(WEIGHT), Toy(WEIGHT), mode), records)

    ended = sorted(source(m) for m in (*beside.success, *beside.failures))
    assert ended == sorted(source(m) for m in (*alone.success, *alone.failures))
    if mode == "Shadow":
        assert (beside.success, beside.failures) == (alone.success, alone.failures)


def a_case(mood: str, **expected: object) -> GoldenCase:
    return GoldenCase(name="one", as_of=1.0, inputs=({"who": f"{mood}-1", "n": 1},), expect=(expected,))


@pytest.mark.parametrize("mood", [*AT_DECODE, *AT_SCORE])
def test_a_case_at_which_a_scorer_raises_is_missed_even_if_it_asks_for_that(mood: str) -> None:
    scorer = Wild(WEIGHT)

    for case in (a_case(mood, score=2.0), a_case(mood, reason="model_error")):
        miss = first_miss(scorer, batches(scorer), [case])
        assert miss is not None
        assert miss.difference.expected == "an outcome"
        assert miss.difference.came == SAID.get(mood, miss.difference.came)


@pytest.mark.parametrize("mood", MOODS)
def test_what_a_scorer_raises_at_is_recorded_in_no_case(mood: str) -> None:
    scorer = Wild(WEIGHT)

    cases, left_out = record(scorer, batches(scorer), [[Lone(0, 1000, toy.record(f"{mood}-1", 1))]])

    assert (cases, left_out) == ((), {LeftOut.NOT_THE_SAME: 1})
