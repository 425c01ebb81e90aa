from investors.models.investor import Investor, InvestorType, KycStatus
from investors.models.kyc import KycSession, Outcome, Verdict, WebhookDelivery
from investors.models.wallet import Wallet, WalletChallenge

__all__ = [
    "Investor",
    "InvestorType",
    "KycSession",
    "KycStatus",
    "Outcome",
    "Verdict",
    "Wallet",
    "WalletChallenge",
    "WebhookDelivery",
]
