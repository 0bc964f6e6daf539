"""Pictures of a study of variants, as SVG: equal studies give equal bytes."""

from collections.abc import Callable
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from tools.variants import PAIRS, VARIANTS, Study

from scoring_service.planning.plots import AFTER, BEFORE, MUTED, drawn

BINS: Final = 40
GRID: Final = 150
"""Points of a scatter in each direction: wallets in one place are drawn once."""


def distributions(study: Study) -> str:
    """Return a histogram for each variant: wallets that only swap below, those that provide liquidity above."""

    def panel(variant: str) -> Callable[[Axes], None]:
        def draw(axes: Axes) -> None:
            low, high, _ = study.scorers[variant].range
            scores = study.scores[variant]
            edges = np.linspace(low, high, BINS + 1)
            everyone, swap_only = (np.histogram(of, edges)[0] for of in (scores, scores[~study.provides]))
            axes.stairs(everyone, edges, fill=True, color=AFTER, label="provide liquidity")
            axes.stairs(swap_only, edges, fill=True, color=BEFORE, label="swap only")
            axes.set_title(variant)
            axes.set_xlabel("score")
            axes.set_ylabel("wallets")
            axes.legend(frameon=False)

        return draw

    return drawn("variants-distributions", (10, 3), *map(panel, VARIANTS))


def scatters(study: Study) -> str:
    """Return a scatter of scores for each pair of variants."""

    def panel(one: str, other: str) -> Callable[[Axes], None]:
        def draw(axes: Axes) -> None:
            for which, colour in ((~study.provides, BEFORE), (study.provides, AFTER)):
                points = _thinned(study.scores[one][which], study.scores[other][which])
                axes.scatter(*points, s=7, color=colour, linewidths=0)
            axes.set_xlabel(one)
            axes.set_ylabel(other)

        return draw

    return drawn("variants-scatters", (10, 3.4), *(panel(*pair) for pair in PAIRS))


def mean_terms(study: Study) -> str:
    """Return the mean of each term of the two variants with one scale, for both kinds of wallets."""

    def panel(name: str, which: np.ndarray) -> Callable[[Axes], None]:
        def draw(axes: Axes) -> None:
            means = {variant: study.mean_terms(variant, which) for variant in VARIANTS[:2]}
            features = list(dict.fromkeys(feature for terms in means.values() for feature in terms))
            places = np.arange(len(features))
            for (variant, terms), shift, colour in zip(means.items(), (-0.2, 0.2), (BEFORE, AFTER), strict=True):
                axes.barh(places + shift, [terms.get(each, 0.0) for each in features], 0.4, color=colour, label=variant)
            axes.set_yticks(places, features)
            axes.yaxis.set_inverted(True)
            axes.set_xlabel("points of the score, mean")
            axes.set_title(f"{name} ({int(which.sum())})")
            axes.axvline(0, color=MUTED, linewidth=0.8)
            axes.legend(frameon=False)

        return draw

    panels = (panel("wallets that only swap", ~study.provides), panel("wallets that provide liquidity", study.provides))
    return drawn("variants-terms", (10, 3.8), *panels)


def _thinned(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points without those that would lie on another."""
    points = np.column_stack([one, other])
    span = np.maximum(np.ptp(points, axis=0), 1e-9)
    _, first = np.unique(np.round(points / span * GRID), axis=0, return_index=True)
    kept = points[np.sort(first)]
    return kept[:, 0], kept[:, 1]
