"""What the chain says of assets and their backing. Each reaction may hear its event again."""

from datetime import UTC, datetime
from uuid import UUID

from assets import notices, terms
from assets.models import Asset, CustodyProof
from indexer.registry import Event
from rwa_portal.core import history
from rwa_portal.core.jurisdictions import COUNTRIES
from rwa_portal.core.models import AuditEvent, User

CHAIN_STATUS = {
    "0": Asset.Status.ACTIVE,
    "1": Asset.Status.PAUSED,
    "2": Asset.Status.REDEEMED,
}  # types/AssetStatus.sol


class DeploymentDiffers(Exception):
    """The factory deployed other terms than were approved."""


def react_asset_deployed(event: Event) -> None:
    """Mark the asset ACTIVE, with the addresses the chain gave it."""
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset_id_of(event.payload["assetId"]))
    if asset.token_address == event.payload["token"]:
        return
    _refuse_other_terms(asset, event)
    asset.record_deployment(token=event.payload["token"], escrow=event.payload["escrow"], at=event.block_at)
    _record(asset, "asset.deployed", event)


def react_status_changed(event: Event) -> None:
    """Follow the token: paused, active again, or closed for ever."""
    asset = _asset_of_token(event.address)
    status = CHAIN_STATUS[event.payload["status"]]
    if asset.status == status:
        return
    if status == Asset.Status.PAUSED:
        asset.record_pause()
    elif status == Asset.Status.ACTIVE:
        asset.record_unpause()
    else:
        asset.record_redeemed()
    _record(asset, f"asset.{status.lower()}", event)
    notices.asset_status_changed(asset)


def react_terms_set(event: Event) -> None:
    """Take over whom settled orders pay and at which price: orders must ask for what the escrow accepts."""
    asset = Asset.objects.select_for_update(of=("self",)).get(escrow_address=event.address)
    pay_to, price = event.payload["payTo"], int(event.payload["price"])
    if (asset.pay_to, asset.unit_price) == (pay_to, price):
        return
    asset.pay_to, asset.unit_price = pay_to, price
    _record(asset, "asset.terms_set", event)


def react_policy_set(event: Event) -> None:
    """Take over which jurisdictions may hold the asset."""
    kind = int(event.payload["investorType"])
    if kind >= len(terms.INVESTOR_TYPES):
        return  # SYSTEM: wallets of the platform, which no investor's eligibility depends on
    asset = _asset_of_token(event.payload["token"])
    word = int(event.payload["word"])
    codes = [code for number, code in enumerate(COUNTRIES, 1) if word >> number & 1]
    jurisdictions = {**asset.terms["jurisdictions"], terms.INVESTOR_TYPES[kind]: sorted(codes)}
    _take_over_terms(asset, {"jurisdictions": jurisdictions}, "asset.policy_set", event)


def react_limits_set(event: Event) -> None:
    """Take over how many may hold the asset, from when it moves, and the smallest holding."""
    asset = _asset_of_token(event.payload["token"])
    seconds, smallest = int(event.payload["lockUpUntil"]), event.payload["minHolding"]
    lock_up = datetime.fromtimestamp(seconds, UTC) if seconds else None
    limits = {
        "max_holders": int(event.payload["maxHolders"]) or None,
        "lock_up_until": f"{lock_up:%Y-%m-%dT%H:%M:%SZ}" if lock_up else None,
        "min_holding": smallest if int(smallest) else None,
    }
    _take_over_terms(asset, limits, "asset.limits_set", event)


def react_custody_attested(event: Event) -> None:
    """Mark the proof VALID; the one before it backs nothing any more."""
    asset = _asset_of_token(event.payload["token"])
    proofs = CustodyProof.objects.select_for_update(of=("self",)).filter(asset=asset)
    # A certificate nobody recorded raises, and the indexer parks the event.
    proof = proofs.get(proof_hash=event.payload["proofHash"])
    if proof.status != CustodyProof.Status.SUBMITTED:
        return
    for earlier in proofs.filter(status=CustodyProof.Status.VALID):
        earlier.record_replaced()
        _record(earlier, "custody_proof.replaced", event)
    valid_until = datetime.fromtimestamp(int(event.payload["validUntil"]), UTC)
    proof.record_attested(expiry_at=valid_until, tx_hash=event.tx_hash, at=event.block_at)
    _record(proof, "custody_proof.attested", event)


def react_custody_revoked(event: Event) -> None:
    """End the asset's backing."""
    asset = _asset_of_token(event.payload["token"])
    proofs = CustodyProof.objects.select_for_update(of=("self",)).filter(asset=asset)
    for proof in proofs.filter(status=CustodyProof.Status.VALID, attested_at__lte=event.block_at):
        proof.record_revoked()
        _record(proof, "custody_proof.revoked", event)


def _refuse_other_terms(asset: Asset, event: Event) -> None:
    approved = (asset.metadata_hash, str(asset.supply_cap), str(asset.decimals))
    if approved != tuple(event.payload[name] for name in ("metadataHash", "cap", "decimals")):
        raise DeploymentDiffers(f"{asset.pk}: {event.tx_hash}")


def _take_over_terms(asset: Asset, changes: dict, kind: str, event: Event) -> None:
    changed = {**asset.terms, **changes}
    if changed != asset.terms:
        asset.terms = changed
        _record(asset, kind, event)


def _asset_of_token(token: str) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).get(token_address=token)


def _record(row: Asset | CustodyProof, kind: str, event: Event) -> None:
    chain = User.service("chain")
    history.save(row, by=chain, reason=kind)
    AuditEvent.record(kind, subject=row, by=chain, at=event.block_at)


def asset_id_of(asset_id: str) -> UUID:
    return UUID(asset_id.removeprefix("0x")[:32])  # the factory's bytes32 begins with the UUID's 16 bytes
