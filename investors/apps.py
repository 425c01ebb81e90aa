from typing import ClassVar

from django.apps import AppConfig


class InvestorsConfig(AppConfig):
    name = "investors"
    append_only: ClassVar[list[str]] = []

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from contracts import registry as contracts
        from indexer import registry as indexer
        from investors import hooks, operations, projections

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
        indexer.react("ComplianceModule.ProfileSet", projections.react_profile_set)
        indexer.react("ComplianceModule.AllowlistUpdated", projections.react_allowlist_updated)
        indexer.react("ComplianceModule.SanctionSet", projections.react_sanction_set)
        indexer.react("ComplianceModule.WalletFrozen", projections.react_wallet_frozen)
