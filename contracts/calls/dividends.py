"""Calls of the dividend distributor and of what surrounds it. Amounts are micro-USDC, times Unix seconds."""

from collections.abc import Sequence

from contracts import deployments
from contracts.calls.base import Encoded, call, call_at


def declare(token: str, amount: int, expiry: int) -> Encoded:
    return call("DividendDistributor", "declare", token, amount, expiry)


def allow_distributor(amount: int) -> Encoded:
    """
    Let the distributor take `amount` more of the sender's USDC.

    It adds to the allowance: two fundings under way never overwrite each other's, as `approve` would.
    """
    spender = deployments.address("DividendDistributor")
    return call_at(deployments.address("USDC"), "FiatTokenV2_2", "increaseAllowance", spender, amount)


def fund(number: int, amount: int) -> Encoded:
    return call("DividendDistributor", "fund", number, amount)


def claim(number: int) -> Encoded:
    return call("DividendDistributor", "claim", number)


def claim_many(numbers: Sequence[int]) -> Encoded:
    return call("DividendDistributor", "claimMany", list(numbers))


def claim_for(holders: Sequence[str], number: int) -> Encoded:
    return call("DividendDistributor", "claimFor", list(holders), number)


def hold(number: int, holder: str) -> Encoded:
    return call("DividendDistributor", "hold", number, holder)


def sweep(number: int) -> Encoded:
    return call("DividendDistributor", "sweep", number)


def cancel(number: int) -> Encoded:
    return call("DividendDistributor", "cancel", number)


def set_unclaimed_account(token: str, account: str) -> Encoded:
    return call("AssetFactory", "setUnclaimedAccount", token, account)
