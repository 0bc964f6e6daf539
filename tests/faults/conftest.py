"""Fixtures of brokers that fault tests may hurt."""

from collections.abc import Iterator

import pytest

from harness import brokers
from harness.prerequisites import needed


@pytest.fixture(scope="session")
def quick() -> Iterator[brokers.Quick]:
    """One broker that notices a death after half a second; shared, so leave it as it is."""
    with needed(), brokers.quick() as broker:
        yield broker


@pytest.fixture(scope="session")
def _trio() -> Iterator[brokers.Trio]:
    with needed(), brokers.trio() as cluster:
        yield cluster


@pytest.fixture
def trio(_trio: brokers.Trio) -> brokers.Trio:
    """Three brokers, all up: hurt them as you like."""
    _trio.heal()
    return _trio
