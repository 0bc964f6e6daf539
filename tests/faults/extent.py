"""How much of everything a run does: what CI does at each change, or with FAULTS_LONG=1 all there is."""

import os
from typing import Final, TypeVar

import pytest

T = TypeVar("T")

IS_LONG: Final = os.environ.get("FAULTS_LONG") == "1"
SEED: Final = int(os.environ.get("FAULTS_SEED", "20240106"))
"""Of everything random; a failure prints it."""
GUARANTEES: Final = ("AtLeastOnce", "ExactlyOnce")
"""Those that the worker offers."""
guarantees: Final = pytest.mark.parametrize("guarantee", GUARANTEES)
"""Marks a test of something that holds under each of them."""


def extent(usual: T, long: T) -> T:
    """Return what this run does."""
    return long if IS_LONG else usual
