"""Floats as fixed decimals: exact, never an exponent, never binary noise."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring_service.scorers.wallet_reputation.decimals import fixed


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (188.0, 18, "188.000000000000000000"),
        (59.03472222222222, 18, "59.034722222222220000"),
        (1e-7, 18, "0.000000100000000000"),
        (1.5e-19, 18, "0.000000000000000000"),
        (0.00012345678901234567, 18, "0.000123456789012346"),
        (1e22, 18, "10000000000000000000000.000000000000000000"),
        (0.0, 18, "0.000000000000000000"),
        (143.03125, 4, "143.0312"),
        (143.03125, 0, "143"),
        (188.0, 0, "188"),
        (188.0, 1, "188.0"),
    ],
)
def test_a_number_is_written_out(number, decimals, text):
    assert fixed(number, decimals) == text


@given(st.floats(0, 1e300), st.integers(0, 18))
def test_every_digit_is_that_of_the_shortest_decimal(number, decimals):
    text = fixed(number, decimals)

    assert re.fullmatch(rf"[0-9]+\.[0-9]{{{decimals}}}" if decimals else "[0-9]+", text)
    assert abs(Decimal(text) - Decimal(repr(number))) <= Decimal(1).scaleb(-decimals) / 2
