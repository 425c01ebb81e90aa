from typing import ClassVar

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "assets"
    append_only: ClassVar[list[str]] = ["assets_assetmetadata"]  # and every history table

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from assets import hooks, predicates, projections, queries
        from contracts import registry as contracts
        from indexer import registry as indexer

        contracts.register(
            queries.DEPLOY,
            recheck=hooks.recheck_deploy,
            on_failed=hooks.deploy_failed,
            expects="AssetFactory.AssetDeployed",
            title=hooks.deploy_title,
        )
        contracts.register(
            queries.ATTEST,
            recheck=hooks.recheck_attest,
            on_failed=hooks.attest_failed,
            expects="CustodyRegistry.CustodyAttested",
            title=hooks.attest_title,
        )
        contracts.register(
            queries.PAUSE,
            recheck=hooks.recheck_pause,
            on_failed=hooks.status_call_failed,
            expects="AssetToken.StatusChanged",
            title=hooks.status_title,
            moves_value=False,  # a stop is what an incident may call for
        )
        for kind, scheduling in queries.SCHEDULED_BY.items():
            contracts.register(
                scheduling,
                recheck=hooks.recheck_scheduling,
                on_failed=hooks.status_call_failed,
                expects="UpgradeTimelock.CallScheduled",
                title=hooks.status_title,
            )
            contracts.register(
                kind,
                recheck=hooks.recheck_execution,
                on_failed=hooks.status_call_failed,
                expects="AssetToken.StatusChanged",
                title=hooks.status_title,
            )
        indexer.react("AssetFactory.AssetDeployed", projections.react_asset_deployed, subject="assetId")
        indexer.react("AssetToken.StatusChanged", projections.react_status_changed)
        indexer.react("Escrow.TermsSet", projections.react_terms_set)
        indexer.react("ComplianceModule.PolicySet", projections.react_policy_set, subject="token")
        indexer.react("ComplianceModule.LimitsSet", projections.react_limits_set, subject="token")
        indexer.react("CustodyRegistry.CustodyAttested", projections.react_custody_attested, subject="token")
        indexer.react("CustodyRegistry.CustodyRevoked", projections.react_custody_revoked, subject="token")
        indexer.predicate("assets as their tokens' events say", predicates.assets_as_said)
        indexer.predicate("custody proofs as attested", predicates.proofs_as_said)
        for name, because in RECORDED_ONLY.items():
            indexer.record_only(name, because=because)


RECORDED_ONLY = {
    "AssetFactory.ImplementationApproved": "governance: which code new tokens may use is read from the chain",
    "AssetFactory.ImplementationRevoked": "governance: which code new tokens may use is read from the chain",
    "AssetFactory.UnclaimedAccountSet": "read from the chain when unclaimed money is swept",
    "AssetToken.DocumentUpdated": "the terms' hash is compared when AssetDeployed is heard",
    "ComplianceModule.AssetRegistered": "comes with AssetDeployed, which is heard",
    "ComplianceModule.HolderCount": "counts are asked of the chain, which alone enforces them",
}
