from fractions import Fraction
from math import ceil

import pytest

from subscriptions.calculations import payment_due, shortfall, surplus, units_for


@pytest.mark.parametrize(
    ("units", "price", "decimals", "due"),
    [
        (50, 100_000_000, 0, 5_000_000_000),
        (1, 1, 18, 1),  # the smallest unit costs at least one micro-USDC
        (10**18, 1, 18, 1),
        (10**18 + 1, 1, 18, 2),
        (250, 100_000_000, 2, 250_000_000),
        (2**96 - 1, 2**60, 6, -(-(2**96 - 1) * 2**60 // 10**6)),
    ],
)
def test_the_price_is_rounded_up_to_a_micro_usdc(units, price, decimals, due):
    assert payment_due(units, price, decimals) == due
    assert payment_due(units, price, decimals) == ceil(Fraction(units * price, 10**decimals))


@pytest.mark.parametrize("payment", [1, 99, 100_000_001, 5_000_000_001])
@pytest.mark.parametrize(("price", "decimals"), [(100_000_000, 0), (3, 18), (7_777_777, 2)])
def test_an_amount_never_buys_more_than_it_pays_for(payment, price, decimals):
    units = units_for(payment, price, decimals)

    assert payment_due(units, price, decimals) <= payment
    assert payment_due(units + 1, price, decimals) > payment


def test_what_is_missing_and_what_is_too_much_never_go_below_zero():
    assert (shortfall(5_000, 4_999), shortfall(5_000, 5_100)) == (1, 0)
    assert (surplus(5_000, 4_999), surplus(5_000, 5_100)) == (0, 100)
