"""Variant reputation-v2: by hand, and by a second opinion. Its laws stand in `test_wallet_reputation_v2_laws`."""

import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bustle import busy_wallets
from harness.scoring import a_scorer, rejected, scored
from harness.wallets import AS_OF, SWAPPED_AT, a_deposit, a_swap, a_token, a_wallet, a_withdraw, wallets
from oracle import reputation_v2
from scoring_service.scorers.wallet_reputation.output import WalletScore

DAY = 86_400
MILLION = 1_000_000.0


def v2(record, as_of=AS_OF, **parameters) -> WalletScore:
    return scored(record, as_of, variant="reputation-v2", **parameters)


def halves(found: WalletScore) -> tuple[float, float]:
    liquidity, trading = found.categories
    return liquidity.score, trading.score


def a_way_back(seconds: int, **members):
    legs = {"tokenIn": a_token(1000.0, "WETH"), "tokenOut": a_token(1000.0)}
    return a_swap(document_id="back", timestamp=SWAPPED_AT + seconds) | legs | members


def test_a_wallet_that_only_swaps_has_no_points_for_liquidity():
    """1,000 USD are two of five orders of magnitude, 100; 10, 25, 10 and 25 more; by 1.25 that is 212.5, by 0.4 85."""
    found = v2(a_wallet(a_swap()))

    assert halves(found) == pytest.approx((0.0, 212.5), abs=1e-9)
    assert float(found.zscore) == pytest.approx(85.0, abs=1e-9)


def test_a_wallet_with_a_deposit_of_which_half_is_left_scores_262_658146():
    """Liquidity 296.0969…: 120, 20, 125, 20, and for holding 1,000 USD for three days and 500 USD for three more."""
    record = a_wallet(
        a_swap(document_id="1"),
        a_deposit(document_id="2"),
        a_withdraw(document_id="3", timestamp=SWAPPED_AT + 3 * DAY),
    )
    holding = (3 * 0.4 + 3 * math.log10(50) / 5) / 30 * 150

    found = v2(record, as_of=SWAPPED_AT + 6 * DAY)

    assert halves(found) == pytest.approx((285 + holding, 212.5), abs=1e-9)
    assert found.categories[0].features.holding_score == pytest.approx(holding, abs=1e-9)
    assert found.categories[0].features.avg_holding_time_days == 4.5
    assert float(found.zscore) == pytest.approx(0.6 * (285 + holding) + 85, abs=1e-9)


def the_best_wallet():
    swaps = [
        a_swap(
            MILLION,
            document_id=f"s{n}",
            poolId=f"p{n % 4}",
            timestamp=SWAPPED_AT + n * DAY,
            tokenIn=a_token(MILLION, f"T{n}"),
        )
        for n in range(20)
    ]
    return a_wallet(*swaps, *(a_deposit(MILLION, 0.0, document_id=f"d{n}", poolId=f"p{n}") for n in range(10)))


def test_the_best_wallet_reaches_1000():
    found = v2(the_best_wallet(), as_of=SWAPPED_AT + 30 * DAY)

    assert halves(found) == (1000.0, 1000.0)
    assert found.zscore == "1000.000000000000000000"


def test_the_least_wallet_has_0():
    found = v2(a_wallet(a_swap(), a_way_back(60)))

    assert found.zscore == "0.000000000000000000"
    assert found.confidence == 0


@pytest.mark.parametrize(
    ("usd", "points"), [(0, 0), (9.99, 0), (10, 0), (100, 60), (1000, 120), (1e6, 300), (1e9, 300)]
)
def test_deposits_count_by_orders_of_magnitude(usd, points):
    """Besides 20 for a deposit and 20 for a pool, and 250 for retention if there is something to retain."""
    found = v2(a_wallet(a_deposit(usd, 0.0)), as_of=SWAPPED_AT)

    assert halves(found)[0] == pytest.approx(points + 40 + (250 if usd else 0), abs=1e-9)


