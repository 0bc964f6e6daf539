"""The registry: every member of the CRD's union, and what is wrong with a block that does not build."""

import pytest

from scoring_service.contract.scorer_file import ScorerBlock
from scoring_service.errors import InvalidParameters
from scoring_service.scorers import custom
from scoring_service.scorers.registry import SCORERS, build
from scoring_service.scorers.wallet_reputation import WalletReputation, WalletReputationParameters


def a_block(member: str = "walletReputation", **parameters) -> ScorerBlock:
    return ScorerBlock(member=member, parameters=parameters)


def test_scorers_stand_in_alphabetical_order_by_their_own_names():
    assert list(SCORERS) == sorted(SCORERS)
    assert custom.MEMBER not in SCORERS
    assert {name: scorer.name for name, scorer in SCORERS.items()} == {name: name for name in SCORERS}


def test_a_block_builds_with_its_defaults():
    scorer = build(a_block(variant="zeru-v1", weights={"trading": 0.3}))

    assert isinstance(scorer, WalletReputation)
    assert (
        scorer.parameters
        == build(
            a_block(
                variant="zeru-v1",
                weights={"liquidityProvision": 0.6, "trading": 0.3},
                categories="split",
                strict=False,
                zscoreDecimals=18,
            )
        ).parameters
    )
    assert isinstance(scorer.parameters, WalletReputationParameters)


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (a_block("horoscope"), f"scorer: expected one of {', '.join((custom.MEMBER, *SCORERS))} (got 'horoscope')"),
        (a_block(), "scorer.walletReputation: Object missing required field `variant` (got {})"),
        (
            a_block(variant="zeru-v9"),
            "scorer.walletReputation.variant: Expected one of reputation-v2, seed-readme, zeru-v1 (got 'zeru-v9')",
        ),
        (
            a_block(variant="zeru-v1", weights={"tradign": 1}),
            "scorer.walletReputation.weights: Object contains unknown field `tradign` (got {'tradign': 1})",
        ),
        (
            a_block(variant="zeru-v1", weights={"trading": 1.5}),
            "scorer.walletReputation.weights.trading: Expected `float` <= 1.0 (got 1.5)",
        ),
        (
            a_block(variant="zeru-v1", weights={"trading": "half"}),
            "scorer.walletReputation.weights.trading: Expected `float`, got `str` (got 'half')",
        ),
        (
            a_block(variant="zeru-v1", weights={"trading": 0.7}),
            "scorer.walletReputation.weights: liquidityProvision + trading must be at most 1, so that scores stay "
            "within 0 and 1000: lower one of them (got {'trading': 0.7})",
        ),
        (
            a_block(variant="zeru-v1", zscoreDecimals=19),
            "scorer.walletReputation.zscoreDecimals: Expected `int` <= 18 (got 19)",
        ),
        (
            a_block(variant="zeru-v1", strict=None),
            "scorer.walletReputation.strict: Expected `bool`, got `null` (got None)",
        ),
    ],
)
def test_a_block_that_does_not_build_names_field_expectation_and_value(block, says):
    with pytest.raises(InvalidParameters) as refused:
        build(block)

    assert str(refused.value) == says


@pytest.mark.parametrize("parameters", [{"variant": "x" * 10_000}, {"variant": "zeru-v1", "y" * 10_000: 1}])
def test_a_message_is_bounded_whatever_was_written(parameters):
    with pytest.raises(InvalidParameters) as refused:
        build(a_block(**parameters))

    assert len(str(refused.value)) <= 400


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.1])
def test_a_weight_is_a_share(number):
    with pytest.raises(InvalidParameters, match=r"weights\.trading"):
        build(a_block(variant="zeru-v1", weights={"trading": number}))


@pytest.mark.parametrize("hundredths", range(101))
def test_shares_that_add_up_to_one_on_paper_are_accepted(hundredths):
    build(
        a_block(
            variant="zeru-v1", weights={"liquidityProvision": hundredths / 100, "trading": (100 - hundredths) / 100}
        )
    )


def test_a_member_of_any_length_is_refused_in_a_line():
    with pytest.raises(InvalidParameters) as refused:
        build(a_block("x" * 5000))

    assert len(str(refused.value)) < 300


def test_a_parameter_with_a_line_end_in_its_name_is_refused_in_a_line():
    with pytest.raises(InvalidParameters) as refused:
        build(a_block(**{"a\n": 1}))

    assert str(refused.value).startswith("scorer.walletReputation: Object contains unknown field `a ` (got {")
    assert "\n" not in str(refused.value)
