from typing import ClassVar

from django.apps import AppConfig


class InvestorsConfig(AppConfig):
    name = "investors"
    append_only: ClassVar[list[str]] = []

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from contracts import registry as contracts
        from indexer import registry as indexer
        from investors import hooks, operations, predicates, projections, reconcilers

        contracts.register(
            operations.ALLOWLIST,
            recheck=hooks.recheck_allowlist,
            on_failed=hooks.allowlist_failed,
            expects="ComplianceModule.AllowlistUpdated",
            title=hooks.title,
            moves_value=False,
        )
        contracts.register(
            operations.DISALLOW,
            recheck=hooks.recheck_disallow,
            on_failed=hooks.disallow_failed,
            expects="ComplianceModule.AllowlistUpdated",
            title=hooks.title,
            moves_value=False,
        )
        for name, reaction in (
            ("ProfileSet", projections.react_profile_set),
            ("AllowlistUpdated", projections.react_allowlist_updated),
            ("SanctionSet", projections.react_sanction_set),
            ("WalletFrozen", projections.react_wallet_frozen),
        ):
            indexer.react(f"ComplianceModule.{name}", reaction, subject="wallet")
        indexer.predicate("wallets as the compliance module says", predicates.wallets_as_said)
        indexer.reconciler("wallets", reconcilers.wallets)
        indexer.record_only(
            "ComplianceModule.SuccessorSet", because="payees are asked of the chain (payeeOf)"
        )
