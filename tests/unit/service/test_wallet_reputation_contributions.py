"""Which feature gave how much: the parts add up to the score, and are named as in the output."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bustle import busy_wallets
from harness.scoring import SOURCE, a_scorer, outcome, scored
from harness.wallets import AS_OF, a_deposit, a_swap, a_wallet, encoded, imperfect_wallets, wallets
from scoring_service import generate
from scoring_service.scorers.base import Contribution, Explaining, Rejection, Row
from scoring_service.scorers.wallet_reputation import formula
from scoring_service.scorers.wallet_reputation.contributions import PATHS, contributions
from scoring_service.scorers.wallet_reputation.features import FREQUENCY_POINTS, MAX_DIVERSITY, Features
from scoring_service.scorers.wallet_reputation.output import WalletScore
from scoring_service.scorers.wallet_reputation.parameters import Weights
from scoring_service.scorers.wallet_reputation.variants import VARIANTS

amounts = st.floats(0, 1e300)
counts = st.integers(0, 10**6)
shapes = st.sampled_from(sorted(PATHS))
variants = st.sampled_from(sorted(VARIANTS))


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    liquidity = draw(st.floats(0, 1))
    return Weights(liquidity_provision=liquidity, trading=draw(st.floats(0, 1 - liquidity)))


found_features = st.builds(
    Features,
    *(amounts, amounts, counts, counts, amounts, amounts, amounts, counts, amounts, counts, counts, amounts),
    st.floats(0, MAX_DIVERSITY),
    st.sampled_from([0.0, *FREQUENCY_POINTS]),
)


def explained(record: Any, as_of: float = AS_OF, **parameters: Any) -> list[Contribution]:
    scorer = a_scorer(**parameters)
    assert isinstance(scorer, Explaining)
    value = scorer.decode(record if isinstance(record, bytes) else encoded(record))
    return [] if isinstance(value, Rejection) else list(scorer.contributions(Row(value, None, as_of, SOURCE)))


def total(parts: list[Contribution]) -> float:
    return sum(part.contribution for part in parts)


@given(found_features, weights(), shapes)
def test_contributions_add_up_to_the_formula_whatever_is_capped(found: Features, shares: Weights, shape: str) -> None:
    final = formula.scores(found, shares).final

    parts = contributions(formula.final_terms(found, shares), PATHS[shape])

    assert total(parts) == pytest.approx(final, abs=1e-9, rel=0)
    assert [part.feature for part in parts] == list(PATHS[shape])
    assert all(part.contribution >= 0 for part in parts)


@given(wallets() | imperfect_wallets() | busy_wallets(), variants, shapes, st.integers(AS_OF, AS_OF + 10**8))
def test_contributions_of_a_record_add_up_to_its_score_before_it_is_rounded(
    record: Any, variant: str, shape: str, as_of: int
) -> None:
    record.pop("as_of", None)  # the moment is given here
    result = outcome(record, as_of, variant=variant, categories="merged")

    parts = explained(record, as_of, variant=variant, categories=shape)

    expected = result.categories[0].score if isinstance(result, WalletScore) else 0.0
    assert total(parts) == pytest.approx(expected, abs=1e-9, rel=0)


@given(wallets() | busy_wallets(), variants, shapes)
def test_as_many_reasons_as_there_may_be_are_all_of_the_score(record: Any, variant: str, shape: str) -> None:
    bound = max(len(VARIANTS[name].paths[shape]) for name in VARIANTS)

    found = scored(record, variant=variant, categories=shape, topReasons=bound)
    unrounded = scored(record, variant=variant, categories="merged").categories[0].score

    assert isinstance(found.top_reasons, list)
    assert total(found.top_reasons) == pytest.approx(unrounded, abs=1e-9, rel=0)
    assert all(reason.contribution for reason in found.top_reasons)


@pytest.mark.parametrize("shape", sorted(PATHS))
@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_contributions_of_generated_and_of_real_wallets_add_up(variant: str, shape: str, scoring_data: Path) -> None:
    real = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()
    generated = [record.value for record in generate.wallets(300, 11, invalid=0.1)]

    for line in [*real, *generated]:
        result = outcome(line, variant=variant, categories="merged")
        expected = result.categories[0].score if isinstance(result, WalletScore) else 0.0
        parts = explained(line, variant=variant, categories=shape)
        assert total(parts) == pytest.approx(expected, abs=1e-9, rel=0)

    assert len(real) == 931


@pytest.mark.parametrize("shape", sorted(PATHS))
@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_every_path_is_a_feature_of_the_output_or_what_makes_a_zscore_of_it(variant: str, shape: str) -> None:
    output = msgspec.to_builtins(scored(a_wallet(a_swap(), a_deposit()), variant=variant, categories=shape))
    known = {f"{each['category']}.{name}" for each in output["categories"] for name in each["features"]}

    paths = VARIANTS[variant].paths[shape]

    assert len(set(paths)) == len(paths)
    beyond = {"zscore.centre", "zscore.bound"} if variant == "seed-readme" else set()
    assert set(paths) - known == beyond


def test_a_hand_made_wallet_is_explained_term_by_term() -> None:
    """One swap of 1000 USD: 250 for keeping everything and 20 for a pool, by 0.6; 5, 10, 25 and 25, by 0.4."""
    parts = {part.feature: part.contribution for part in explained(a_wallet(a_swap())) if part.contribution}

    assert parts == {
        "liquidity_provision.withdraw_ratio": 150.0,
        "liquidity_provision.unique_pools": 12.0,
        "trading.total_swap_volume_usd": 2.0,
        "trading.num_swaps": 4.0,
        "trading.token_diversity_score": 10.0,
        "trading.unique_pools_swapped": 10.0,
    }


def test_a_hand_made_wallet_is_explained_by_reputation_v2() -> None:
    """Two of five orders of magnitude, one swap, a stable token and another, one day, one pool: by 1.25 and by 0.4."""
    parts = explained(a_wallet(a_swap()), variant="reputation-v2")

    assert {part.feature: part.contribution for part in parts if part.contribution} == pytest.approx(
        {
            "trading.total_swap_volume_usd": 50.0,
            "trading.num_swaps": 5.0,
            "trading.token_diversity_score": 12.5,
            "trading.swap_frequency_score": 5.0,
            "trading.unique_pools_swapped": 12.5,
        },
        abs=1e-9,
    )


def test_a_hand_made_wallet_is_explained_by_seed_readme() -> None:
    """250 for retention by 0.6 / 25; 3, 0.4, 20 and 1.5 by 0.4 / 25; less 50 / 25; the bound at 3 takes the rest."""
    parts = {part.feature: part.contribution for part in explained(a_wallet(a_swap()), variant="seed-readme")}

    assert {name: value for name, value in parts.items() if value} == pytest.approx(
        {
            "liquidity_provision.withdraw_ratio": 6.0,
            "trading.total_swap_volume_usd": 0.048,
            "trading.num_swaps": 0.0064,
            "trading.token_diversity_score": 0.32,
            "trading.unique_pools_swapped": 0.024,
            "zscore.centre": -2.0,
            "zscore.bound": -1.3984,
        },
        abs=1e-9,
    )


def test_the_top_reasons_are_the_largest_contributions_in_order() -> None:
    found = scored(a_wallet(a_swap()), topReasons=3)

    assert msgspec.to_builtins(found.top_reasons) == [
        {"feature": "liquidity_provision.withdraw_ratio", "contribution": 150.0},
        {"feature": "liquidity_provision.unique_pools", "contribution": 12.0},
        {"feature": "trading.token_diversity_score", "contribution": 10.0},
    ]


def test_what_gave_nothing_is_no_reason() -> None:
    assert len(scored(a_wallet(a_swap()), topReasons=10).top_reasons) == 6


@pytest.mark.parametrize("asked", [{}, {"topReasons": 0}])
def test_without_reasons_the_output_is_what_it_was(asked: dict[str, int]) -> None:
    """Nothing is added for pipelines that do not ask: not a byte, and not a hash."""
    assert b"reasons" not in msgspec.json.encode(scored(a_wallet(a_swap()), **asked))


@given(wallets(), variants)
def test_reasons_change_nothing_else(record: Any, variant: str) -> None:
    plain, told = scored(record, variant=variant), scored(record, variant=variant, topReasons=5)
    told.top_reasons = msgspec.UNSET

    assert msgspec.json.encode(told) == msgspec.json.encode(plain)