def test_a_wallet_that_only_takes_out_has_nothing_retained():
    found = v2(a_wallet(a_withdraw()))

    assert halves(found) == (20.0, 0.0), "one pool"


def test_pools_of_swaps_are_no_pools_of_liquidity():
    found = v2(a_wallet(a_deposit(document_id="1"), a_swap(document_id="2", poolId="another")))

    assert found.categories[0].features.unique_pools == 1


@pytest.mark.parametrize(("seconds", "left_out"), [(0, 2), (299, 2), (300, 0), (100_000, 0)])
def test_a_swap_that_is_taken_back_within_five_minutes_counts_in_nothing(seconds, left_out):
    found = v2(a_wallet(a_swap(), a_way_back(seconds)))

    features = found.categories[1].features
    assert (features.round_trip_swaps, features.num_swaps) == (left_out, 2 - left_out)
    assert (found.categories[1].score == 0) == (left_out == 2)
    assert found.categories[1].transaction_count == 2


@pytest.mark.parametrize(
    "back",
    [
        a_way_back(60, poolId="another"),
        a_way_back(60, tokenOut=a_token(1000.0, "DAI")),
        a_way_back(60, tokenIn=a_token(1000.0), tokenOut=a_token(1000.0, "WETH")),
    ],
    ids=["in another pool", "to another token", "the same way"],
)
def test_what_is_no_way_back_takes_nothing_back(back):
    assert v2(a_wallet(a_swap(), back)).categories[1].features.round_trip_swaps == 0


def test_a_way_back_takes_the_earliest_open_swap_and_only_one():
    first, second = a_swap(10.0, 10.0, document_id="1"), a_swap(70.0, 70.0, document_id="2", timestamp=SWAPPED_AT + 1)

    features = v2(a_wallet(first, second, a_way_back(60))).categories[1].features

    assert (features.round_trip_swaps, features.total_swap_volume_usd) == (2, 70.0)


def test_swaps_of_nobody_knows_what_have_no_way_back():
    unknown = {"tokenIn": {"amountUSD": 5.0}, "tokenOut": {"amountUSD": 5.0}}
    swaps = [a_swap(document_id=f"{n}", timestamp=SWAPPED_AT + n) | unknown for n in range(3)]

    features = v2(a_wallet(*swaps)).categories[1].features

    assert (features.num_swaps, features.token_diversity_score) == (3, 0.0)


def test_holding_is_first_in_first_out_in_each_pool():
    """The withdrawal takes the older deposit of its own pool: 1 day, not 3; the other two stay for 5 and 2 days."""
    record = a_wallet(
        a_deposit(500.0, 500.0, document_id="1", poolId="a"),
        a_deposit(500.0, 500.0, document_id="2", poolId="b", timestamp=SWAPPED_AT + 2 * DAY),
        a_deposit(500.0, 500.0, document_id="3", poolId="b", timestamp=SWAPPED_AT + 3 * DAY),
        a_withdraw(500.0, 500.0, document_id="4", poolId="b", timestamp=SWAPPED_AT + 3 * DAY + 10),
    )

    found = v2(record, as_of=SWAPPED_AT + 5 * DAY).categories[0].features

    assert found.avg_holding_time_days == pytest.approx((5 + (1 + 10 / DAY) + 2) / 3, abs=1e-12)


def test_a_dollar_is_worth_more_than_a_cent_in_the_mean_of_holding():
    record = a_wallet(
        a_deposit(900.0, 0.0, document_id="1"),
        a_deposit(100.0, 0.0, document_id="2", timestamp=SWAPPED_AT + 10 * DAY),
    )

    assert v2(record, as_of=SWAPPED_AT + 20 * DAY).categories[0].features.avg_holding_time_days == pytest.approx(19.0)


def test_what_comes_after_the_moment_of_scoring_was_held_for_no_time():
    record = a_wallet(
        a_deposit(document_id="1", timestamp=SWAPPED_AT - DAY),
        a_withdraw(500.0, 500.0, document_id="2", timestamp=SWAPPED_AT + DAY),
        a_deposit(document_id="3", timestamp=SWAPPED_AT + DAY),
    )

    assert v2(record, as_of=SWAPPED_AT).categories[0].features.avg_holding_time_days == 0.5


