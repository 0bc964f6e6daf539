"""What a person may set: weights of the two halves, and the shape of the output. Every parameter is live."""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, UnsetType

from scoring_service.scorers.parameters import Parameters, Rule, parameter


class Weights(Parameters, frozen=True):
    """Shares of the two scores in the final one; together at most 1, so that it stays within 0 and 1000."""

    liquidity_provision: Annotated[
        float, parameter("Weight of the liquidity-provision score (0 to 1000).", unit="share", ge=0, le=1)
    ] = 0.6
    trading: Annotated[
        float,
        parameter(
            "Weight of the trading score (0 to 800; of reputation-v2 to 1000, of seed-readme to 100).",
            unit="share",
            ge=0,
            le=1,
        ),
    ] = 0.4

    rules: ClassVar = (
        Rule(
            "double(self.liquidityProvision) + double(self.trading) <= 1.0",
            "liquidityProvision + trading must be at most 1, so that scores stay within 0 and 1000: lower one of them",
            lambda weights: weights.liquidity_provision + weights.trading <= 1.0,
        ),
    )


class WalletReputationParameters(Parameters, frozen=True):
    """Reputation of a wallet from its deposits, withdrawals and swaps on decentralised exchanges."""

    variant: Annotated[
        Literal["reputation-v2", "seed-readme", "zeru-v1"],
        parameter(
            "The formulas; scores of different variants do not compare. Recommended is reputation-v2; zeru-v1 and "
            "seed-readme reproduce others' scores, flaws included."
        ),
    ]
    weights: Annotated[Weights, parameter("Shares of the two scores in the final one; together at most 1.")] = Weights()
    categories: Annotated[
        Literal["split", "merged"],
        parameter("Output two categories, liquidity_provision and trading (split), or one, dexes (merged)."),
    ] = "split"
    strict: Annotated[
        bool,
        parameter("Reject a record for its first unreadable transaction, instead of skipping and counting it."),
    ] = False
    zscore_decimals: Annotated[
        int,
        parameter(
            "Digits after the point of the zscore string; without effect on seed-readme, which rounds to three.",
            unit="digits",
            ge=0,
            le=18,
        ),
    ] = 18
    top_reasons: (
        Annotated[
            int,
            parameter(
                "How many of the features that gave most are listed in `top_reasons` of the output.",
                unit="features",
                ge=0,
                le=12,
            ),
        ]
        | UnsetType
    ) = UNSET
    """Younger than the first release, so without a default: the revisions of older pipelines stay what they are."""
