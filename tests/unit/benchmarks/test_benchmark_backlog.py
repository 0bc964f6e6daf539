"""A figure counts only if the contestant was busy for the whole window."""

import pytest
from benchmarks.backlog import outlasting
from benchmarks.workers import NAIVE


def test_a_backlog_that_outlasts_the_window_counts():
    outlasting(99, 100, NAIVE)


def test_a_backlog_that_was_drained_within_the_window_does_not_count():
    with pytest.raises(RuntimeError, match="naive drained all 100 records"):
        outlasting(100, 100, NAIVE)
