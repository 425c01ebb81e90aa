"""Money of an order: integers only, in micro-USDC and token units. Each rounding states its direction."""


def payment_due(units: int, price: int, decimals: int) -> int:
    """Return what `units` cost at `price` micro-USDC a whole unit, rounded up, as the escrow computes it."""
    return -(-units * price // 10**decimals)


def units_for(payment: int, price: int, decimals: int) -> int:
    """Return the units that `payment` micro-USDC buys, rounded down."""
    return payment * 10**decimals // price


def shortfall(due: int, received: int) -> int:
    """Return what is still missing, never below zero."""
    return max(due - received, 0)


def surplus(due: int, received: int) -> int:
    """Return what came above the price, never below zero."""
    return max(received - due, 0)
