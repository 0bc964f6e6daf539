"""What a person may set: the windows, and what the baseline takes for calm. Every parameter is live."""

from typing import Annotated, ClassVar, Literal

from scoring_service.scorers.parameters import Parameters, Rule, parameter


class Reference(Parameters, frozen=True):
    """What is usual: two quantiles of ret_std, the median below the other."""

    median: Annotated[float, parameter("Median of ret_std; it scores 0.5.", unit="return per tick", ge=1e-9, le=1)] = (
        2.35e-5
    )
    p90: Annotated[
        float, parameter("The 90th percentile of ret_std; it scores 0.9.", unit="return per tick", ge=1e-9, le=1)
    ] = 3.76e-5

    rules: ClassVar = (
        Rule(
            "double(self.median) < double(self.p90)",
            "set median below p90, so that a higher ret_std has a higher score",
            lambda reference: reference.median < reference.p90,
        ),
    )


class VolatilityParameters(Parameters, frozen=True):
    """Volatility of a symbol from sliding windows of its latest prices, 0 to 1; higher is riskier."""

    variant: Annotated[
        Literal["baseline"],
        parameter("How features become a score; scores of different variants do not compare."),
    ] = "baseline"
    window_size: Annotated[
        int, parameter("Prices in a window: one more than returns.", unit="ticks", effect="stateful", ge=3, le=1000)
    ] = 50
    max_gap_seconds: Annotated[
        float,
        parameter(
            "A longer pause between two ticks of a symbol begins a new window.",
            unit="seconds",
            effect="stateful",
            ge=1,
            le=86400,
        ),
    ] = 300.0
    max_symbols: Annotated[
        int,
        parameter(
            "Windows of one partition; beyond it, the symbol that was seen least recently is forgotten.",
            unit="symbols",
            ge=1,
            le=10000,
        ),
    ] = 1000
    reference: Annotated[
        Reference, parameter("What the baseline takes for usual: quantiles of ret_std for this window size.")
    ] = Reference()
