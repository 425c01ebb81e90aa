from datetime import datetime

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from assets import metadata
from assets.calculations import sha256
from assets.models import Asset, AssetDocument, CustodyProof, Issuer
from assets.terms import lock_up_until, min_holding, offering
from contracts import calls
from contracts.models import FAILED, ChainOperation, CustodyWallet
from contracts.queries import timelock_delay
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

DEPLOY, ATTEST = "assets.deploy", "assets.attest"
PAUSE, RESUME, MARK_REDEEMED = "assets.pause", "assets.resume", "assets.mark_redeemed"
SCHEDULED_BY = {RESUME: "assets.schedule_resume", MARK_REDEEMED: "assets.schedule_redeemed"}
STATUS_CALLS = [PAUSE, *SCHEDULED_BY, *SCHEDULED_BY.values()]


class CustodyProofMissing(DomainError):
    """The asset has no valid custody proof."""


class IssuerNotRegistered(DomainError):
    """The issuer is not registered."""


class MetadataChanged(DomainError):
    """The terms or documents are no longer those that legal review approved."""


class AssetNotOnChain(DomainError):
    """The asset is not deployed."""


class ProofExpired(DomainError):
    """The custody proof has run out."""


class AssetNotActive(DomainError):
    """Only a token that is active can be paused."""


class AssetNotPaused(DomainError):
    """Only a token that is paused can be resumed or closed."""


class StatusCallUnderWay(DomainError):
    """A change of the token's status was asked for already and has not taken effect yet."""


def issuers_of(user: User) -> QuerySet[Issuer]:
    """The issuers a person may act for."""
    return Issuer.objects.of(user).order_by("legal_name", "id")


def assets_of(user: User) -> QuerySet[Asset]:
    """The assets of the issuers a person may act for, the newest first."""
    return Asset.objects.of(user).select_related("issuer").order_by("-created_at", "id")


def valid_proof(asset: Asset, *, at: datetime | None = None) -> CustodyProof:
    """
    Return the proof that backs new units of the asset at a moment; without one: now, by the database's clock.

    :raises CustodyProofMissing:
    """
    proof = asset.proofs.filter(status=CustodyProof.Status.VALID, expiry_at__gt=at or Now()).first()
    if proof is None:
        raise CustodyProofMissing(_why_no_proof(asset))
    return proof


def subscription_terms_hash(asset: Asset) -> str:
    """Return the hash an investor accepts with an order: of the subscription agreement, else of all terms."""
    agreements = asset.documents.standing().filter(kind=AssetDocument.Kind.AGREEMENT)
    agreement = agreements.order_by("-added_at", "-version").first()
    return agreement.sha256 if agreement else str(asset.metadata_hash)


def reviews_needed() -> int:
    """How many legal reviews an asset of the API needs: on the dev chain none unless the policy says so."""
    default = 0 if settings.CHAIN.is_dev else 1
    return settings.APPROVALS_NEEDED.get("assets.review", default)


def wallets_of(issuer: Issuer) -> tuple[CustodyWallet, CustodyWallet]:
    """
    The wallet that mints and the wallet that attests.

    :raises IssuerNotRegistered:
    """
    if issuer.custody_wallet is None or issuer.custodian_wallet is None:
        raise IssuerNotRegistered
    return issuer.custody_wallet, issuer.custodian_wallet


def operation_of(subject: Asset | CustodyProof, kind: str) -> ChainOperation | None:
    """The newest call about this row."""
    operations = ChainOperation.objects.filter(subject=subject.pk, kind=kind)
    return operations.order_by("-requested_at", "-id").first()


def status_calls(asset: Asset) -> QuerySet[ChainOperation]:
    """The calls that will change the token's status and have not taken effect, the first one first."""
    asked = ChainOperation.objects.filter(subject=asset.pk, kind__in=STATUS_CALLS)
    under_way = asked.exclude(state__in=FAILED).filter(settled_at=None)
    return under_way.select_related("after", "requested_by").order_by(
        "requested_at", F("after").asc(nulls_first=True)
    )


def refuse_second_status_call(asset: Asset) -> None:
    """
    :raises StatusCallUnderWay:
    """
    if status_calls(asset).exists():
        raise StatusCallUnderWay


