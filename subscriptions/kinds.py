"""The calls to the chain which this app asks for."""

RELAY_DEPOSIT = "subscriptions.relay_deposit"  # send the investor's own signature to the escrow
MINT = "subscriptions.mint"
APPROVE_RECEIPT = "subscriptions.approve_receipt"  # say on chain who sent a plain transfer
ALLOCATE = "subscriptions.allocate"  # fund an order with approved receipts
RETURN_PAYMENT = "subscriptions.return_payment"
REFUND = "subscriptions.refund"  # after settle_by; anyone may
CANCEL_ORDER = "subscriptions.cancel_order"  # before it; the issuer alone
