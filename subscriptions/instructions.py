"""How one order can be paid: the exact calls, what to sign, what to transfer. Nothing here is secret."""

import json
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings

from contracts import calls, deployments, signatures
from rwa_portal.core.chain_values import format_units
from subscriptions import queries
from subscriptions.models import AWAITING_PAYMENT, Status, Subscription
from subscriptions.offers import offer_of

CHAINS = {
    31337: "local development chain",
    42161: "Arbitrum One",
    421614: "Arbitrum Sepolia",
    8453: "Base",
    84532: "Base Sepolia",
}


@dataclass(frozen=True)
class Instructions:
    """Everything a wallet needs. `missing` and `due` are micro-USDC."""

    chain_id: int
    chain_name: str
    usdc: str
    escrow: str
    due: int
    missing: int
    can_sign: bool  # nothing was sent so far, so one signature can pay it whole
    is_open: bool
    typed_data: str  # JSON, for eth_signTypedData_v4
    approve: calls.Encoded
    deposit: calls.Encoded
    transfer_uri: str  # EIP-681
    qr_svg: str

    @property
    def exact(self) -> str:
        """The amount as a wallet takes it: six decimals, no commas."""
        return format_units(self.missing, queries.USDC_DECIMALS).replace(",", "")

    @property
    def approve_data(self) -> str:
        return "0x" + self.approve.calldata.hex()

    @property
    def deposit_data(self) -> str:
        return "0x" + self.deposit.calldata.hex()


def of(subscription: Subscription, *, at: datetime) -> Instructions:
    """
    :raises ContractNotDeployed: if there is no USDC on this chain
    """
    escrow, order = offer_of(subscription.asset).escrow, queries.order_of(subscription)
    usdc, missing = deployments.address("USDC"), queries.missing(subscription)
    chain_id = settings.CHAIN.chain_id
    uri = f"ethereum:{usdc}@{chain_id}/transfer?address={escrow}&uint256={missing}"
    return Instructions(
        chain_id=chain_id,
        chain_name=CHAINS.get(chain_id, f"chain {chain_id}"),
        usdc=usdc,
        escrow=escrow,
        due=subscription.payment_due,
        missing=missing,
        can_sign=subscription.status == Status.REQUESTED and missing == subscription.payment_due,
        is_open=subscription.status in AWAITING_PAYMENT and at < subscription.pay_by and missing > 0,
        typed_data=json.dumps(signatures.receive_with_authorization_typed_data(escrow, order)),
        approve=calls.approve_usdc(escrow, subscription.payment_due),
        deposit=calls.deposit(escrow, order),
        transfer_uri=uri,
        qr_svg=segno.make(uri, error="m").svg_inline(scale=4, border=0, omitsize=True),
    )
