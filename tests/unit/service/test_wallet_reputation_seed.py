"""Variant seed-readme: by hand, by a second opinion, and in its own range."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import a_scorer, outcome, scored
from harness.wallets import AS_OF, SWAPPED_AT, a_deposit, a_swap, a_token, a_wallet, a_withdraw, wallets
from oracle import seed_readme
from scoring_service.scorers.wallet_reputation.output import WalletScore

DAY = 86_400


def seed(record, as_of=AS_OF, **parameters) -> WalletScore:
    return scored(record, as_of, variant="seed-readme", **parameters)


def halves(found: WalletScore) -> tuple[float, float]:
    liquidity, trading = found.categories
    return liquidity.score, trading.score


def test_a_single_swap_has_250_for_liquidity_and_stands_at_the_upper_bound():
    """250 for retention; 3 + 0.4 + 20 + 0 + 1.5 for the swap; 159.96 is 4.398 spreads above 50."""
    found = seed(a_wallet(a_swap()))

    assert halves(found) == pytest.approx((250.0, 24.9), abs=1e-12)
    assert found.zscore == "3.0"


def test_a_deposit_that_was_taken_out_again_stands_below_the_centre():
    """3 for 100 USD, 20 for one deposit, 5 for one day of 30, 20 for one pool: 48, by 0.6 28.8, which is -0.848."""
    record = a_wallet(
        a_deposit(50.0, 50.0, document_id="1"),
        a_withdraw(50.0, 50.0, document_id="2", timestamp=SWAPPED_AT + DAY),
    )

    found = seed(record)

    assert halves(found) == (48.0, 0.0)
    assert found.zscore == "-0.848"


def test_an_open_deposit_has_no_holding_time():
    """Two days of the closed one; the other would have made it more, or less."""
    record = a_wallet(
        a_deposit(document_id="1"),
        a_withdraw(document_id="2", timestamp=SWAPPED_AT + 2 * DAY),
        a_deposit(document_id="3", timestamp=SWAPPED_AT + 3 * DAY),
    )

    assert seed(record).categories[0].features.avg_holding_time_days == 2.0
    assert seed(a_wallet(a_deposit())).categories[0].features.avg_holding_time_days == 0.0


def test_swaps_give_liquidity_neither_pools_nor_age():
    record = a_wallet(
        a_deposit(document_id="1"),
        a_swap(document_id="2", timestamp=SWAPPED_AT + DAY, poolId="another"),
    )

    features = seed(record).categories[0].features

    assert (features.unique_pools, features.account_age_days) == (1, 0.0)


def test_a_busy_trader_has_all_of_the_100_points():
    swaps = [
        a_swap(1000.0, document_id=f"{n}", poolId=f"p{n % 10}", tokenIn=a_token(1000.0, f"T{n}")) for n in range(50)
    ]

    assert halves(seed(a_wallet(*swaps))) == (250.0, 100.0)


def test_weights_share_the_final_score_and_nothing_is_two_spreads_below_the_centre():
    everything_out = a_wallet(a_deposit(document_id="1"), a_withdraw(500.0, 500.0, document_id="2"))

    assert seed(everything_out, weights={"liquidityProvision": 0, "trading": 1}).zscore == "-2.0"


@pytest.mark.parametrize("decimals", [0, 2, 18])
def test_the_number_of_decimals_does_not_matter(decimals):
    """30 + 20 + 0 + 0 + 20, by 0.6: 42, which is -0.32."""
    record = a_wallet(a_deposit(document_id="1"), a_withdraw(500.0, 500.0, document_id="2"))

    assert seed(record, zscoreDecimals=decimals).zscore == "-0.32"


@given(wallets(max_size=12), st.integers(0, AS_OF + 10**8))
def test_scores_equal_the_second_opinion_at_any_moment(record, as_of):
    lp, swap, z = seed_readme.score(record)

    found = seed(record, as_of)

    assert halves(found) == pytest.approx((lp, swap), abs=1e-9)
    assert float(found.zscore) == pytest.approx(z, abs=5e-4 + 1e-9)
    assert len(found.zscore.partition(".")[2]) <= 3
    assert seed(record, as_of, categories="merged").categories[0].score == pytest.approx(z, abs=1e-9)


def test_931_real_wallets_score_as_the_second_opinion_says(scoring_data: Path):
    lines = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()

    assert len(lines) == 931
    for line in lines:
        lp, swap, z = seed_readme.score(line)
        found = seed(line)
        assert halves(found) == pytest.approx((lp, swap), abs=1e-9)
        assert float(found.zscore) == pytest.approx(z, abs=5e-4 + 1e-9)


def test_the_declared_range_is_that_of_the_variant():
    assert a_scorer(variant="seed-readme").range == (-3.0, 3.0, "better")
    assert a_scorer().range == (0.0, 1000.0, "better")


def test_the_output_names_the_variant():
    assert outcome(a_wallet(a_swap()), variant="seed-readme").model_version == "seed-readme"
