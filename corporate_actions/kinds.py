"""The calls to the chain which this app asks for."""

ALLOW_DISTRIBUTOR = "corporate_actions.allow_distributor"  # let the distributor take the treasury's USDC
CANCEL_DIVIDEND = "corporate_actions.cancel_dividend"
DECLARE_DIVIDEND = "corporate_actions.declare_dividend"  # takes the snapshot and fixes the amount
FUND_DIVIDEND = "corporate_actions.fund_dividend"
HOLD_DIVIDEND = "corporate_actions.hold_dividend"  # keep a holder's share out of the sweep
PAY_HOLDERS = "corporate_actions.pay_holders"  # claimFor; anyone may, and it pays the holders alone
SET_UNCLAIMED_ACCOUNT = "corporate_actions.set_unclaimed_account"
SWEEP_DIVIDEND = "corporate_actions.sweep_dividend"
