"""Folders that must not be packages: one called `operator` would shadow the standard library's."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["operator", "service", "benchmarks/operator"])
def test_a_source_folder_is_not_a_package(folder):
    assert not (ROOT / folder / "__init__.py").exists()


def test_no_folder_of_tests_is_a_package():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_operator_is_still_the_standard_librarys():
    import operator

    assert operator.add(1, 2) == 3
