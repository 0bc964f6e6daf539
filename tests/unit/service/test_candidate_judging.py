"""What a batch becomes with a candidate beside the scorer: whose answer counts, and what is tallied of the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy
from harness.toy import Toy, ToyInput, ToyOutput, ToyParameters
from scoring_service.candidate import Candidate, Comparison
from scoring_service.candidate.buckets import Share
from scoring_service.candidate.canary import Canary
from scoring_service.candidate.shadow import Shadow
from scoring_service.codec import BatchScorer, Clock, ScoredBatch, Signature
from scoring_service.scorers.base import Outcome, Rejection, Row, Scorer, State
from scoring_service.stream.ports import Message

PIPELINE, FIRST, SECOND = "shop/wallets", "first", "second"


class ARecord(NamedTuple):
    value: bytes | None
    offset: int
    key: bytes | None = None
    timestamp: int = 1000
    timestamp_type: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Moody(Toy):
    """Raises for some records, rejects others, and gives what cannot be written for a third kind."""

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        return [self._moody(row.value) for row in rows], state

    def _moody(self, value: ToyInput) -> Outcome:
        mood = value.who.partition("-")[0]
        if mood == "raises":
            raise ZeroDivisionError("as ever")
        if mood == "rejects":
            return Rejection("schema", "not today")
        if mood == "unwritable":
            return ToyOutput(who=object(), score=1.0)  # type: ignore[arg-type] # what msgspec cannot encode
        return ToyOutput(who=value.who, score=value.n * 3)


class Refusing(Toy):
    """Rejects what the moody one rejects."""

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        outcomes, state = super().score(rows, state)
        return [
            Rejection("depth", "never") if row.value.who.startswith("rejects") else outcome
            for row, outcome in zip(rows, outcomes, strict=True)
        ], state


def moody() -> Moody:
    return Moody(ToyParameters(3.0))


def batches(
    first: Scorer | None = None,
    second: Scorer | None = None,
    mode: str = "Canary",
    percent: float = 100.0,
    keeps_dead_letters: bool = False,
) -> BatchScorer:
    candidate = None
    if second is not None:
        share, comparison = Share(PIPELINE, percent), Comparison(Toy.range)
        beside = Canary(second, share, comparison) if mode == "Canary" else Shadow(second, SECOND, share, comparison)
        candidate = Candidate(SECOND, toy.candidate(), beside)
    return BatchScorer(
        first or toy.build(toy.block(2.0)),
        Signature(PIPELINE, FIRST, "1"),
        Clock(lambda: 7.0, lambda: 0.0),
        keeps_dead_letters=keeps_dead_letters,
        candidate=candidate,
    )


def scored(scorer: BatchScorer, records: Sequence[ARecord], state: State = None) -> ScoredBatch:
    return scorer.score_batch(records, "in", 0, state)


def records(*names: str, keyed: bool = True) -> list[ARecord]:
    return [ARecord(toy.record(name, n + 1), n, name.encode() if keyed else None) for n, name in enumerate(names)]


def revision(message: Message) -> str:
    return dict(message.headers)["scoring-revision"].decode()


def source(message: Message) -> int:
    return int(dict(message.headers)["scoring-source"].rpartition(b"/")[2])


def score(message: Message) -> float:
    return float(msgspec.json.decode(message.value)["score"])


def outputs(batch: ScoredBatch) -> Iterator[Message]:
    yield from batch.success
    yield from batch.failures


MANY = records(*(f"w{n}" for n in range(300)))
values = st.one_of(
    st.none(),
    st.just(b"rubbish"),
    st.builds(toy.record, st.sampled_from(["raises-1", "rejects-1", "unwritable-1", "w1", "w2"]), st.floats(0, 100)),
)
keys = st.one_of(st.none(), st.binary(max_size=3))


def test_a_canary_answers_its_share_in_the_order_of_the_input_and_signs_for_it() -> None:
    share = Share(PIPELINE, 30)

    batch = scored(batches(second=moody(), percent=30), MANY)

    assert [source(message) for message in batch.success] == list(range(300))
    for message, record in zip(batch.success, MANY, strict=True):
        is_chosen = share.has(record.key or b"")
        assert revision(message) == (SECOND if is_chosen else FIRST)
        assert score(message) == (record.offset + 1) * (3 if is_chosen else 2)
    assert batch.tally is not None
    assert batch.tally.outcomes == {"scored": sum(share.has(record.key or b"") for record in MANY)}


def test_a_record_without_a_key_belongs_to_its_entity_and_one_without_either_to_its_place() -> None:
    """The entity is the key of its output, so whoever reads by key sees one revision."""
    share = Share(PIPELINE, 50)
    keyless = [*records(*(f"w{n % 20}" for n in range(100)), keyed=False)]
    broken = [ARecord(None, 100 + n) for n in range(50)]

    batch = scored(batches(second=moody(), percent=50), [*keyless, *broken])

    assert {(message.key, revision(message)) for message in batch.success} == {
        (key, SECOND if share.has(key) else FIRST) for key in (b"w%d" % n for n in range(20))
    }
    assert [revision(message) for message in batch.failures] == [
        SECOND if share.has(b"in/0/%d" % record.offset) else FIRST for record in broken
    ]


@pytest.mark.parametrize("mood", ["raises", "unwritable", "rejects"])
def test_what_a_canary_fails_at_the_serving_revision_answers_and_its_neighbours_stay(mood: str) -> None:
    names = [f"{mood}-1" if n % 50 == 7 else f"w{n}" for n in range(200)]

    batch = scored(batches(second=moody()), records(*names))

    assert [source(message) for message in batch.success] == list(range(200))
    assert [n for n, message in enumerate(batch.success) if revision(message) == FIRST] == [7, 57, 107, 157]
    assert [score(batch.success[n]) for n in (6, 7, 8)] == [7 * 3, 8 * 2, 9 * 3]
    assert batch.tally is not None
    assert batch.tally.errors == {"rejection" if mood == "rejects" else "exception": 4}


def test_what_both_reject_is_the_canarys_and_no_error_of_it() -> None:
    batch = scored(batches(Refusing(ToyParameters(2.0)), moody()), records("rejects-1", "w1"))

    (failure,) = batch.failures
    assert (revision(failure), msgspec.json.decode(failure.value)["error"]) == (SECOND, "not today")
    assert batch.tally is not None
    assert (batch.tally.outcomes, batch.tally.errors) == ({"rejected": 1, "scored": 1}, {})


@given(st.lists(st.tuples(values, keys), max_size=60), st.sampled_from(["Canary", "Shadow"]), st.floats(0, 100))
def test_every_record_has_one_output_whatever_the_candidate_does(
    given: list[tuple[bytes | None, bytes | None]], mode: str, percent: float
) -> None:
    records = [ARecord(value, n, key) for n, (value, key) in enumerate(given)]

    alone = scored(batches(), records)
    beside = scored(batches(second=moody(), mode=mode, percent=percent), records)

    for topic in ("success", "failures"):
        assert [(m.key, source(m)) for m in getattr(beside, topic)] == [
            (m.key, source(m)) for m in getattr(alone, topic)
        ]
    assert (beside.rejected, beside.refused_at) == (alone.rejected, alone.refused_at)
    if mode == "Shadow":
        assert list(outputs(beside)) == list(outputs(alone))


@given(st.lists(st.tuples(values, keys), max_size=40), st.integers(0, 40), st.floats(0, 100))
def test_who_answers_does_not_depend_on_how_records_are_cut_into_batches(
    given: list[tuple[bytes | None, bytes | None]], cut: int, percent: float
) -> None:
    records = [ARecord(value, n, key) for n, (value, key) in enumerate(given)]
    scorer = batches(second=moody(), percent=percent, keeps_dead_letters=True)

    whole, first, rest = scored(scorer, records), scored(scorer, records[:cut]), scored(scorer, records[cut:])

    assert whole.success == first.success + rest.success
    assert whole.failures == first.failures + rest.failures
    assert whole.dead_letters == first.dead_letters + rest.dead_letters


def test_a_shadow_compares_its_share_and_says_where_it_alone_fails() -> None:
    share = Share(PIPELINE, 40)
    others = records("raises-1", "rejects-1", "raises-2", "rejects-2")

    batch = scored(batches(second=moody(), mode="Shadow", percent=40), MANY)
    all_of_them = scored(batches(second=moody(), mode="Shadow"), others)

    assert batch.tally is not None
    assert batch.tally.pairs == [
        ((n + 1) * 2, (n + 1) * 3) for n, record in enumerate(MANY) if share.has(record.key or b"")
    ]
    assert all_of_them.tally is not None
    assert all_of_them.tally.errors == {"exception": 2, "rejection": 2}
    assert all_of_them.tally.last_error == "not scored, but by the serving revision: schema: not today"


def test_a_score_that_is_no_number_is_an_exception_of_the_shadow() -> None:
    nan = Toy(ToyParameters(float("nan")))

    batch = scored(batches(second=nan, mode="Shadow"), records("w1"))

    assert batch.tally is not None
    assert (batch.tally.errors, batch.tally.last_error) == ({"exception": 1}, "ValueError: a score of nan")


class Grudging(toy.Sums):
    """Raises for one record; its state is then as before it."""

    def score(self, rows: Sequence[Row], state: State) -> tuple[Sequence[Outcome], State]:
        if any(row.value.who == "raises" for row in rows):
            raise ValueError("no")
        return super().score(rows, state)


@pytest.mark.parametrize("build", [toy.Sums, Grudging])
def test_two_states_are_folded_apart_and_a_promoted_candidate_goes_on_with_its_own(
    build: Callable[[ToyParameters], Any],
) -> None:
    serving, tried = toy.Sums(ToyParameters(2.0)), build(ToyParameters(3.0))
    both = batches(serving, tried, "Shadow")

    before = scored(batches(serving), records("a"), serving.start())
    during = scored(both, records("a", "raises", "b"), before.state)
    afterwards = scored(batches(serving), records("c"), during.state)
    promoted = BatchScorer(tried, Signature(PIPELINE, SECOND, "1"))

    assert [score(m) for m in during.success] == [2 * 2, 2 * 4, 2 * 7]
    assert during.tally is not None
    assert during.tally.pairs[0] == (2 * 2, 3 * 1)
    assert during.tally.pairs[-1] == (2 * 7, 3 * (6 if build is toy.Sums else 4))
    assert [score(m) for m in afterwards.success] == [2 * 8]
    assert [score(m) for m in scored(promoted, records("c"), during.state).success] == [
        3 * (7 if build is toy.Sums else 5)
    ]
