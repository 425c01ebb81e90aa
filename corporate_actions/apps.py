from django.apps import AppConfig


class CorporateActionsConfig(AppConfig):
    name = "corporate_actions"

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from corporate_actions import projections
        from corporate_actions.models import DistributionFact, RedemptionFact
        from indexer import registry as indexer

        for name in projections.DISTRIBUTIONS:
            indexer.project(
                f"DividendDistributor.{name}",
                projections.project_distribution_facts,
                tables=[DistributionFact],
            )
        for name in projections.REDEMPTIONS:
            indexer.project(
                f"RedemptionModule.{name}", projections.project_redemption_facts, tables=[RedemptionFact]
            )
        for contract in ("DividendDistributor", "RedemptionModule"):
            reason = "The timelock's decision about code; it moves no money."
            indexer.record_only(f"{contract}.Upgraded", because=reason)
