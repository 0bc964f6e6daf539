"""What a person may set: each rule's thresholds and weight, and how much is remembered. Every parameter is live."""

from typing import Annotated, Literal

from scoring_service.scorers.parameters import Parameters, parameter

Weight = Annotated[float, parameter("What the rule adds to the risk.", unit="risk", ge=0, le=1)]
Count = Annotated[int, parameter("More than so many count.", unit="transactions", ge=0, le=1000)]


class FlashLoan(Parameters, frozen=True):
    """A large amount with next to no slippage over a long route."""

    amount: Annotated[float, parameter("More than this is large.", unit="tokens", ge=0, le=1e30)] = 1e6
    slippage: Annotated[float, parameter("Less than this is next to none.", unit="share", ge=0, le=1)] = 0.001
    route_length: Annotated[int, parameter("More pools than this are a long route.", unit="pools", ge=0, le=1000)] = 4
    weight: Weight = 0.15


class Mev(Parameters, frozen=True):
    """A high gas price while the sender trades the same pair again and again."""

    gas_price: Annotated[float, parameter("More than this is high.", unit="gwei", ge=0, le=1e9)] = 100.0
    same_pair: Count = 3
    weight: Weight = 0.25


class RapidTrading(Parameters, frozen=True):
    """Many transactions of the sender in a short time, this one included."""

    transactions: Count = 10
    seconds: Annotated[float, parameter("The short time.", unit="seconds", ge=1, le=86_400)] = 300.0
    weight: Weight = 0.10


class LargeAfterIdle(Parameters, frozen=True):
    """A large amount of a sender who has done nothing for long. Of one who is not known, nothing is said."""

    amount: Annotated[float, parameter("More than this is large.", unit="tokens", ge=0, le=1e30)] = 100_000.0
    idle_hours: Annotated[float, parameter("More than this is long.", unit="hours", ge=0.1, le=8760)] = 48.0
    weight: Weight = 0.05


class TransactionRiskParameters(Parameters, frozen=True):
    """Risk of a transaction on a decentralised exchange by named rules, 0 to 1; higher is riskier."""

    variant: Annotated[
        Literal["rules"],
        parameter("How risk is found; scores of different variants do not compare."),
    ] = "rules"
    flash_loan: Annotated[FlashLoan, parameter("The rule flash_loan.")] = FlashLoan()
    mev: Annotated[Mev, parameter("The rule mev.")] = Mev()
    rapid_trading: Annotated[RapidTrading, parameter("The rule rapid_trading.")] = RapidTrading()
    large_after_idle: Annotated[LargeAfterIdle, parameter("The rule large_after_idle.")] = LargeAfterIdle()
    high_slippage: Annotated[
        float, parameter("Above it the issue high_slippage is noted.", unit="share", ge=0, le=1)
    ] = 0.05
    long_route: Annotated[int, parameter("Above it the issue long_route is noted.", unit="pools", ge=0, le=1000)] = 5
    history_size: Annotated[
        int,
        parameter(
            "Transactions of a sender that are remembered.", unit="transactions", effect="stateful", ge=1, le=1000
        ),
    ] = 100
    max_senders: Annotated[
        int,
        parameter(
            "Senders of one partition that are remembered; beyond it, the least recently seen one is forgotten.",
            unit="senders",
            ge=1,
            le=50_000,
        ),
    ] = 10_000
