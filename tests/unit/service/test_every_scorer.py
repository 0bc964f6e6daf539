"""Laws of all scorers, present and future: whatever is registered is tested here, on input made from its own types."""

import copy
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from custom_scorer.pulse_scorer import Pulse
from harness import inputs, ticks, wallets
from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.scorers import model
from scoring_service.scorers.base import Absorbed, Explaining, Output, Rejection, Row, Source
from scoring_service.scorers.reasons import AbsorbedReason, Reason
from scoring_service.scorers.registry import SCORERS, build

EVERY = {**SCORERS, Pulse.name: Pulse}
"""The registered ones, and the sample of one from another package."""

RECORDS = {name: inputs.records(scorer.Input) for name, scorer in EVERY.items()} | {
    "volatility": ticks.records(),
    "walletReputation": wallets.imperfect_wallets() | wallets.wallets(),
}
"""Per scorer: records as JSON values, right and wrong ones; from its own types, unless they say too little."""


every_scorer = pytest.mark.parametrize("name", EVERY)


def made(name, parameters):
    if name in SCORERS:
        return build(ScorerBlock(member=name, parameters=parameters))
    return EVERY[name](msgspec.convert(parameters, EVERY[name].Parameters))


def values_of(of: inspect.Type) -> st.SearchStrategy:  # noqa: C901 - a table of types
    """Return values that a parameter's declared type and bounds allow."""
    match of:
        case inspect.Metadata():
            return values_of(of.type)
        case inspect.StructType(cls=model.ModelFile):
            return st.just({"uri": "/models/a.onnx", "sha256": "0" * 64})
        case inspect.StructType():
            return parameters_of(of)
        case inspect.LiteralType():
            return st.sampled_from(of.values)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return _integers(of.ge, of.le)
        case inspect.FloatType():
            return st.floats(of.ge, of.le)
        case inspect.StrType():
            return st.lists(st.floats(-1, 1), min_size=1, max_size=40).map(numbers_in_a_line)
    raise TypeError(f"no strategy for {of}: add one")


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    """Return integers within bounds, half of them small: rules between parameters refuse many large ones."""
    return st.integers(low, min(high, low + 100)) | st.integers(low, high)


def numbers_in_a_line(values: list) -> str:
    return " ".join(f"{value:.3e}" for value in values)


def parameters_of(of: inspect.StructType) -> st.SearchStrategy:
    fields = {field.encode_name: values_of(field.type) for field in of.fields}
    return st.fixed_dictionaries(fields).filter(lambda values: is_valid(of.cls, values))


def is_valid(of: type, values: dict) -> bool:
    try:
        msgspec.convert(values, of)
    except msgspec.ValidationError:
        return False
    return True


@st.composite
def scorers(draw, name):
    return made(name, draw(parameters_of(inspect.type_info(EVERY[name].Parameters))))


@st.composite
def decoded_rows(draw, name, scorer):
    records = draw(st.lists(RECORDS[name], max_size=5))
    decoded = [scorer.decode(wallets.encoded(record)) for record in records]
    as_of = draw(st.floats(0, 1e11))
    return [
        Row(value, None, as_of, Source("in", 0, offset))
        for offset, value in enumerate(decoded)
        if not isinstance(value, Rejection)
    ]


def outcomes(scorer, rows):
    return list(scorer.score(rows, scorer.start())[0])


@every_scorer
@given(data=st.data())
def test_there_is_one_outcome_per_row_and_it_is_of_a_declared_kind(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))

    found = outcomes(scorer, rows)

    assert len(found) == len(rows)
    for outcome in found:
        assert isinstance(outcome, (scorer.Output, Rejection, Absorbed))
        assert not isinstance(outcome, Rejection) or outcome.reason in set(Reason)
        assert not isinstance(outcome, Absorbed) or outcome.reason in set(AbsorbedReason)


@every_scorer
@given(data=st.data())
def test_scores_are_finite_and_in_the_declared_range(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))

    for outcome in outcomes(scorer, rows):
        if isinstance(outcome, Output):
            assert scorer.range.low <= outcome.number <= scorer.range.high
            assert all(math.isfinite(number) for number in numbers(msgspec.to_builtins(outcome)))


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, (int, float)):
        yield value


