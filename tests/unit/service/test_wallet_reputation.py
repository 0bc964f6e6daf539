"""Variant zeru-v1: by published examples, by a second opinion, and by what must not matter."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import parts, scored
from harness.wallets import (
    AS_OF,
    SWAPPED_AT,
    WALLET,
    a_deposit,
    a_swap,
    a_token,
    a_wallet,
    a_withdraw,
    rubbish,
    wallets,
)
from oracle import zeru

DAY = 86_400


def a_swap_and_a_deposit(deposited_at: int):
    return a_wallet(a_swap(document_id="1"), a_deposit(document_id="2", timestamp=deposited_at))


def test_the_requirements_single_swap_scores_188():
    found = scored(a_wallet(a_swap()))

    assert parts(found) == (270.0, 65.0, 188.0)
    assert found.zscore == "188.000000000000000000"


def test_the_tasks_three_transactions_score_143_03125():
    found = scored(
        a_wallet(
            a_swap(document_id="1", timestamp=1703980800),
            a_deposit(document_id="2", timestamp=1703980900),
            a_withdraw(document_id="3", timestamp=1703981800),
        )
    )

    assert parts(found) == (195.05208333333334, 65.0, 143.03125)


def test_the_tasks_two_transactions_score_by_the_moment_of_scoring():
    record = a_swap_and_a_deposit(deposited_at=1703980900)

    assert parts(scored(record, as_of=1704499200)) == (349.994212962963, 65.0, 235.9965277777778)
    assert parts(scored(record, as_of=1704499200 + DAY))[0] == pytest.approx(349.994212962963 + 5, abs=1e-9)


def test_a_published_swap_and_deposit_score_478():
    record = a_wallet(a_swap(5000.0, 4800.0, document_id="1"), a_deposit(10000.0, 9500.0, document_id="2"))

    assert parts(scored(record, as_of=SWAPPED_AT + 30 * DAY)) == (740.0, 85.0, 478.0)


def test_the_records_own_as_of_wins():
    record = a_swap_and_a_deposit(1703980900) | {"as_of": 1704499200}

    found = scored(record, as_of=1)

    assert found.as_of == 1704499200
    assert parts(found)[2] == 235.9965277777778


def test_a_deposit_after_the_moment_of_scoring_was_held_for_no_time():
    found = scored(a_wallet(a_deposit(timestamp=AS_OF + DAY)), as_of=AS_OF)

    assert found.categories[0].features.avg_holding_time_days == 0.0


def test_a_withdrawal_at_the_very_second_of_a_deposit_does_not_end_it():
    record = a_wallet(a_deposit(document_id="1"), a_withdraw(document_id="2"))

    found = scored(record, as_of=SWAPPED_AT + DAY)

    assert found.categories[0].features.avg_holding_time_days == 1.0


@given(wallets(max_size=12), st.integers(AS_OF, AS_OF + 10**8))
def test_scores_and_features_equal_the_second_opinion(record, as_of):
    expected = zeru.score(record, as_of)

    merged = scored(record, as_of, categories="merged").categories[0]
    split = parts(scored(record, as_of))

    assert split == pytest.approx((expected["lp"], expected["swap"], expected["final"]), abs=1e-9)
    assert merged.score == pytest.approx(expected["final"], abs=1e-9)
    for name, value in expected["features"].items():
        assert getattr(merged.features, name) == pytest.approx(value, rel=1e-12, abs=1e-9), name


@given(wallets(max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_transactions_does_not_change_a_bit(record, shuffler: random.Random):
    before = scored(record)
    shuffler.shuffle(record["data"][0]["transactions"])

    assert scored(record) == before


@given(wallets(max_size=6), st.randoms(use_true_random=False))
def test_transactions_score_the_same_in_one_block_or_in_many(record, cutter: random.Random):
    before = scored(record)
    items = record["data"][0]["transactions"]
    cut = cutter.randint(0, len(items))
    lending = {"protocolType": "lending", "transactions": [{"anything": 1}]}
    record["data"] = [
        {"protocolType": "dexes", "transactions": items[:cut]},
        lending,
        {"protocolType": "dexes", "transactions": items[cut:]},
    ]

    assert scored(record) == before


@given(wallets(max_size=6), st.data())
def test_duplicates_by_document_id_count_once(record, data):
    before = scored(record)
    items = record["data"][0]["transactions"]
    again = data.draw(st.lists(st.sampled_from(items), max_size=4))

    found = scored(a_wallet(*again, *items, address=record["wallet_address"]))

    assert found.duplicate_transactions == found.duplicates == len(again)
    assert parts(found) == parts(before)


@pytest.mark.parametrize("amount", [1, 10**30, 2**256 - 1, -1, 1.5, "1e9", None, [], {"nested": [1]}, True])
def test_a_token_amount_does_not_matter_whatever_it_is(amount):
    record = a_wallet(a_swap(tokenIn=a_token(1000.0, amount=amount), tokenOut=a_token(1000.0, "WETH", amount=amount)))

    assert parts(scored(record)) == (270.0, 65.0, 188.0)
    assert scored(record).skipped_transactions == 0


@given(wallets(max_size=3), st.dictionaries(st.sampled_from(["protocol", "poolName", "extra"]), rubbish))
def test_fields_that_no_formula_reads_do_not_matter(record, extra):
    before = scored(record)
    for item in record["data"][0]["transactions"]:
        item.update(extra)

    assert scored(record) == before


def test_a_larger_leg_is_the_volume_of_a_swap_and_both_legs_are_that_of_a_deposit():
    found = scored(a_wallet(a_swap(10, 30, document_id="1"), a_deposit(10, 30, document_id="2")))

    liquidity, trading = found.categories
    assert trading.features.total_swap_volume_usd == 30
    assert liquidity.features.total_deposit_usd == 40


def test_a_missing_leg_counts_zero_if_the_other_has_a_value():
    swap = a_swap(document_id="1")
    del swap["tokenOut"]
    deposit = a_deposit(document_id="2")
    del deposit["token0"]["amountUSD"]

    found = scored(a_wallet(swap, deposit))

    assert found.skipped_transactions == 0
    assert found.categories[1].features.total_swap_volume_usd == 1000
    assert found.categories[0].features.total_deposit_usd == 500
    assert found.categories[1].features.token_diversity_score == 25, "USDC, and the missing symbol"


@pytest.mark.parametrize(
    ("alias", "action"),
    [("mint", "deposit"), ("add_liquidity", "deposit"), ("burn", "withdraw"), ("remove_liquidity", "withdraw")],
)
def test_other_names_of_an_action_mean_the_same(alias, action):
    item = a_deposit(action=action)

    assert scored(a_wallet(item | {"action": alias})) == scored(a_wallet(item))


@pytest.mark.parametrize(
    ("hours", "points"),
    [(0.5, 100), (1, 100), (1.01, 80), (24, 80), (24.1, 60), (168, 60), (169, 40), (720, 40), (721, 20)],
)
def test_swaps_close_together_score_more(hours, points):
    apart = a_wallet(a_swap(document_id="1"), a_swap(document_id="2", timestamp=SWAPPED_AT + int(hours * 3600)))

    assert scored(apart).categories[1].features.swap_frequency_score == points


def test_a_whale_saturates_below_the_declared_maximum():
    swaps = [
        a_swap(1e9, document_id=f"s{n}", poolId=f"p{n}", timestamp=SWAPPED_AT + n, tokenIn=a_token(1e9, f"T{n}"))
        for n in range(40)
    ]
    deposits = [a_deposit(1e9, 1e9, document_id=f"d{n}") for n in range(20)]

    found = scored(a_wallet(*swaps, *deposits), as_of=SWAPPED_AT + 1000 * DAY)

    assert parts(found) == (1000.0, 800.0, 920.0)
    assert found.tags == ["Whale LP", "Long-term Holder", "Whale Trader", "Regular Trader", "Diversified Trader"]


@pytest.mark.parametrize(
    ("record", "tags"),
    [
        (a_wallet(a_swap()), ["Casual Trader"]),
        (a_wallet(a_swap(5001)), ["Active Trader"]),
        (a_wallet(a_deposit(500, 501)), ["Medium LP", "Short-term Holder"]),
        (a_wallet(a_deposit(500, 500)), ["Small LP", "Short-term Holder"]),
        (a_wallet(*[a_withdraw(document_id=f"{n}", poolId=f"{n}") for n in range(4)]), ["Multi-Pool LP"]),
    ],
    ids=["swap", "larger swap", "larger deposit", "deposit", "many pools"],
)
def test_tags_name_the_highest_step_passed(record, tags):
    assert scored(record).tags == tags


def test_weights_share_the_final_score():
    record = a_wallet(a_swap())

    assert parts(scored(record, weights={"liquidityProvision": 0.25, "trading": 0.75}))[2] == 116.25
    assert parts(scored(record, weights={"liquidityProvision": 0, "trading": 1}))[2] == 65.0


def test_callers_other_than_the_wallet_are_counted_and_do_not_matter():
    own, lower = a_swap(document_id="1"), a_swap(document_id="2", caller=WALLET.lower())
    router, nobody = a_swap(document_id="3", caller="0xrouter"), a_swap(document_id="4", caller={"not": "text"})

    found = scored(a_wallet(own, lower, router, nobody))

    assert found.caller_mismatches == 1
    assert found.skipped_transactions == 0


def test_a_wrong_checksum_of_an_address_is_no_failure_and_it_is_echoed_to_the_letter():
    assert scored(a_wallet(a_swap(), address=WALLET.lower())).wallet_address == WALLET.lower()
    assert scored(a_wallet(a_swap())).wallet_address == WALLET


def test_output_says_which_formulas_made_it_and_for_when():
    found = scored(a_wallet(a_swap()), as_of=1704499200.5)

    assert (found.model_version, found.as_of) == ("zeru-v1", 1704499200.5)
