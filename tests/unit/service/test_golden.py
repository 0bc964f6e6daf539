"""Golden cases: what is recorded holds, what is changed is missed and named."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import toy
from harness.wallets import AS_OF, a_swap, a_wallet, encoded
from scoring_service.cli.golden_yaml import as_yaml
from scoring_service.codec import BatchScorer, Lone, Signature
from scoring_service.contract import golden_cases
from scoring_service.contract.golden_cases import GoldenCase
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.contract.strict_yaml import documents
from scoring_service.generate import wallets
from scoring_service.golden import first_miss, record
from scoring_service.golden.comparing import first_difference
from scoring_service.golden.recording import LeftOut
from scoring_service.scorers.base import Absorbed, Outcome, Row, Scorer, State
from scoring_service.scorers.registry import build

WALLET = ScorerBlock(member="walletReputation", parameters={"variant": "zeru-v1"})


def tried(scorer: Scorer) -> tuple[Scorer, BatchScorer]:
    return scorer, BatchScorer(scorer, Signature("shop/wallets", "0" * 12, "9.9.9"))


def a_toy(weight: float = 2.0) -> tuple[Scorer, BatchScorer]:
    return tried(toy.build(toy.block(weight)))


def a_case(*, inputs: list[Any] | None = None, expect: list[Any] | None = None, **changes: Any) -> GoldenCase:
    """Return a case that a toy of weight 2 passes."""
    inputs = [{"who": "ann", "n": 3}] if inputs is None else inputs
    expect = [{"who": "ann", "score": 6.0}] if expect is None else expect
    return GoldenCase(**{"name": "one", "as_of": 1.0, "inputs": tuple(inputs), "expect": tuple(expect)} | changes)


def said(case: GoldenCase, weight: float = 2.0) -> str:
    miss = first_miss(*a_toy(weight), [case])
    return str(miss) if miss is not None else ""


def test_a_case_that_holds_is_no_miss():
    assert said(a_case()) == ""


HOLDS = {
    "a part of the output": [{"score": 6}],
    "nothing asked for": [{}],
    "a number within the tolerance": [{"score": 6 + 5e-10}],
    "a range": [{"score": {"min": 6, "max": 7}}],
    "a range that is open above": [{"score": {"min": 5.5}}],
    "stamps that never compare": [{"score": 6, "timestamp": 1, "processing_time_ms": 7}],
}


@pytest.mark.parametrize("expect", HOLDS.values(), ids=HOLDS)
def test_an_output_has_at_least_what_is_expected(expect):
    assert said(a_case(expect=expect)) == ""


MISSES = {
    "another number": ([{"score": 7}], "score: expected 7, came 6.0"),
    "another text": ([{"who": "bob"}], 'who: expected "bob", came "ann"'),
    "a text for a number": ([{"score": "6"}], 'score: expected "6", came 6.0'),
    "a member that is not there": ([{"rank": 1}], "rank: expected 1, came nothing"),
    "a number outside of a range": ([{"score": {"min": 7}}], 'score: expected {"min": 7}, came 6.0'),
    "a failure that does not come": ([{"reason": "schema"}], 'reason: expected "schema", came nothing'),
    "no output, and there is one": ([None], 'expected nothing, came {"who": "ann", "score": 6.0}'),
}


@pytest.mark.parametrize(("expect", "words"), MISSES.values(), ids=MISSES)
def test_a_miss_names_case_input_field_what_was_expected_and_what_came(expect, words):
    told = said(a_case(name="first swap", expect=expect))

    assert told.startswith("golden case first swap, input 0")
    assert told.endswith(words)


def test_a_failure_is_expected_by_its_reason():
    bad = a_case(inputs=[{"who": "ann"}], expect=[{"reason": "schema"}])

    assert said(bad) == ""
    assert said(msgspec.structs.replace(bad, expect=({"reason": "depth"},))).endswith(
        'reason: expected "depth", came "schema"'
    )
    assert said(msgspec.structs.replace(bad, expect=({"score": 6},))).endswith(
        'reason: expected nothing, came "schema"'
    )


def test_the_first_miss_in_the_order_of_cases_and_inputs_is_told():
    inputs = [{"who": "ann", "n": 1}, {"who": "bob", "n": 2}]
    holds, fails = a_case(), a_case(name="two", inputs=inputs, expect=[{"score": 2}, {"score": 5}])

    assert said(fails).startswith("golden case two, input 1, score")
    miss = first_miss(*a_toy(), [holds, fails, msgspec.structs.replace(fails, name="three")])
    assert miss is not None
    assert (miss.case, miss.input) == ("two", 1)


class Absorbing(toy.Sums):
    """Absorbs the first record of a partition, as a window that warms up does."""

    def score(self, rows: list[Row], state: State) -> tuple[list[Outcome], State]:  # type: ignore[override]
        outcomes, after = super().score(rows, state)
        return [Absorbed("warming") if state == 0.0 else outcome for outcome in outcomes], after


def test_inputs_of_a_case_are_folded_as_of_one_partition_and_null_is_a_record_that_is_absorbed():
    scorer = tried(Absorbing(toy.ToyParameters(weight=2.0)))
    inputs = [{"who": "ann", "n": 3}, {"who": "ann", "n": 4}]

    assert first_miss(*scorer, [a_case(inputs=inputs, expect=[None, {"score": 14}])]) is None
    assert "expected {}, came nothing" in str(first_miss(*scorer, [a_case(inputs=inputs, expect=[{}, {}])]))


def test_a_moment_is_that_of_the_case():
    scorer = tried(build(WALLET))
    wallet = json.loads(encoded(a_wallet(a_swap())))

    for as_of in (AS_OF, AS_OF + 86_400):
        case = GoldenCase(name="at", as_of=as_of, inputs=(wallet,), expect=({"as_of": as_of},))
        assert first_miss(*scorer, [case]) is None


def test_cases_that_take_too_long_together_are_missed():
    clock = iter(range(100))

    miss = first_miss(*a_toy(), [a_case(name=f"case {n}") for n in range(9)], lambda: float(next(clock)))

    assert str(miss).startswith('golden case case 2, input 0: expected "all cases within 2 s"')


def test_an_integer_beyond_what_json_keeps_exact_is_expected_as_text():
    assert first_difference({"amount": str(2**60)}, {"amount": 2**60}, 1e-9) is None
    assert first_difference({"amount": str(2**60 + 1)}, {"amount": 2**60}, 1e-9) is not None
    assert first_difference({"amount": 1}, {"amount": 10**400}, 1e-9) is not None


def test_a_decimal_text_may_be_held_against_a_range():
    assert first_difference({"zscore": {"min": 187, "max": 189}}, {"zscore": "188.000000000000000000"}, 1e-9) is None
    assert first_difference({"zscore": {"min": 189}}, {"zscore": "188.000000000000000000"}, 1e-9) is not None
    assert first_difference({"zscore": {"min": 189}}, {"zscore": "much"}, 1e-9) is not None


texts = st.text(max_size=200)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(name=st.text(min_size=1, max_size=63), expected=st.dictionaries(texts, values, min_size=1, max_size=4))
def test_a_miss_is_one_line_of_at_most_256_characters(name, expected):
    told = said(a_case(name=name, inputs=[{"who": "x" * 500, "n": 1}], expect=[{"who": "", **expected}]))

    assert len(told) <= 256


@given(value=values)
def test_whatever_comes_is_as_expected_if_it_is_the_same(value):
    assert first_difference({"value": value}, {"value": value}, 0.0) in (None, first_difference(value, value, 0.0))


@given(expected=st.floats(-1e12, 1e12), tolerance=st.sampled_from([0.0, 1e-9, 0.5]), share=st.floats(1.001, 1e6))
def test_a_number_beyond_the_tolerance_is_always_a_miss_and_one_within_never(expected, tolerance, share):
    slack = tolerance * max(1.0, abs(expected)) + 1e-15 * abs(expected)
    far = expected + share * slack + 1e-300

    assert first_difference(expected, expected + 0.99 * tolerance * max(1.0, abs(expected)), tolerance) is None
    if far > expected + slack:
        assert first_difference(expected, far, tolerance) is not None


def recorded(scorer: tuple[Scorer, BatchScorer], values: list[bytes | None], timestamps: list[int]):
    pairs = enumerate(zip(values, timestamps, strict=True))
    return record(*scorer, [[Lone(number, stamp, value) for number, (value, stamp) in pairs]])


@given(seed=st.integers(0, 10_000), count=st.integers(1, 12), invalid=st.sampled_from([0.0, 0.5]), data=st.data())
def test_what_is_recorded_holds_on_the_same_parameters_and_a_changed_score_is_missed(seed, count, invalid, data):
    scorer = tried(build(WALLET))
    found = [wallet.value for wallet in wallets(count, seed, transactions=3, invalid=invalid)]
    stamps = data.draw(st.lists(st.sampled_from([AS_OF * 1000, AS_OF * 1000 + 1]), min_size=count, max_size=count))

    cases, left_out = recorded(scorer, found, stamps)

    assert first_miss(*scorer, cases) is None
    assert not any(golden_cases.broken(cases))
    assert sum(len(case.inputs) for case in cases) + left_out.total() == count
    for case in cases:
        for place, expected in enumerate(case.expect):
            if expected is None or "zscore" not in expected:
                continue
            changed = {**expected, "zscore": f"{float(expected['zscore']) + 1:.18f}"}
            wrong = (*case.expect[:place], changed, *case.expect[place + 1 :])
            miss = first_miss(*scorer, [msgspec.structs.replace(case, expect=wrong)])
            assert miss is not None
            assert (miss.case, miss.input, miss.difference.field) == (case.name, place, "zscore")


@given(numbers=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_what_is_recorded_of_a_scorer_with_a_state_holds_as_well(numbers):
    scorer = tried(toy.build_sums(toy.block(0.1)))

    cases, left_out = recorded(scorer, [toy.record("ann", n) for n in numbers], [1000] * len(numbers))

    assert first_miss(*scorer, cases) is None
    assert left_out.total() == 0
    assert [len(case.inputs) for case in cases] == [min(50, len(numbers)), len(numbers) - 50][: 1 + (len(numbers) > 50)]


def test_records_for_different_moments_are_different_cases():
    cases, _ = recorded(a_toy(), [toy.record("ann", 1)] * 4, [1000, 1000, 2000, 1000])

    assert [(case.name, case.as_of, len(case.inputs)) for case in cases] == [
        ("recorded-1", 1.0, 2),
        ("recorded-2", 2.0, 1),
        ("recorded-3", 1.0, 1),
    ]


@pytest.mark.parametrize(("build_toy", "cases"), [(toy.build, 1), (toy.build_sums, 2)])
def test_partitions_share_a_case_only_if_there_is_no_state(build_toy, cases):
    scorer = tried(build_toy(toy.block(2.0)))
    lanes = [[Lone(0, 1000, toy.record("ann", n))] for n in range(2)]

    found = record(*scorer, lanes)

    assert len(found.cases) == cases
    assert first_miss(*scorer, found.cases) is None


def test_what_no_case_can_say_is_left_out_and_counted():
    strange = [None, b"not json", b"[]", b'{"who": NaN}', b'{"n": 1e999}', b"[" * 5000, b'{"a": "\\ud800"}']

    cases, left_out = recorded(a_toy(), [*strange, toy.record("ann", 1)], [1000] * 8)

    assert left_out == {LeftOut.NO_OBJECT: 7}
    assert len(cases) == 1


def test_a_record_that_is_another_one_in_a_case_is_left_out():
    """Its integer becomes a text, which this scorer does not take for a number."""
    _, left_out = recorded(a_toy(), [b'{"who": "ann", "n": 9007199254740994}'], [1000])

    assert left_out == {LeftOut.NOT_THE_SAME: 1}


def test_twenty_cases_of_fifty_inputs_and_64_kib_are_the_most():
    one_by_one, left_out = recorded(a_toy(), [toy.record("ann", 1)] * 30, [1000 * n for n in range(30)])
    big, left_of_big = recorded(a_toy(), [toy.record("ann" * 2000, 1)] * 30, [1000] * 30)

    assert (len(one_by_one), left_out) == (20, {LeftOut.NO_ROOM: 10})
    assert golden_cases.size(big) <= 64 * 1024
    assert left_of_big[LeftOut.NO_ROOM] == 30 - len(big[0].inputs) > 0


@given(who=st.text(max_size=30), n=st.floats(allow_nan=False, allow_infinity=False))
def test_cases_are_read_from_their_yaml_as_they_were(who, n):
    cases, _ = recorded(a_toy(), [toy.record(who, n)], [1234])

    (read,) = documents(as_yaml(cases).encode())

    assert msgspec.convert(read["goldenCases"], tuple[GoldenCase, ...]) == cases
