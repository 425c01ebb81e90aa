from django.apps import AppConfig


class CorporateActionsConfig(AppConfig):
    name = "corporate_actions"
    verbose_name = "Corporate actions"

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from corporate_actions import projections
        from corporate_actions.models import DistributionFact, Freeze, RedemptionFact
        from indexer import registry as indexer

        for name in ("Frozen", "AddressFrozen"):
            indexer.project(f"AssetToken.{name}", projections.project_freezes, tables=[Freeze])
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
        _dividends()
        _redemptions()


def _dividends() -> None:
    from contracts import registry as contracts
    from corporate_actions import hooks_dividends, reactions_dividends, reconciling_dividends
    from indexer import registry as indexer

    for kind, recheck, failed, expects, title in hooks_dividends.CALLS:
        contracts.register(kind, recheck=recheck, on_failed=failed, expects=expects, title=title)
    for name, reaction in {
        "DividendDeclared": reactions_dividends.react_dividend_declared,
        "DividendFunded": reactions_dividends.react_dividend_funded,
        "DividendOpened": reactions_dividends.react_dividend_opened,
        "DividendClaimed": reactions_dividends.react_dividend_claimed,
        "DividendClaimSkipped": reactions_dividends.react_dividend_claim_skipped,
        "DividendHeld": reactions_dividends.react_dividend_held,
        "DividendSwept": reactions_dividends.react_dividend_swept,
        "DividendCancelled": reactions_dividends.react_dividend_cancelled,
    }.items():
        indexer.react(f"DividendDistributor.{name}", reaction, subject="id")
    indexer.reconciler("dividend pots", reconciling_dividends.reconcile_pots)
    indexer.predicate("dividends", reconciling_dividends.check_statuses)
    indexer.predicate("dividend claims", reconciling_dividends.check_claims)


def _redemptions() -> None:
    from contracts import registry as contracts
    from corporate_actions import hooks_redemptions, reactions_redemptions, reconciling_redemptions
    from indexer import registry as indexer

    for kind, recheck, failed, expects, title in hooks_redemptions.CALLS:
        contracts.register(kind, recheck=recheck, on_failed=failed, expects=expects, title=title)
    for name, (reaction, subject) in reactions_redemptions.REACTIONS.items():
        indexer.react(f"RedemptionModule.{name}", reaction, subject=subject)
    indexer.reconciler("redemption locks", reconciling_redemptions.reconcile_locks)
    indexer.reconciler("final redemptions", reconciling_redemptions.reconcile_final_redemptions)
    indexer.predicate("redemptions", reconciling_redemptions.check_redemptions)
    indexer.predicate("final redemptions", reconciling_redemptions.check_final_redemptions)
