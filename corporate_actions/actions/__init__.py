"""
What people can do about dividends and redemptions.

- The asset is locked first, then its distribution or redemption.
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
from corporate_actions.actions.dividends_paying import hold_claim, hold_dividend, pay_holders, pay_wallet
from corporate_actions.actions.final_redemptions import (
    note_redeemed_asset,
    open_final_redemption,
    sweep_final_redemption,
)
from corporate_actions.actions.redemption_adoption import adopt_request
from corporate_actions.actions.redemption_holds import (
    cancel_redemption_for,
    hold_redemption,
    hold_unpayable_redemption,
    release_redemption,
)
from corporate_actions.actions.redemption_request import (
    RedemptionRequest,
    expire_redemption,
    request_redemption,
    withdraw_redemption,
)
from corporate_actions.actions.redemption_settlement import (
    OffChain,
    burn_settled_redemption,
    confirm_settlement,
    decline_settlement,
    record_settlement,
    settle_redemption,
)

__all__ = [
    "DistributionTerms",
    "OffChain",
    "RedemptionRequest",
    "adopt_request",
    "burn_settled_redemption",
    "cancel_distribution",
    "cancel_redemption_for",
    "confirm_settlement",
    "declare_distribution",
    "decline_settlement",
    "discard_distribution",
    "draft_distribution",
    "expire_redemption",
    "fund_distribution",
    "hold_claim",
    "hold_dividend",
    "hold_redemption",
    "hold_unpayable_redemption",
    "note_redeemed_asset",
    "open_final_redemption",
    "order_distribution",
    "pay_holders",
    "pay_wallet",
    "record_settlement",
    "release_redemption",
    "request_redemption",
    "retake_snapshot",
    "set_unclaimed_account",
    "settle_redemption",
    "sweep_distribution",
    "sweep_final_redemption",
    "withdraw_redemption",
]
