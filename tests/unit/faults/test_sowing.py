"""What the generator of the fault tests expects is what the scorer does, and it says the same each time."""

from collections import Counter

import pytest

from faults import sowing, verdicts
from harness.scoring import outcome
from scoring_service.scorers.base import Rejection


def test_the_same_seed_sows_the_same_field() -> None:
    assert list(sowing.wallets(3, 50)) == list(sowing.wallets(3, 50))
    assert list(sowing.toys(3, 50)) == list(sowing.toys(3, 50))
    assert list(sowing.toys(3, 50)) != list(sowing.toys(4, 50))


def test_every_way_of_breaking_a_wallet_is_expected_by_its_reason() -> None:
    found = Counter()
    for item in sowing.wallets(1, 600, invalid=0.5):
        value, at_ms = item.record.value, item.record.timestamp_ms
        assert value is not None
        assert at_ms is not None
        result = outcome(value, at_ms / 1000)
        if isinstance(result, Rejection):
            assert item.expected.reason == result.reason
            found[result.reason] += 1
        else:
            assert item.expected.is_scored
            score = 0.6 * item.expected.parts[0] + 0.4 * item.expected.parts[1]
            assert float(result.zscore) == pytest.approx(score, abs=1e-9)
    others = {"no_valid_transactions", "schema", "timestamp", "unsupported_protocol"}
    assert set(found) == {"depth", "json_syntax", "nan_or_inf"} | others


def test_a_record_without_a_value_is_a_tombstone() -> None:
    assert verdicts.of_wallet(None, 0).reason == "tombstone"