@every_scorer
@given(data=st.data())
def test_what_a_record_says_does_not_depend_on_the_parameters(name, data):
    """A candidate scores what the serving revision decoded, and a key has one revision whoever is asked for it."""
    one, other = data.draw(scorers(name)), data.draw(scorers(name))
    content = wallets.encoded(data.draw(RECORDS[name]))

    value = one.decode(content)

    assert other.decode(content) == value
    if not isinstance(value, Rejection):
        assert (one.as_of(value), one.key(value)) == (other.as_of(value), other.key(value))


@every_scorer
@given(data=st.data())
def test_results_do_not_depend_on_how_rows_are_cut_into_batches(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))
    cut = data.draw(st.integers(0, len(rows)))

    first, state = scorer.score(rows[:cut], scorer.start())
    second, _ = scorer.score(rows[cut:], state)

    assert [*first, *second] == outcomes(scorer, rows)


@every_scorer
@given(data=st.data())
def test_a_stateless_scorer_does_not_depend_on_the_order_of_rows(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))
    if scorer.stateful:
        return
    order = data.draw(st.permutations(range(len(rows))))

    found = outcomes(scorer, rows)

    assert outcomes(scorer, [rows[index] for index in order]) == [found[index] for index in order]


@every_scorer
@given(data=st.data())
def test_scoring_mutates_neither_rows_nor_state_and_repeats_to_the_bit(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))
    state = scorer.start()
    before = copy.deepcopy((rows, state))

    first, _ = scorer.score(rows, state)
    again, _ = scorer.score(rows, state)

    assert (rows, state) == before
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


@every_scorer
@given(data=st.data())
def test_parameters_survive_the_way_through_json_and_a_second_build(name, data):
    scorer = data.draw(scorers(name))

    written = msgspec.json.decode(msgspec.json.encode(scorer.parameters))

    assert made(name, written).parameters == scorer.parameters


@every_scorer
@given(data=st.data())
def test_decoding_never_raises_and_rejects_with_a_listed_reason(name, data):
    scorer = data.draw(scorers(name))
    content = data.draw(st.binary(max_size=60) | RECORDS[name].map(wallets.encoded))

    value = scorer.decode(content)

    if isinstance(value, Rejection):
        assert value.reason in set(Reason)
        assert value.detail
        assert msgspec.json.encode(scorer.failure(value))
    else:
        assert scorer.key(value)
        as_of = scorer.as_of(value)
        assert as_of is None or as_of >= 0


@every_scorer
@given(data=st.data())
def test_a_scorer_that_explains_itself_explains_what_it_scores_and_nothing_else(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))
    if not isinstance(scorer, Explaining):
        return

    for row, outcome in zip(rows, outcomes(scorer, rows), strict=True):
        assert bool(scorer.contributions(row)) == isinstance(outcome, Output)


@every_scorer
@given(data=st.data())
def test_a_failure_can_be_stamped_and_names_the_reason(name, data):
    scorer = data.draw(scorers(name))

    failure = scorer.failure(Rejection(Reason.SCHEMA, "a field is missing", "entity", 3))
    failure.timestamp, failure.processing_time_ms = 5, 6

    written = msgspec.to_builtins(failure)
    assert (written["reason"], written["timestamp"], written["processing_time_ms"]) == ("schema", 5, 6)


@every_scorer
def test_a_scorer_documents_itself(name):
    scorer = EVERY[name]

    assert scorer.name == name
    assert scorer.Parameters.__doc__
    assert issubclass(scorer.Output, Output)


@every_scorer
@given(data=st.data())
def test_a_range_has_a_width_and_a_direction_whatever_the_parameters(name, data):
    scorer = data.draw(scorers(name))

    assert scorer.range.low < scorer.range.high
    assert scorer.range.higher_is in {"better", "riskier"}


@every_scorer
@given(data=st.data())
def test_an_output_reads_back_as_its_declared_type(name, data):
    scorer = data.draw(scorers(name))
    rows = data.draw(decoded_rows(name, scorer))

    for outcome in outcomes(scorer, rows):
        if isinstance(outcome, Output):
            written = msgspec.json.encode(outcome)
            assert msgspec.json.decode(written, type=scorer.Output) == outcome
