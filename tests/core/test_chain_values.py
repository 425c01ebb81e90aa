import pytest

from rwa_portal.core import chain_values as values

USDC = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"


@pytest.mark.parametrize("text", [USDC, USDC.lower(), "0x" + USDC[2:].upper(), f"  {USDC} "])
def test_an_address_is_checksummed(text):
    assert values.parse_address(text) == USDC


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", values.AddressMalformed),
        (USDC[:-1], values.AddressMalformed),
        (USDC[2:], values.AddressMalformed),
        (USDC.replace("C5ED", "c5ED"), values.AddressChecksumWrong),
        (values.ZERO_ADDRESS, values.AddressZero),
    ],
)
def test_a_bad_address_names_the_rule_and_the_field(text, error):
    with pytest.raises(error) as refusal:
        values.parse_address(text, field="wallet")

    assert refusal.value.field == "wallet"


@pytest.mark.parametrize(
    ("text", "decimals", "units"), [("1", 0, 1), ("1.50", 2, 150), ("0.000001", 6, 1), ("1e3", 0, 1000)]
)
def test_units_are_exact(text, decimals, units):
    assert values.parse_units(text, decimals=decimals) == units


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", values.UnitsMalformed),
        ("NaN", values.UnitsMalformed),
        ("Infinity", values.UnitsMalformed),
        ("0", values.UnitsNotPositive),
        ("-1", values.UnitsNotPositive),
        ("1.001", values.TooManyDecimals),
        ("1e999999", values.UnitsTooLarge),
        (str(2**96), values.UnitsTooLarge),
    ],
)
def test_a_bad_amount_names_the_rule(text, error):
    with pytest.raises(error):
        values.parse_units(text, decimals=2)


def test_the_largest_amount_fits():
    assert values.parse_units(str(2**96 - 1), decimals=0) == 2**96 - 1


def test_units_are_written_with_every_decimal():
    assert values.format_units(1234500, 2) == "12,345.00"
    assert values.format_units(2**96 - 1, 6) == "79,228,162,514,264,337,593,543.950335"
