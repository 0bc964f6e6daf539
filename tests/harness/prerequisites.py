"""What a test does without something that it needs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from harness.state import Missing


def without(why: str) -> NoReturn:
    """Skip for this reason; fail for it where CI=true, as there everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@contextmanager
def needed() -> Iterator[None]:
    """Do the same for what the block misses."""
    try:
        yield
    except Missing as why:
        without(str(why))