def pause_facts(asset: Asset) -> dict[str, str]:
    """
    Read what a stop rests on.

    :raises AssetNotActive:
    """
    if asset.status != Asset.Status.ACTIVE:
        raise AssetNotActive
    return {"token": str(asset.token_address), "status": asset.status}


def timelock_facts(asset: Asset) -> dict[str, str]:
    """
    Read what the timelock's calls rest on.

    :raises AssetNotPaused:
    """
    if asset.status != Asset.Status.PAUSED:
        raise AssetNotPaused
    return {"token": str(asset.token_address), "status": asset.status}


def scheduling_facts(asset: Asset) -> dict[str, str]:
    """
    Read what a call is scheduled on: the delay, too, which the timelock compares with its own.

    :raises AssetNotPaused:
    :raises TimelockNotHeard: see contracts.queries
    """
    return {**timelock_facts(asset), "delay_s": str(int(timelock_delay().total_seconds()))}


def deployment_call(asset: Asset) -> calls.Encoded:
    """The factory's call that creates the asset's token and escrow, from its approved terms."""
    offered, (issuing, attesting) = offering(asset), wallets_of(asset.issuer)
    return calls.deploy_asset(
        calls.NewAsset(
            asset_id=asset.pk,
            name=asset.name,
            symbol=asset.symbol,
            decimals=asset.decimals,
            cap=offered.supply_cap,
            issuer=issuing.address,
            custodian=attesting.address,
            pay_to=offered.pay_to,
            price=offered.unit_price,
            metadata_uri=asset.metadata_uri,
            metadata_hash=str(asset.metadata_hash),
            jurisdictions=asset.terms["jurisdictions"],
            limits=_limits(asset),
        )
    )


def deploy_facts(asset: Asset) -> dict[str, str]:
    """
    Read what a deployment rests on; its approvals count only while these facts stay the same.

    :raises IssuerNotRegistered:
    :raises MetadataChanged:
    """
    if asset.issuer.status != Issuer.Status.REGISTERED:
        raise IssuerNotRegistered
    if sha256(metadata.body(asset)) != asset.metadata_hash:
        raise MetadataChanged
    issuing, attesting = wallets_of(asset.issuer)
    token, escrow = calls.predict_asset(asset.pk)
    return {
        "metadata_hash": str(asset.metadata_hash),
        "issuer_wallet": issuing.address,
        "custodian_wallet": attesting.address,
        "token": token,
        "escrow": escrow,
    }


def attestation_call(proof: CustodyProof, *, valid_until: datetime) -> calls.Encoded:
    """The custodian's statement to the registry, as the verified proof has it."""
    return calls.attest(
        token=str(proof.asset.token_address),
        proof_hash=proof.proof_hash,
        units=proof.units,
        burned_seen=proof.burned_seen,
        valid_until=int(valid_until.timestamp()),
    )


def attest_facts(proof: CustodyProof) -> dict[str, str]:
    """
    Read what an attestation rests on.

    :raises AssetNotOnChain:
    """
    asset = proof.asset
    if asset.status not in (Asset.Status.ACTIVE, Asset.Status.PAUSED):
        raise AssetNotOnChain
    return {
        "token": str(asset.token_address),
        "proof_hash": str(proof.proof_hash),
        "units": str(proof.units),
        "verified_by": str(proof.verified_by_id),
        "expiry_at": str(proof.expiry_at),
    }


def _why_no_proof(asset: Asset) -> str | None:
    """Name the certificate that no longer counts, so that people know what to renew."""
    last = asset.proofs.exclude(attested_at=None).order_by("-attested_at").first()
    if last is None or last.expiry_at is None:
        return None
    if last.expired_because in ("revoked", "replaced"):
        return f"The custody proof {last.custodian_reference} was {last.expired_because}; none is valid now."
    until = f"{last.expiry_at:%d %b %Y %H:%M} UTC"
    return f"The custody proof {last.custodian_reference} ran out on {until}; a renewed one must be attested."


def _limits(asset: Asset) -> calls.Limits | None:
    """None where nothing is limited: counting holders then costs every transfer nothing."""
    lock_up = lock_up_until(asset)
    limits = calls.Limits(
        max_holders=asset.terms["max_holders"] or 0,
        lock_up_until=int(lock_up.timestamp()) if lock_up else 0,
        min_holding=min_holding(asset) or 0,
    )
    return limits if limits != calls.Limits() else None
