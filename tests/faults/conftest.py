"""Fixtures of brokers that fault tests may hurt."""

from collections.abc import Iterator

import pytest

from harness import brokers
from harness.state import Missing


@pytest.fixture(scope="session")
def quick() -> Iterator[brokers.Quick]:
    """One broker that notices a death after half a second; shared, so leave it as it is."""
    try:
        with brokers.quick() as broker:
            yield broker
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def _trio() -> Iterator[brokers.Trio]:
    try:
        with brokers.trio() as cluster:
            yield cluster
    except Missing as why:
        pytest.skip(str(why))


@pytest.fixture
def trio(_trio: brokers.Trio) -> brokers.Trio:
    """Three brokers, all up: hurt them as you like."""
    _trio.heal()
    return _trio
