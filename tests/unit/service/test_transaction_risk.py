"""The scorer transactionRisk: each rule at its limits, what is remembered, and an implementation that remembers all."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.transaction_risk import risks
from scoring_service.scorers.base import Rejection, Row, Source
from scoring_service.scorers.transaction_risk import TransactionRisk, TransactionRiskParameters

NOW = 1_704_499_200
HOUR = 3600


def a_scorer(**parameters) -> TransactionRisk:
    return TransactionRisk(msgspec.convert(parameters, TransactionRiskParameters))


def a_transaction(**changes):
    plain = {
        "tx_hash": "0x1",
        "from_address": "0xa",
        "amount": 10,
        "timestamp": NOW,
        "token_pair": "ETH/USDC",
        "gas_price": 20,
        "slippage": 0.01,
        "route_length": 1,
    }
    return {**plain, **changes}


def scored(transactions, scorer=None):
    scorer = scorer or a_scorer()
    return scorer.score(rows(scorer, transactions), scorer.start())[0]


def rows(scorer, transactions):
    values = [scorer.decode(msgspec.json.encode(transaction)) for transaction in transactions]
    return [Row(value, None, scorer.as_of(value), Source("in", 0, n)) for n, value in enumerate(values)]


def rules(score) -> set[str]:
    return {finding.rule for finding in score.findings}


FLASH_LOAN = {"amount": 1_000_001, "slippage": 0.0009, "route_length": 5}


@pytest.mark.parametrize(
    ("changes", "applies"),
    [
        ({}, True),
        ({"amount": 1_000_000}, False),
        ({"slippage": 0.001}, False),
        ({"slippage": None}, False),
        ({"route_length": 4}, False),
    ],
)
def test_a_flash_loan_is_all_three_beyond_their_limits(changes, applies):
    (score,) = scored([a_transaction(**{**FLASH_LOAN, **changes})])

    assert ("flash_loan" in rules(score)) is applies
    assert score.risk_score == (0.15 if applies else 0.0)


@pytest.mark.parametrize(
    ("earlier", "gas", "pair", "applies"),
    [
        (4, 101, "ETH/USDC", True),
        (3, 101, "ETH/USDC", False),
        (4, 100, "ETH/USDC", False),
        (4, 101, "ETH/DAI", False),
    ],
)
def test_mev_is_a_high_gas_price_and_more_than_three_earlier_ones_of_the_pair(earlier, gas, pair, applies):
    *_, score = scored([*[a_transaction()] * earlier, a_transaction(gas_price=gas, token_pair=pair)])

    assert ("mev" in rules(score)) is applies


@pytest.mark.parametrize(("count", "seconds", "applies"), [(11, 299, True), (10, 299, False), (11, 300, False)])
def test_rapid_trading_is_more_than_ten_within_five_minutes(count, seconds, applies):
    *_, score = scored([*[a_transaction()] * (count - 1), a_transaction(timestamp=NOW + seconds)])

    assert ("rapid_trading" in rules(score)) is applies


@pytest.mark.parametrize(
    ("amount", "hours", "applies"), [(100_001, 49, True), (100_000, 49, False), (100_001, 48, False)]
)
def test_a_large_amount_after_two_idle_days_is_noted_of_senders_that_are_known(amount, hours, applies):
    _, score = scored([a_transaction(), a_transaction(amount=amount, timestamp=NOW + hours * HOUR)])
    (unknown,) = scored([a_transaction(amount=amount)])

    assert ("large_after_idle" in rules(score)) is applies
    assert not unknown.findings


@pytest.mark.parametrize(
    ("risk", "level"),
    [(0.0, "safe"), (0.29, "safe"), (0.3, "low"), (0.5, "medium"), (0.7, "high"), (0.84, "high"), (0.85, "critical")],
)
def test_levels_begin_where_the_requirement_says(risk, level):
    (score,) = scored([a_transaction(**FLASH_LOAN)], a_scorer(flashLoan={"weight": risk}))

    assert (score.risk_score, score.risk_level) == (risk, level)


def test_issues_are_noted_and_add_nothing():
    high, long, neither = scored(
        [a_transaction(slippage=0.051), a_transaction(route_length=6), a_transaction(slippage=0.05, route_length=5)]
    )

    assert (high.issues, long.issues, neither.issues) == (["high_slippage"], ["long_route"], [])
    assert high.risk_score == long.risk_score == 0.0


def test_a_finding_says_what_it_saw():
    (score,) = scored([a_transaction(**FLASH_LOAN)])

    assert score.findings[0].why == "amount 1e+06 > 1e+06, slippage 0.0009 < 0.001, route of 5 > 4 pools"


def test_a_late_transaction_is_scored_by_what_was_before_it_and_counts_for_later_ones():
    *_, late, newest = scored(
        [
            *[a_transaction(timestamp=NOW + 60)] * 10,
            a_transaction(timestamp=NOW),
            a_transaction(timestamp=NOW + 61),
        ]
    )

    assert (late.history, late.findings) == (0, [])
    assert newest.history == 11
    assert rules(newest) == {"rapid_trading"}


def test_a_sender_has_a_bounded_past_and_the_oldest_goes_first():
    *_, score = scored([a_transaction(timestamp=NOW + n) for n in range(20)], a_scorer(historySize=4))

    assert score.history == 4


def test_the_least_recently_seen_sender_is_forgotten_first():
    scorer = a_scorer(maxSenders=2)
    state = scorer.start()
    _, state = scorer.score(rows(scorer, [a_transaction(from_address=name) for name in "abac"]), state)

    assert list(state.by_sender) == ["a", "c"]
    assert state.forgotten == 1
    assert scorer.keys(state) == scorer.warm(state) == [b"a", b"c"]


senders = st.sampled_from(["0xa", "0xb"])
transactions = st.lists(
    st.builds(
        a_transaction,
        from_address=senders,
        amount=st.sampled_from([1, 100_000, 100_001, 1_000_000, 1_000_001]),
        timestamp=st.integers(NOW, NOW + 900) | st.integers(NOW, NOW + 5 * 86_400),
        token_pair=st.sampled_from(["ETH/USDC", "ETH/DAI"]),
        gas_price=st.sampled_from([100, 101]),
        slippage=st.sampled_from([0.0005, 0.001]),
        route_length=st.sampled_from([4, 5]),
    ),
    max_size=40,
)


@given(transactions)
def test_whoever_looks_at_all_earlier_transactions_each_time_finds_the_same(found):
    assert [(score.risk_score, rules(score)) for score in scored(found)] == [
        (pytest.approx(risk), applies) for risk, applies in risks(found)
    ]


@given(transactions)
def test_senders_do_not_influence_each_other(found):
    alone = [it for it in found if it["from_address"] == "0xa"]
    together = [score for score in scored(found) if score.from_address == "0xa"]

    assert together == scored(alone)


@pytest.mark.parametrize(
    ("content", "reason", "entity"),
    [
        (b"{", "json_syntax", None),
        (b"[]", "schema", None),
        (b'{"tx_hash":"0x1","from_address":"0xa","timestamp":1}', "schema", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"0xa","amount":-1,"timestamp":1}', "schema", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"0xa","amount":1,"timestamp":"soon"}', "timestamp", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"0xa","amount":1,"timestamp":[]}', "timestamp", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"0xa","amount":1}', "timestamp", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"0xa","amount":1,"timestamp":-1}', "timestamp", "0xa"),
        (b'{"tx_hash":"0x1","from_address":"","amount":1,"timestamp":1}', "schema", None),
        (b'{"a":' + b"[" * 100_000, "depth", None),
    ],
)
def test_what_is_no_transaction_is_rejected_with_its_reason(content, reason, entity):
    rejected = a_scorer().decode(content)

    assert isinstance(rejected, Rejection)
    assert (rejected.reason, rejected.entity) == (reason, entity)


@pytest.mark.parametrize("moment", [NOW, NOW * 1000, str(NOW), "2024-01-06T00:00:00Z"])
def test_moments_are_read_as_people_write_them(moment):
    (score,) = scored([a_transaction(timestamp=moment)])

    assert score.as_of == NOW
