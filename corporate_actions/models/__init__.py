from corporate_actions.models.dividends import (
    FUNDABLE,
    ON_CHAIN,
    OPENED,
    ClaimState,
    DistributionStatus,
    DividendClaim,
    DividendDistribution,
)
from corporate_actions.models.facts import DistributionFact, RedemptionFact
from corporate_actions.models.final_redemptions import FinalRedemption
from corporate_actions.models.freezes import Freeze
from corporate_actions.models.redemptions import (
    LOCKED,
    EndedBecause,
    HeldBecause,
    Method,
    Redemption,
    SettlementStatus,
)
from corporate_actions.models.settlements import OffChainSettlement, SettlementStage

__all__ = [
    "ClaimState",
    "DistributionFact",
    "DistributionStatus",
    "DividendClaim",
    "DividendDistribution",
    "EndedBecause",
    "FUNDABLE",
    "FinalRedemption",
    "Freeze",
    "HeldBecause",
    "LOCKED",
    "Method",
    "ON_CHAIN",
    "OPENED",
    "OffChainSettlement",
    "Redemption",
    "RedemptionFact",
    "SettlementStage",
    "SettlementStatus",
]
