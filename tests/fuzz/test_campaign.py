"""Two minutes of fuzzing. What it finds is in build/fuzz/findings, with the command to see it again."""

import os

import pytest

from fuzz.campaign import is_possible, report, run
from fuzz.catalogue import TARGETS

SEED = 1
"""The same each time: a change is judged by its own inputs, not by luck. `make fuzz` takes others."""
SECONDS = float(os.environ.get("FUZZ_SECONDS", "120"))


@pytest.mark.skipif(not is_possible(), reason="atheris has no wheel for this machine")
@pytest.mark.timeout(SECONDS * 3 + 600)
def test_no_input_breaks_a_promise():
    runs = run(SECONDS, [*TARGETS], seed=SEED)

    assert report(runs) == 0
    assert all(progress.inputs for progress in runs)
