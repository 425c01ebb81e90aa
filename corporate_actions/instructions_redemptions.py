"""The exact calls a holder's own wallet sends. Nothing here is secret, and nothing is sent from here."""

from dataclasses import dataclass

from django.conf import settings

from contracts.calls import redemptions as calls
from contracts.calls.base import Encoded
from corporate_actions.models import FinalRedemption, Redemption
from investors.models import Wallet


@dataclass(frozen=True)
class WalletCall:
    """A transaction as a wallet takes it."""

    chain_id: int
    wallet: str  # only this one can send it
    to: str
    calldata: str
    function: str  # as people find it in an explorer


def request_call(redemption: Redemption) -> Encoded:
    """
    The request that locks the units.

    :raises ContractNotDeployed:
    """
    token = str(redemption.asset.token_address)
    return calls.request(token, redemption.amount, redemption.min_payment)


def lock(redemption: Redemption) -> WalletCall:
    """What makes a redemption PENDING."""
    return _of(redemption.wallet, request_call(redemption), "RedemptionModule.request")


def cancel(redemption: Redemption) -> WalletCall:
    """What frees the locked units again."""
    return _of(redemption.wallet, calls.cancel(int(redemption.number or 0)), "RedemptionModule.cancel")


def redeem_final(final: FinalRedemption, wallet: Wallet) -> WalletCall:
    """What gives a wallet's whole balance of a closed asset for its share of the pay-out."""
    call = calls.redeem_final(str(final.asset.token_address))
    return _of(wallet, call, "RedemptionModule.redeemFinal")


def _of(wallet: Wallet, call: Encoded, function: str) -> WalletCall:
    return WalletCall(
        chain_id=settings.CHAIN.chain_id,
        wallet=wallet.address,
        to=call.to,
        calldata="0x" + call.calldata.hex(),
        function=function,
    )
