"""Fixtures of brokers that fault tests may hurt."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from faults.results import Row
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


@pytest.fixture
def row(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Row:
    """Return what notes the result of a row of the fault matrix: for the report of this test, and on its output."""

    def note(number: int, **figures: Any) -> None:
        said = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
        record_property("row", json.dumps({"row": number, "test": request.node.name, **said}))
        print(f"row {number}: {said}")

    return note
