"""What a person may set: the windows, and what the baseline takes for calm. Every parameter is live."""

import re
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from scoring_service.scorers.model import NEEDS_FILE, ModelFile
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


_NUMBER: Final = "-?[0-9]{1,3}([.][0-9]{1,12})?(e[-+]?[0-9]{1,2})?"
_NUMBERS: Final = f"{_NUMBER}( {_NUMBER})*"
_are_numbers: Final = re.compile(_NUMBERS, re.ASCII).fullmatch
_Sample = msgspec.Meta(min_length=1, max_length=8192)


class DriftReference(Parameters, frozen=True):
    """Features of windows that do not overlap, of a time whose scores were good: numbers with spaces between them."""

    ret_mean: Annotated[str, parameter("Means of returns, as `scorer reference` prints them."), _Sample]
    ret_std: Annotated[str, parameter("Standard deviations of returns, as `scorer reference` prints them."), _Sample]

    rules: ClassVar = (
        Rule(
            f"self.retMean.matches('^{_NUMBERS}$') && self.retStd.matches('^{_NUMBERS}$')",
            "set numbers with one space between them, as `scorer reference` prints them",
            lambda of: all(_are_numbers(text) is not None for text in (of.ret_mean, of.ret_std)),
        ),
    )


MOST_RETURNS: Final = 1_000_000
"""Of all windows of a partition: less than 64 bytes each."""


class VolatilityParameters(Parameters, frozen=True):
    """Volatility of a symbol from sliding windows of its latest prices, 0 to 1; higher is riskier."""

    variant: Annotated[
        Literal["baseline", "ml"],
        parameter(
            "How features become a score: by the baseline, or by a model file; where that cannot be loaded, the "
            "baseline stands in. Scores of different variants do not compare."
        ),
    ] = "baseline"
    model: Annotated[ModelFile, parameter("The model file of the variant ml.")] | UnsetType = UNSET
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
    drift: (
        Annotated[
            DriftReference,
            parameter(
                "What the latest windows are compared with, for the metrics scorer_drift_psi and scorer_drift_ks."
            ),
        ]
        | UnsetType
    ) = UNSET

    rules: ClassVar = (
        NEEDS_FILE,
        Rule(
            f"self.maxSymbols * self.windowSize <= {MOST_RETURNS}",
            f"set maxSymbols × windowSize to at most {MOST_RETURNS}: a partition's windows would take too much memory",
            lambda parameters: parameters.max_symbols * parameters.window_size <= MOST_RETURNS,
        ),
    )
