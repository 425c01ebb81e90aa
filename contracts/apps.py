from typing import ClassVar

from django.apps import AppConfig

SUITE = (
    "AssetFactory",
    "AssetToken",
    "ComplianceModule",
    "CustodyRegistry",
    "DividendDistributor",
    "Escrow",
    "IssuanceModule",
    "RedemptionModule",
    "RoleRegistry",
    "UpgradeTimelock",
)
CODE = "which code runs is read from the chain and compared with Deployment"
TIMELOCK = "governance: what is scheduled is asked of the timelock"
RECORDED_ONLY = {
    "AssetFactory.Initialized": "said once, by the deployment",
    "AssetFactory.Upgraded": CODE,
    "AssetToken.Approval": "an allowance moves nothing; the chain alone enforces it",
    "AssetToken.EIP712DomainChanged": "the signing domain is read from the chain",
    "AssetToken.ExclusionSet": "exclusions are asked of the chain, which stamps them at a snapshot",
    "AssetToken.ForcedTransfer": "the Transfer beside it moves the holding",
    "AssetToken.Initialized": "comes with AssetDeployed, which is heard",
    "AssetToken.RecoverySuccess": "the Transfer beside it moves the holding",
    "AssetToken.Snapshot": "comes with DividendDeclared, which names it",
    "AssetToken.UnitsLocked": "comes with RedemptionRequested",
    "AssetToken.UnitsUnlocked": "comes with the end of its redemption",
    "AssetToken.Upgraded": CODE,
    "ComplianceModule.Upgraded": CODE,
    "CustodyRegistry.Upgraded": CODE,
    "DividendDistributor.Upgraded": CODE,
    "IssuanceModule.Upgraded": CODE,
    "RedemptionModule.Upgraded": CODE,
    "RoleRegistry.DefaultAdminDelayChangeCanceled": TIMELOCK,
    "RoleRegistry.DefaultAdminDelayChangeScheduled": TIMELOCK,
    "RoleRegistry.DefaultAdminTransferCanceled": TIMELOCK,
    "RoleRegistry.DefaultAdminTransferScheduled": TIMELOCK,
    "RoleRegistry.RoleAdminChanged": "the timelock is every role's admin for ever",
    "UpgradeTimelock.CallExecuted": TIMELOCK,
    "UpgradeTimelock.CallSalt": TIMELOCK,
    "UpgradeTimelock.CallScheduled": TIMELOCK,
    "UpgradeTimelock.Cancelled": TIMELOCK,
    "UpgradeTimelock.MinDelayChange": "governance: the newest is read from the log when a call is scheduled",
    "UpgradeTimelock.RoleAdminChanged": TIMELOCK,
    "UpgradeTimelock.RoleGranted": TIMELOCK,
    "UpgradeTimelock.RoleRevoked": TIMELOCK,
}


class ContractsConfig(AppConfig):
    name = "contracts"
    append_only: ClassVar[list[str]] = ["contracts_operationevent"]

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from contracts import artifacts, following, projections, reconcilers, registry
        from contracts.custody import fence  # noqa: F401  it registers its fences
        from contracts.models import RoleFact
        from indexer import registry as indexer

        for version in artifacts.VERSIONS:
            for name in SUITE:
                indexer.abi(name, artifacts.load(name, version).abi, version)
            # Of Circle's contract, only what an escrow receives is read.
            usdc = artifacts.load("FiatTokenV2_2", version).abi
            indexer.abi("USDC", [entry for entry in usdc if entry.get("name") == "Transfer"], version)
        for event in ("RoleGranted", "RoleRevoked"):
            indexer.project(f"RoleRegistry.{event}", projections.project_roles, tables=[RoleFact])
        for name, because in RECORDED_ONLY.items():
            indexer.record_only(name, because=because)
        indexer.reconciler("supplies", reconcilers.supplies)
        indexer.reconciler("holdings", reconcilers.holdings)
        indexer.reconciler("roles", reconcilers.roles)
        indexer.reconciler("effects of operations", reconcilers.effects)
        indexer.after_advance(following.poke_following)
        indexer.also_check(registry.missing)
