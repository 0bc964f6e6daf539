"""Every sample manifest holds what its golden cases say, by the code that a pod tries them with."""

from pathlib import Path

import pytest
import yaml

from harness import samples
from scoring_service.cli.trial import on_trial
from scoring_service.contract.pipeline import parse_pipeline
from scoring_service.golden import first_miss


@pytest.mark.parametrize("path", samples.PATHS, ids=lambda path: path.stem)
def test_a_sample_passes_its_golden_cases(path: Path) -> None:
    pipeline = parse_pipeline(yaml.safe_load(path.read_text("utf-8")))
    scorer, batches = on_trial(pipeline)

    assert first_miss(scorer, batches, pipeline.spec.golden_cases) is None


def test_every_sample_but_those_of_wallets_has_golden_cases() -> None:
    """Whoever tries these changes their weights, and would break them."""
    without = [path.stem for path in samples.PATHS if "goldenCases" not in yaml.safe_load(path.read_text())["spec"]]

    assert without == ["wallet-reputation-v2", "wallet-reputation"]
