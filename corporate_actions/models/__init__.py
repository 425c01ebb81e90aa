from corporate_actions.models.facts import DistributionFact, RedemptionFact

__all__ = ["DistributionFact", "RedemptionFact"]