@pytest.mark.parametrize("transactions", [1, 10, 25])
def test_confidence_grows_with_what_there_is_to_judge_by(transactions):
    deposits = [a_deposit(document_id=f"{n}") for n in range(transactions)]

    assert v2(a_wallet(*deposits)).confidence == pytest.approx(1 - math.exp(-transactions / 10), abs=1e-12)


@pytest.mark.parametrize("categories", ["split", "merged"])
@pytest.mark.parametrize("variant", ["zeru-v1", "seed-readme"])
def test_other_variants_write_none_of_what_is_new(variant, categories):
    written = msgspec.json.encode(scored(a_wallet(a_swap()), variant=variant, categories=categories))

    assert not [word for word in (b"confidence", b"holding_score", b"round_trip") if word in written]


@pytest.mark.parametrize(
    ("first", "second", "points"),
    [
        ({"symbol": "usdc"}, {"symbol": "USDC"}, 10),
        ({"symbol": "weth"}, {"symbol": "WETH"}, 15),
        ({"address": "0xAB"}, {"address": "0xab"}, 15),
        ({"address": "0xab"}, {"address": "0xcd"}, 30),
        ({"symbol": "", "address": "0xab"}, {"symbol": None, "address": "0xab"}, 15),
        ({"symbol": "UNI", "address": "0xab"}, {"symbol": "UNI", "address": "0xcd"}, 15),
        ({"address": 7}, {"symbol": "UNI"}, 15),
        ({}, {}, 0),
    ],
)
def test_a_token_is_its_symbol_in_any_case_else_its_address(first, second, points):
    record = a_wallet(a_swap() | {"tokenIn": {"amountUSD": 5.0, **first}, "tokenOut": {"amountUSD": 5.0, **second}})

    found = v2(record)

    assert found.categories[1].features.token_diversity_score == points
    assert found.skipped_transactions == 0


def test_a_token_without_a_symbol_leaves_the_scores_of_others_as_they_were():
    nameless = {"amount": 5, "amountUSD": 5.0, "address": "0xab"}
    record = a_wallet(a_swap() | {"tokenIn": nameless})

    assert scored(record).categories[1].features.token_diversity_score == 30, "the missing symbol is a token of its own"


@given(busy_wallets() | wallets(max_size=12), st.integers(SWAPPED_AT - DAY, AS_OF + 10**8))
def test_scores_equal_the_second_opinion(record, as_of):
    expected = reputation_v2.score(record, as_of)

    found = v2(record, as_of)

    assert halves(found) == pytest.approx((expected["lp"], expected["swap"]), abs=1e-6)
    assert float(found.zscore) == pytest.approx(expected["final"], abs=1e-6)
    assert found.confidence == pytest.approx(expected["confidence"], abs=1e-12)
    assert found.categories[1].features.round_trip_swaps == expected["round_trip_swaps"]


def test_931_real_wallets_score_as_the_second_opinion_says(scoring_data: Path):
    lines = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()

    assert len(lines) == 931
    for line in lines:
        expected = reputation_v2.score(line, AS_OF)
        found = v2(line)
        assert halves(found) == pytest.approx((expected["lp"], expected["swap"]), abs=1e-6)
        assert found.categories[1].features.round_trip_swaps == expected["round_trip_swaps"]


def test_the_largest_amounts_are_scored_and_sums_beyond_any_float_are_refused():
    one, other = a_deposit(1e308, 0.0, document_id="1"), a_deposit(1e308, 0.0, document_id="2")

    assert halves(v2(a_wallet(one)))[0] == pytest.approx(300 + 20 + 250 + 30 + 20, abs=1e-9), "six days of 30"
    assert rejected(a_wallet(one, other), variant="reputation-v2").reason == "nan_or_inf"


def test_the_declared_range_is_all_of_it():
    assert a_scorer(variant="reputation-v2").range == (0.0, 1000.0, "better")
