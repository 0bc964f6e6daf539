"""The laws of reputation-v2, each as it is stated: what may be added to a wallet, and what can then not happen.

They are judged term by term, which says more than of the score: it is their sum, and a law that holds for each holds
for it. Sums of floats are rounded, hence the tolerance.
"""

import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from harness.bustle import busy_wallets, moves, swaps
from harness.scoring import SOURCE, a_scorer, scored
from harness.wallets import AS_OF, Json, a_wallet, encoded, wallets
from scoring_service.scorers.base import Row
from scoring_service.scorers.wallet_reputation.output import WalletScore

TOLERANCE = 1e-9

any_wallet = busy_wallets() | wallets(max_size=10)
any_moment = st.integers(AS_OF - 10**6, AS_OF + 10**7)
VOLUME_TERMS = ("total_deposit_usd", "holding_score", "total_swap_volume_usd")


def v2(record: Json, as_of: float, **parameters: Any) -> WalletScore:
    return scored(record, as_of, variant="reputation-v2", **parameters)


def terms(record: Json, as_of: float) -> dict[str, float]:
    """Return what each feature gives to the score, by its name without the category."""
    scorer = a_scorer(variant="reputation-v2")
    row = Row(scorer.decode(encoded(record)), None, as_of, SOURCE)
    return {part.feature.partition(".")[2]: part.contribution for part in scorer.contributions(row)}


def transactions(record: Json) -> list[Json]:
    return record["data"][0]["transactions"]


def with_one_more(record: Json, item: Json) -> Json:
    return a_wallet(*transactions(record), {"document_id": "one more", **item}, address=record["wallet_address"])


def assert_nothing_falls(before: dict[str, float], after: dict[str, float]) -> None:
    assert {name: after[name] for name in after if after[name] < before[name] - TOLERANCE} == {}


@given(any_wallet, moves("deposit"), any_moment)
def test_adding_a_deposit_never_lowers_a_term(record, deposit, as_of):
    assert_nothing_falls(terms(record, as_of), terms(with_one_more(record, deposit), as_of))


@given(any_wallet, moves("deposit"), any_moment)
def test_adding_a_deposit_never_lowers_the_score(record, deposit, as_of):
    before, after = v2(record, as_of), v2(with_one_more(record, deposit), as_of)

    assert after.number >= before.number - TOLERANCE


@given(any_wallet, swaps(), any_moment)
def test_adding_a_pool_by_a_swap_never_lowers_a_term(record, swap, as_of):
    swap = {**swap, "poolId": "a pool that is new"}

    assert_nothing_falls(terms(record, as_of), terms(with_one_more(record, swap), as_of))


@given(any_wallet, moves("deposit"), any_moment)
def test_adding_a_pool_by_a_deposit_raises_the_number_of_pools_and_lowers_no_term(record, deposit, as_of):
    more = with_one_more(record, {**deposit, "poolId": "a pool that is new"})

    pools, more_pools = (v2(each, as_of).categories[0].features.unique_pools for each in (record, more))
    assert more_pools == pools + 1
    assert_nothing_falls(terms(record, as_of), terms(more, as_of))


@given(any_wallet, swaps(), st.sampled_from(["tokenIn", "tokenOut"]), any_moment)
def test_adding_a_token_never_lowers_a_term(record, swap, leg, as_of):
    """In any pool and at any time, so also where its way back would be."""
    swap[leg] = {"amountUSD": 5.0, "symbol": "A TOKEN THAT IS NEW"}

    assert_nothing_falls(terms(record, as_of), terms(with_one_more(record, swap), as_of))


@given(any_wallet, moves("withdraw"), any_moment)
def test_adding_a_withdrawal_never_raises_retention_nor_holding(record, withdrawal, as_of):
    before, after = terms(record, as_of), terms(with_one_more(record, withdrawal), as_of)

    assert after["withdraw_ratio"] <= before["withdraw_ratio"]
    assert after["holding_score"] <= before["holding_score"] + TOLERANCE


@given(any_wallet, st.randoms(use_true_random=False), any_moment)
def test_the_order_of_transactions_does_not_change_a_bit(record, shuffler: random.Random, as_of):
    before = v2(record, as_of)
    shuffler.shuffle(transactions(record))

    assert v2(record, as_of) == before


@given(any_wallet, st.data(), any_moment)
def test_duplicates_do_not_matter(record, data, as_of):
    again = data.draw(st.lists(st.sampled_from(transactions(record)), max_size=4))
    before = v2(record, as_of)

    found = v2(a_wallet(*again, *transactions(record), address=record["wallet_address"]), as_of)

    assert found.duplicate_transactions == len(again)
    found.duplicate_transactions = 0
    assert found == before


@given(any_wallet, swaps() | moves(), swaps() | moves(), any_moment)
def test_of_two_transactions_with_one_identity_the_same_counts_in_either_order(record, one, other, as_of):
    one, other = {"document_id": "twice", **one}, {"document_id": "twice", **other}
    rest = transactions(record)

    assert v2(a_wallet(one, *rest, other), as_of) == v2(a_wallet(other, *rest, one), as_of)


@given(any_wallet, st.floats(1, 1e6), any_moment)
def test_scaling_dollars_up_never_lowers_a_volume_term(record, factor, as_of):
    before = terms(record, as_of)
    for item in transactions(record):
        for leg in ("tokenIn", "tokenOut", "token0", "token1"):
            if leg in item:
                item[leg]["amountUSD"] *= factor

    after = terms(record, as_of)

    for name in VOLUME_TERMS:
        assert after[name] >= before[name] - TOLERANCE, name


@given(any_wallet, any_moment, st.integers(0, 10**7))
def test_time_alone_never_lowers_a_score(record, as_of, seconds):
    assert_nothing_falls(terms(record, as_of), terms(record, as_of + seconds))


@given(any_wallet, any_moment)
def test_scores_stay_within_0_and_1000_and_confidence_within_0_and_1(record, as_of):
    found = v2(record, as_of)

    assert all(0 <= category.score <= 1000 for category in found.categories)
    assert 0 <= found.number <= 1000
    assert 0 <= found.confidence < 1


@given(busy_wallets(), any_moment)
def test_without_a_deposit_or_withdrawal_there_are_no_points_for_liquidity(record, as_of):
    only = [item for item in transactions(record) if item["action"] == "swap"]
    assume(only)

    assert v2(a_wallet(*only), as_of).categories[0].score == 0


def test_a_swap_that_ends_a_round_trip_is_what_can_lower_a_score():
    """The one exception, so that nobody takes the law for wider than it is."""
    legs = {"tokenIn": {"amountUSD": 100.0, "symbol": "USDC"}, "tokenOut": {"amountUSD": 100.0, "symbol": "WETH"}}
    there = {"document_id": "1", "action": "swap", "timestamp": 10, "poolId": "p", **legs}
    back = {**there, "document_id": "2", "timestamp": 20, "tokenIn": legs["tokenOut"], "tokenOut": legs["tokenIn"]}

    assert v2(a_wallet(there), AS_OF).number > 0
    assert v2(a_wallet(there, back), AS_OF).number == 0
