"""The calls to the chain which this app asks for."""

ALLOW_DISTRIBUTOR = "corporate_actions.allow_distributor"  # let the distributor take the treasury's USDC
ALLOW_REDEMPTIONS = "corporate_actions.allow_redemptions"  # let the module take the treasury's USDC
CANCEL_DIVIDEND = "corporate_actions.cancel_dividend"
CANCEL_REDEMPTION_FOR = "corporate_actions.cancel_redemption_for"  # by legal order
DECLARE_DIVIDEND = "corporate_actions.declare_dividend"  # takes the snapshot and fixes the amount
FUND_DIVIDEND = "corporate_actions.fund_dividend"
HOLD_DIVIDEND = "corporate_actions.hold_dividend"  # keep a holder's share out of the sweep
OPEN_FINAL_REDEMPTION = "corporate_actions.open_final_redemption"
PAY_HOLDERS = "corporate_actions.pay_holders"  # claimFor; anyone may, and it pays the holders alone
SETTLE_REDEMPTION = "corporate_actions.settle_redemption"  # pay and burn
SET_UNCLAIMED_ACCOUNT = "corporate_actions.set_unclaimed_account"
SWEEP_DIVIDEND = "corporate_actions.sweep_dividend"
SWEEP_FINAL_REDEMPTION = "corporate_actions.sweep_final_redemption"
