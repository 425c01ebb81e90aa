from datetime import datetime
from uuid import UUID

from django_fsm import can_proceed

from assets import queries
from assets.models import Asset
from contracts import operations, wallets
from contracts.models import ChainOperation, Purpose
from indexer import watching
from indexer.queries import position
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class AssetNotApproved(DomainError):
    """Only an asset that legal review has approved can be deployed, and only once."""


@action
def deploy_asset(*, asset_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask the factory for the asset's token and escrow.

    The asset becomes ACTIVE later, when the indexer hears AssetDeployed; APPROVED again if the call fails.

    :raises AssetNotApproved:
    :raises IssuerNotRegistered, MetadataChanged: see queries.deploy_facts
    """
    asset = Asset.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=asset_id)
    return ask_for_deployment(asset, by=by, at=at, reason=reason)


def ask_for_deployment(asset: Asset, *, by: User, at: datetime, reason: str) -> ChainOperation:
    """Decide the deployment of a locked asset, in the caller's transaction."""
    if not can_proceed(asset.deploy):
        raise AssetNotApproved
    facts = queries.deploy_facts(asset)
    asset.deploy()
    history.save(asset, by=by, reason="asset.deployment_asked")
    encoded = queries.deployment_call(asset)
    operation = operations.enqueue(
        operations.Call(queries.DEPLOY, encoded.to, encoded.calldata, facts),
        key=f"asset:{asset.pk}:deploy",
        subject=asset,
        wallet=wallets.platform(Purpose.ASSET_ADMIN),
        by=by,
        at=at,
    )
    _watch(token=facts["token"], escrow=facts["escrow"], at=at)
    AuditEvent.record("asset.deployment_asked", subject=asset, by=by, at=at, reason=reason)
    return operation


def _watch(*, token: str, escrow: str, at: datetime) -> None:
    # Before they exist: their first events come in the block that creates them.
    from_block = position().head_number or 0
    watching.watch(address=token, abi="AssetToken", token=token, from_block=from_block, at=at)
    watching.watch(address=escrow, abi="Escrow", token=token, from_block=from_block, at=at)
