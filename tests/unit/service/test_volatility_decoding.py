"""Ticks as strangers write them: every documented form is read, everything else is refused by name."""

import json

import pytest
from hypothesis import given

from harness import ticks
from scoring_service.scorers.base import Rejection
from scoring_service.scorers.reasons import Reason

DECODE = ticks.scorer().decode


def decoded(**members):
    return DECODE(ticks.encoded(ticks.a_tick(**members)))


@pytest.mark.parametrize(
    "written",
    [1763422398, 1763422398.0, 1763422398000, "1763422398", "2025-11-17T23:33:18Z", "2025-11-17 23:33:18.000000000"],
)
def test_a_moment_is_read_however_it_is_written(written):
    assert decoded(timestamp=written).timestamp == 1763422398.0


@pytest.mark.parametrize("written", [91749.99, "91749.99", "9.174999e4", "+91749.990"])
def test_a_price_is_a_number_or_a_decimal_string(written):
    assert decoded(price=written).price == 91749.99


def test_the_documented_record_of_four_columns_is_a_tick_of_the_default_symbol():
    tick = DECODE(b'{"timestamp": "2025-11-17T23:33:18.135099Z", "price": 91749.99, "volume": 0.009, "side": "buy"}')

    assert (tick.symbol, tick.price, tick.timestamp) == ("BTC-USD", 91749.99, 1763422398.135099)


def test_the_recorded_frames_of_the_exchange_are_ticks(scoring_data):
    lines = (scoring_data / "coinbase_ticks_BTCUSD_20251108.ndjson").read_bytes().splitlines()

    found = [DECODE(line) for line in lines]

    assert [(tick.symbol, tick.price) for tick in found] == [
        ("BTC-USD", float(json.loads(line)["price"])) for line in lines
    ]
    assert found[0].timestamp == 1762614751.463496


def test_fields_that_no_formula_reads_may_be_anything():
    assert decoded(volume=-1e300, side=[None], raw={"price": "x"}) == decoded()


def test_a_record_without_a_moment_leaves_it_to_its_broker():
    assert ticks.scorer().as_of(decoded(timestamp=None)) is None


def test_both_names_of_the_symbol_may_stand_if_they_agree():
    assert decoded(symbol="ETH-USD", product_id="ETH-USD").symbol == "ETH-USD"
    assert decoded(symbol=None, product_id="ETH-USD").symbol == "ETH-USD"


@pytest.mark.parametrize(
    ("members", "reason", "says"),
    [
        ({"price": 0}, "schema", "price: expected a number or decimal string from 1e-18 to 1e+18, got 0"),
        ({"price": -5.5}, "schema", "got -5.5"),
        ({"price": "-5.5"}, "schema", 'got "-5.5"'),
        ({"price": 1e19}, "schema", "got 1e+19"),
        ({"price": 10**30}, "schema", "got 1000000"),
        ({"price": None}, "schema", "got null"),
        ({"price": True}, "schema", "got true"),
        ({"price": [1]}, "schema", "got [1]"),
        ({"price": "1_000"}, "schema", 'got "1_000"'),
        ({"price": "0x10"}, "schema", 'got "0x10"'),
        ({"price": "1" * 41}, "schema", "price: expected"),
        ({"price": "NaN"}, "nan_or_inf", 'price: expected a finite number, got "NaN"'),
        ({"price": "-Infinity"}, "nan_or_inf", "finite"),
        ({"price": "1e999"}, "nan_or_inf", "finite"),
        ({"timestamp": "yesterday"}, "timestamp", 'timestamp: expected Unix seconds, milliseconds or ISO-8601, got "y'),
        ({"timestamp": -1}, "timestamp", "got -1"),
        ({"timestamp": 1e300}, "timestamp", "got 1e+300"),
        ({"timestamp": {}}, "timestamp", "got {}"),
        ({"symbol": ""}, "schema", "symbol: expected 1 to 64 printable ASCII characters without spaces"),
        ({"symbol": "BTC USD"}, "schema", "symbol: expected"),
        ({"symbol": "BTC\n"}, "schema", "symbol: expected"),
        ({"symbol": "B" * 65}, "schema", "symbol: expected"),
        ({"symbol": 7}, "schema", "symbol: expected"),
        ({"product_id": "ETH-USD"}, "schema", "symbol: expected the same as product_id, got BTC-USD and ETH-USD"),
    ],
)
def test_a_wrong_tick_is_refused_with_its_field(members, reason, says):
    rejection = decoded(**members)

    assert isinstance(rejection, Rejection)
    assert (rejection.reason, says in rejection.detail) == (reason, True), rejection.detail


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "json_syntax"),
        (b'{"price": NaN}', "json_syntax"),
        (b'{"price": Infinity}', "json_syntax"),
        (b'{"price": 1e999}', "nan_or_inf"),
        (b'{"price": 1' + b"0" * 5000 + b"}", "nan_or_inf"),
        (b'{"price": 1, "symbol": "\xff"}', "json_syntax"),
        (b'{"price": 1, "symbol": "\\ud800"}', "json_syntax"),
        (b"[]", "schema"),
        (b"null", "schema"),
        (b"{}", "schema"),
        (b'{"raw": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "depth"),
    ],
)
def test_bytes_that_are_no_tick_are_refused_with_a_listed_reason(content, reason):
    rejection = DECODE(content)

    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason, rejection
    assert len(rejection.detail) < 300


def test_a_refusal_names_the_symbol_if_it_can_be_read():
    assert decoded(price=0, symbol="ETH-USD").entity == "ETH-USD"
    assert decoded(symbol="").entity is None


@given(ticks.records())
def test_the_slow_way_finds_a_fault_in_whatever_the_fast_way_refuses(record):
    """Neither way may be more generous than the other: a tick is the same with a field beside it that nobody reads."""
    tick = DECODE(ticks.encoded(record))

    if isinstance(tick, Rejection):
        assert tick.reason in {Reason.SCHEMA, Reason.TIMESTAMP, Reason.NAN_OR_INF}
    else:
        assert tick.price == float(record["price"])
