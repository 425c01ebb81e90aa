from corporate_actions.models.dividends import (
    FUNDABLE,
    OPENED,
    ClaimState,
    DistributionStatus,
    DividendClaim,
    DividendDistribution,
)
from corporate_actions.models.facts import DistributionFact, RedemptionFact

__all__ = [
    "FUNDABLE",
    "OPENED",
    "ClaimState",
    "DistributionFact",
    "DistributionStatus",
    "DividendClaim",
    "DividendDistribution",
    "RedemptionFact",
]
