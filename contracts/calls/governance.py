"""
Stopping a token, and what only the timelock may do with it.

The timelock does exactly what was scheduled, and not before its delay has passed. The salt tells two equal
calls apart: one that was scheduled, executed and is wanted again has another.
"""

from contracts import deployments
from contracts.calls.base import Encoded, bytes32, call_at

NO_VALUE, NO_PREDECESSOR = 0, bytes(32)


def pause(token: str) -> Encoded:
    return call_at(token, "AssetToken", "pause")


def unpause(token: str) -> Encoded:
    """Of the timelock only: see `schedule` and `execute`."""
    return call_at(token, "AssetToken", "unpause")


def mark_redeemed(token: str) -> Encoded:
    """Of the timelock only: see `schedule` and `execute`."""
    return call_at(token, "AssetToken", "markRedeemed")


def schedule(inner: Encoded, *, salt: str, delay_s: int) -> Encoded:
    """Announce a call of the timelock; `delay_s` is at least the timelock's own."""
    return _timelock("schedule", inner.to, NO_VALUE, inner.calldata, NO_PREDECESSOR, bytes32(salt), delay_s)


def execute(inner: Encoded, *, salt: str) -> Encoded:
    """Let the timelock make a call that was scheduled and whose delay has passed."""
    return _timelock("execute", inner.to, NO_VALUE, inner.calldata, NO_PREDECESSOR, bytes32(salt))


def _timelock(function: str, *arguments: object) -> Encoded:
    return call_at(deployments.address("Timelock"), "UpgradeTimelock", function, *arguments)
