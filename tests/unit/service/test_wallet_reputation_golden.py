"""Scores of others: 100 wallets that somebody else scored, and 931 real ones by a second opinion.

The data is read in place from the folder that the fixture `scoring_data` names; without it these tests skip, loudly.
"""

import csv
from pathlib import Path

import pytest

from harness.scoring import parts, scored
from oracle import zeru
from scoring_service.scorers.wallet_reputation.features import Features
from scoring_service.scorers.wallet_reputation.formula import scores
from scoring_service.scorers.wallet_reputation.parameters import Weights

AS_OF = 1_704_499_200


def test_100_published_wallets_score_as_published(scoring_data: Path):
    with (scoring_data / "golden_wallet_scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 100
    for row in rows:
        counts = {"num_deposits", "num_withdraws", "unique_pools", "num_swaps", "unique_pools_swapped"}
        found = Features(**{name: (int if name in counts else float)(row[name]) for name in Features.__struct_fields__})
        made = scores(found, Weights())
        expected = [float(row[name]) for name in ("lp_score", "swap_score", "final_score")]
        assert [made.liquidity, made.trading, made.final] == pytest.approx(expected, abs=1e-9), row["wallet_address"]


def test_931_real_wallets_score_as_the_second_opinion_says(scoring_data: Path):
    lines = (scoring_data / "dex_wallet_messages.jsonl").read_bytes().splitlines()

    assert len(lines) == 931
    for line in lines:
        expected = zeru.score(line, AS_OF)
        assert parts(scored(line, AS_OF)) == pytest.approx(
            (expected["lp"], expected["swap"], expected["final"]), abs=1e-9
        )
