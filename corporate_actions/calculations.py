"""Integers only, in micro-USDC and token units. Each rounding states its direction."""


def share(units: int, amount: int, eligible_units: int) -> int:
    """Return what `units` of `eligible_units` get of `amount`, rounded down, as the contract computes it."""
    return units * amount // eligible_units
