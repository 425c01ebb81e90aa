"""
Addresses, hashes and amounts as people write them.

What comes in is checked here, once, for every interface.
"""

import re
from decimal import Context, Decimal, InvalidOperation

from cchecksum import to_checksum_address

from rwa_portal.core.errors import RuleBroken

ZERO_ADDRESS = "0x" + "0" * 40
MAX_UNITS = 2**96 - 1  # the contracts keep amounts in uint96
_EXACT = Context(prec=120)  # the default of 28 digits rounds amounts near uint96


class AddressMalformed(RuleBroken):
    """An address is 0x and 40 hexadecimal digits."""


class AddressChecksumWrong(RuleBroken):
    """The address's checksum is wrong (EIP-55): copy it again from the wallet."""


class AddressZero(RuleBroken):
    """The zero address belongs to nobody."""


class HashMalformed(RuleBroken):
    """A hash is 0x and 64 hexadecimal digits."""


class UnitsMalformed(RuleBroken):
    """Write the amount as a number."""


class UnitsNotPositive(RuleBroken):
    """The amount must be above zero."""


class TooManyDecimals(RuleBroken):
    """The amount has more decimals than the token."""


class UnitsTooLarge(RuleBroken):
    """The amount is larger than any token can be."""


def parse_address(text: str, *, field: str = "address") -> str:
    """
    Return the checksummed address.

    All lower or all upper case carries no checksum and is taken as it is (EIP-55).

    :raises AddressMalformed:
    :raises AddressChecksumWrong:
    :raises AddressZero:
    """
    text = text.strip()
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise AddressMalformed(field=field)
    checksummed = to_checksum_address(text.lower())
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper(), checksummed[2:]):
        raise AddressChecksumWrong(field=field)
    if int(digits, 16) == 0:
        raise AddressZero(field=field)
    return checksummed


def parse_hash(text: str, *, field: str = "hash") -> str:
    """
    Return the hash in lower case.

    :raises HashMalformed:
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text.strip()):
        raise HashMalformed(field=field)
    return text.strip().lower()


def parse_units(text: str, *, decimals: int, field: str = "units") -> int:
    """
    Turn a decimal number of whole tokens (or USDC) into the smallest units.

    :raises UnitsMalformed:
    :raises UnitsNotPositive:
    :raises TooManyDecimals:
    :raises UnitsTooLarge: above uint96
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise UnitsMalformed(field=field) from None
    if not number.is_finite():
        raise UnitsMalformed(field=field)
    if number <= 0:
        raise UnitsNotPositive(field=field)
    if number.adjusted() > 40:
        raise UnitsTooLarge(field=field)
    scaled = number.scaleb(decimals, _EXACT)
    if scaled != scaled.to_integral_value(context=_EXACT):
        raise TooManyDecimals(f"The amount may have at most {decimals} decimals.", field=field)
    if scaled > MAX_UNITS:
        raise UnitsTooLarge(field=field)
    return int(scaled)


def format_units(units: int, decimals: int) -> str:
    """Write smallest units as whole tokens, with thousands separated: 1234500 of 2 decimals is 12,345.00."""
    return f"{Decimal(units).scaleb(-decimals, _EXACT):,.{decimals}f}"
