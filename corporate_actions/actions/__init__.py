"""
What people can do about dividends and redemptions.

- The asset is locked first, then its distribution.
- An action only asks for a call to the chain. Every later status comes from confirmed events.
"""

from corporate_actions.actions.dividends import (
    DistributionTerms,
    declare_distribution,
    discard_distribution,
    draft_distribution,
    order_distribution,
    retake_snapshot,
)
from corporate_actions.actions.dividends_ending import (
    cancel_distribution,
    set_unclaimed_account,
    sweep_distribution,
)
from corporate_actions.actions.dividends_funding import fund_distribution
from corporate_actions.actions.dividends_paying import hold_dividend, pay_holders, pay_wallet

__all__ = [
    "DistributionTerms",
    "cancel_distribution",
    "declare_distribution",
    "discard_distribution",
    "draft_distribution",
    "fund_distribution",
    "hold_dividend",
    "order_distribution",
    "pay_holders",
    "pay_wallet",
    "retake_snapshot",
    "set_unclaimed_account",
    "sweep_distribution",
]
