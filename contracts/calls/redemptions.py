"""Calls of the redemption module. Units in the smallest unit, money in micro-USDC, times Unix seconds."""

from contracts import deployments
from contracts.calls.base import Encoded, call, call_at


def request(token: str, units: int, min_payment: int) -> Encoded:
    """The holder's own call: lock units until at least `min_payment` is paid for them."""
    return call("RedemptionModule", "request", token, units, min_payment)


def cancel(number: int) -> Encoded:
    """The holder's own call."""
    return call("RedemptionModule", "cancel", number)


def cancel_for(number: int) -> Encoded:
    return call("RedemptionModule", "cancelFor", number)


def allow_module(amount: int) -> Encoded:
    """
    Let the redemption module take `amount` more of the sender's USDC.

    It adds to the allowance: two settlements under way never overwrite each other's, as `approve` would.
    """
    spender = deployments.address("RedemptionModule")
    return call_at(deployments.address("USDC"), "FiatTokenV2_2", "increaseAllowance", spender, amount)


def settle(number: int, payment: int) -> Encoded:
    return call("RedemptionModule", "settle", number, payment)


def open_final(token: str, price: int, expiry: int) -> Encoded:
    return call("RedemptionModule", "openFinal", token, price, expiry)


def redeem_final(token: str) -> Encoded:
    """The holder's own call: burn the whole balance of a closed asset, and be paid."""
    return call("RedemptionModule", "redeemFinal", token)


def sweep_final(token: str) -> Encoded:
    return call("RedemptionModule", "sweepFinal", token)
