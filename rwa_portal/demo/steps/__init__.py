"""
The steps of the demo, in order. Each takes the stage and raises StepFailed when something does not hold.
"""

from collections.abc import Callable

from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps import (
    books,
    dividends,
    investors,
    issuance,
    orders,
    redemptions,
    replay,
    start,
    transfers,
)

STEPS: list[tuple[str, Callable[[Stage], None]]] = [
    ("Services and contracts are up", start.services_and_contracts),
    ("An issuer is registered", issuance.register_issuer),
    ("An asset is submitted, returned once, approved", issuance.review_asset),
    ("The asset is deployed and becomes ACTIVE", issuance.deploy_asset),
    ("Its custody proof is attested", issuance.attest_proof),
    ("Three investors pass KYC, one at the second try", investors.verify_investors),
    ("Their wallets are allowlisted on chain", investors.allowlist_wallets),
    ("Two orders are paid: by signature, by deposit", orders.order_and_pay),
    ("Both are PAID after N confirmations, approved by two people, MINTED", orders.approve_and_mint),
    ("A transfer passes, one to a stranger is refused with every rule named", transfers.transfer_units),
    ("Supply, holdings and escrow equal the chain", books.compare_with_chain),
    ("The audit chain holds", books.verify_audit),
    ("A dividend is funded short, topped up, and reaches every holder", dividends.pay_dividend),
    ("Units are redeemed: requested, locked, paid, burned", redemptions.redeem_units),
    ("Replay and reconcile find no difference", replay.verify_books),
    ("One balance is altered by SQL: both name it, the repair restores it", replay.find_tampering),
]
