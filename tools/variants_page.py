"""Fills docs/scorers/wallet-reputation-variants.md from real wallets: `python -m tools.variants_page [--check]`.

The wallets are read from SCORING_DATA, else from ../shared/data beside the checkout.
"""

import sys
from collections.abc import Iterator
from typing import Final

import numpy as np
from tools import variants_plots
from tools.generated import ROOT, keep
from tools.plan_page import AS_OF, WALLETS, data, filled
from tools.tables import rows
from tools.variants import PAIRS, VARIANTS, Study, furthest, tied

from scoring_service.scorers.wallet_reputation.output import WalletScore

FOLDER: Final = ROOT / "docs/scorers"
PAGE: Final = FOLDER / "wallet-reputation-variants.md"
PICTURES: Final = {
    FOLDER / "wallet-reputation-variants-distributions.svg": variants_plots.distributions,
    FOLDER / "wallet-reputation-variants-scatters.svg": variants_plots.scatters,
    FOLDER / "wallet-reputation-variants-terms.svg": variants_plots.mean_terms,
}
SHOWN: Final = 4
"""Wallets in each direction."""
REASONS: Final = 3


def main(arguments: list[str]) -> int:
    """Write the page and its pictures; with `--check` write nothing and return 1 if one of them would change."""
    study = Study((data() / WALLETS).read_bytes().splitlines(), AS_OF)
    page = PAGE.read_text("utf-8")
    for block, content in (
        ("scores", _scores(study)),
        ("agreement", _agreement(study)),
        ("facts", "\n".join(f"- {fact}" for fact in _facts(study))),
        ("movers", _movers(study)),
    ):
        page = filled(page, block, content.rstrip("\n"))
    pictures = {path: _clean(draw(study)) for path, draw in PICTURES.items()}
    return keep({**pictures, PAGE: page}, arguments)


def _clean(picture: str) -> str:
    return "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"


def _scores(study: Study) -> str:
    return rows(
        ("", *VARIANTS),
        [
            ["range", *(f"{low:g} to {high:g}" for low, high, _ in (study.scorers[name].range for name in VARIANTS))],
            *(
                [said, *(f"{np.percentile(study.scores[name], share):,.2f}" for name in VARIANTS)]
                for said, share in (
                    ("least", 0), ("lowest tenth up to", 10), ("median", 50), ("highest tenth from", 90), ("most", 100)
                )
            ),
            ["different scores", *(str(len(np.unique(study.scores[name]))) for name in VARIANTS)],
            ["wallets that share theirs", *(_tied(study, name) for name in VARIANTS)],
        ],
    )  # fmt: skip


def _tied(study: Study, variant: str) -> str:
    sharing, most, score = tied(study.scores[variant])
    return f"{sharing} ({sharing / len(study.rows):.1%}), {most} of them {score:g}"


def _agreement(study: Study) -> str:
    return rows(
        ("", "wallets", "Spearman", "Kendall"),
        (
            [f"`{one}` and `{other}`, {group.name}", str(group.wallets), _known(group.spearman), _known(group.kendall)]
            for one, other in PAIRS
            for group in study.groups(one, other)
        ),
    )


def _known(correlation: float | None) -> str:
    return "no order" if correlation is None else f"{correlation:.3f}"


def _facts(study: Study) -> Iterator[str]:
    zeru, v2, _ = (study.outputs[name] for name in VARIANTS)
    wallets, swap_only = len(study.rows), int(np.sum(~study.provides))
    idle, idle_v2 = (_of(study, name, "score")[~study.provides] for name in VARIANTS[:2])
    yield (
        f"**Points for nothing.** {swap_only} of {wallets} wallets ({swap_only / wallets:.1%}) never touched "
        f"liquidity. `zeru-v1` gives each at least {idle.min():g} points for it, {0.6 * idle.min():g} of the final "
        f"score; `reputation-v2` gives them {idle_v2.max():g}."
    )
    only_out = sum(_deposits(each) == 0 < each.categories[0].features.num_withdraws for each in zeru)
    yield (
        f"**Nothing put in, nothing lost.** {only_out} wallets only took out what came in before that day, or by "
        "another way. `zeru-v1` gives them all 250 points of retention, `reputation-v2` none."
    )
    volumes = np.array([each.categories[1].features.total_swap_volume_usd for each in zeru])
    yield (
        f"**Saturation.** {np.sum(volumes >= 50_000)} wallets swapped for 50,000 USD or more, where the volume of "
        f"`zeru-v1` ends; {np.sum(volumes >= 1_000_000)} for 1,000,000 USD, where that of `reputation-v2` does."
    )
    trips = [each.categories[1].features.round_trip_swaps for each in v2]
    zero = int(np.sum(study.scores["reputation-v2"] == 0))
    yield (
        f"**Round trips.** {sum(trips)} swaps of {sum(count > 0 for count in trips)} wallets were taken back within "
        f"five minutes, or took one back; {zero} wallets did nothing else and have 0."
    )
    held = _of(study, "reputation-v2", "holding").max()
    yield (
        f"**Holding.** The data is one day: {held:.2f} of 150 points is the most that holding gives under "
        "`reputation-v2`, and days with a swap give all who swap the same. Longer histories would tell more apart."
    )
    _, most, score = tied(study.scores["seed-readme"])
    yield (
        f"**The bound.** {most} of {wallets} wallets stand at {score:g} under `seed-readme`: 250 points of retention, "
        "which whoever took nothing out has, are beyond it by themselves. Its correlations rest on the others alone."
    )


def _deposits(of: WalletScore) -> int:
    return int(of.categories[0].features.num_deposits)


def _of(study: Study, variant: str, what: str) -> np.ndarray:
    """Return the score of liquidity provision, or the points for holding, of each wallet."""
    found = [each.categories[0] for each in study.outputs[variant]]
    return np.array([each.score if what == "score" else each.features.holding_score for each in found])


def _movers(study: Study) -> str:
    one, other = PAIRS[0]
    moves = study.moves(one, other)
    usual = _change(study, np.full(len(study.rows), fill_value=True))
    return rows(
        ("wallet", "places", f"`{one}`", f"`{other}`", "because of"),
        (
            [
                f"`{study.address(place)}`",
                f"{moves[place]:+,.0f}",
                f"{study.scores[one][place]:.2f}",
                f"{study.scores[other][place]:.2f}",
                _because(_change(study, np.arange(len(study.rows)) == place), usual),
            ]
            for place in furthest(moves, SHOWN)
        ),
    )


def _change(study: Study, which: np.ndarray) -> dict[str, float]:
    """Return the mean change of each term between the two variants of one scale, over some wallets."""
    before, after = (study.mean_terms(name, which) for name in PAIRS[0])
    return {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {**before, **after}}


def _because(change: dict[str, float], usual: dict[str, float]) -> str:
    """Return the terms whose change differs most from the usual one, and by how much."""
    differs = {name: change[name] - usual[name] for name in change}
    largest = sorted(differs, key=lambda name: -abs(differs[name]))[:REASONS]
    return ", ".join(f"{differs[name]:+.1f} {name}" for name in largest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
