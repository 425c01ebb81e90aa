import io
import uuid
from datetime import UTC, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Permission
from pypdf import PdfWriter

from assets import actions
from assets.models import Asset, CustodyProof, Issuer
from contracts import deployments
from contracts.models import Deployment
from indexer import registry as indexer
from indexer.models import Block, EventLog
from indexer.registry import Event
from rwa_portal.core.models import AuditEvent, User

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
PAY_TO = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"
REASON = "Papers checked."
CONTRACTS = [
    "AssetFactory",
    "AssetTokenImplementation",
    "EscrowImplementation",
    "CustodyRegistry",
    "Timelock",
]


def person(name: str, *codenames: str, verified: bool = True) -> User:
    user = User.objects.create_user(f"{name}@portal.example", is_staff=bool(codenames))
    if verified:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def deploy_suite() -> None:
    for number, name in enumerate(CONTRACTS, 1):
        Deployment.objects.create(
            network="dev",
            chain_id=settings.CHAIN.chain_id,
            name=name,
            address=f"0x{number:040x}",
            abi_version="v1",
            code_hash="0x" + "00" * 32,
            block_number=1,
            deployed_at=AT,
        )


def pdf(text: str = "deed") -> io.BytesIO:
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Title": text})
    writer.write(file)
    file.seek(0)
    return file


def full_terms(**changes) -> dict:
    return {
        "asset_type": "REAL_ESTATE",
        "name": "Beispielhaus",
        "symbol": "HAUS",
        "particulars": {"location": "Beispielstrasse 1, Berlin"},
        "decimals": 2,
        "supply_cap": 1_000_000,
        "unit_price": 100_000_000,
        "min_units": 1000,
        "opens_at": AT,
        "closes_at": AT + timedelta(days=30),
        "maturity_date": None,
        "pay_to": PAY_TO,
        "jurisdictions": {"RETAIL": ["DE"], "ACCREDITED": ["DE", "US"], "INSTITUTIONAL": ["DE", "US"]},
        "max_holders": 3,
        "lock_up_until": AT + timedelta(days=40),
        "min_holding": 100,
        **changes,
    }


def registered(applicant: User, reviewer: User, number: str = "HRB 1") -> Issuer:
    issuer = actions.submit_issuer(
        legal_name="Beispiel GmbH",
        registration_number=number,
        jurisdiction_code="DE",
        by=applicant,
        at=AT,
    )
    actions.start_issuer_review(issuer_id=issuer.pk, by=reviewer, at=AT)
    return actions.register_issuer(issuer_id=issuer.pk, by=reviewer, at=AT, reason=REASON)


def draft(issuer: Issuer, by: User, **changes) -> Asset:
    given = full_terms(**changes)
    asset = actions.create_asset_draft(
        issuer_id=issuer.pk, asset_type=given["asset_type"], name=given["name"], by=by, at=AT
    )
    return actions.update_asset_draft(asset_id=asset.pk, changes=given, by=by, at=AT)


def add_deed(asset: Asset, by: User, text: str = "deed", name: str = "deed.pdf"):
    return actions.add_document(
        asset_id=asset.pk, kind="TITLE", file_name=name, file=pdf(text), expires_on=None, by=by, at=AT
    )


def submitted(issuer: Issuer, by: User) -> Asset:
    asset = draft(issuer, by)
    add_deed(asset, by)
    return actions.submit_asset(asset_id=asset.pk, by=by, at=AT)


def approved(issuer: Issuer, by: User, counsel: User) -> Asset:
    asset = submitted(issuer, by)
    return actions.approve_asset(asset_id=asset.pk, by=counsel, at=AT, reason=REASON)


def event(name: str, address: str, at: datetime = AT, **payload: str) -> Event:
    abi, short = name.split(".")
    return Event(
        id=None,
        seq=1,
        abi=abi,
        name=short,
        address=address,
        tx_hash="0x" + "ab" * 32,
        log_index=0,
        block_number=10,
        block_at=at,
        payload=payload,
    )


def deployed_event(asset: Asset, **changes) -> Event:
    from contracts import calls

    token, escrow = calls.predict_asset(asset.pk)
    payload = {
        "assetId": calls.word_of(asset.pk),
        "token": token,
        "escrow": escrow,
        "cap": str(asset.supply_cap),
        "decimals": str(asset.decimals),
        "metadataHash": asset.metadata_hash,
        **changes,
    }
    return event("AssetFactory.AssetDeployed", f"0x{1:040x}", **payload)


def active(issuer: Issuer, by: User, counsel: User, officer: User) -> Asset:
    asset = approved(issuer, by, counsel)
    actions.deploy_asset(asset_id=asset.pk, by=officer, at=AT, reason=REASON)
    indexer.dispatch(deployed_event(asset))
    return Asset.objects.get(pk=asset.pk)


def recorded(asset: Asset, by: User, **changes) -> CustodyProof:
    given = {
        "custodian_reference": "C-2026-1",
        "units": 500_000,
        "expiry_at": AT + timedelta(days=180),
        "file_name": "certificate.pdf",
        "file": pdf("certificate"),
        **changes,
    }
    return actions.record_proof(asset_id=asset.pk, by=by, at=AT, **given)


def attested_event(proof: CustodyProof, at: datetime = AT) -> Event:
    return event(
        "CustodyRegistry.CustodyAttested",
        f"0x{4:040x}",
        at=at,
        token=proof.asset.token_address,
        proofHash=proof.proof_hash,
        custodian=proof.asset.issuer.custodian_wallet.address,
        units=str(proof.units),
        burnedSeen="0",
        validUntil=str(int(proof.expiry_at.timestamp())),
    )


def timelock_says(delay_s: int, *, number: int = 1) -> None:
    """Let the indexer have heard how long the timelock waits."""
    block = Block.objects.create(
        hash=f"0x{number:064x}",
        chain_id=settings.CHAIN.chain_id,
        number=number,
        parent_hash="0x" + "00" * 32,
        at=AT,
        is_canonical=True,
    )
    EventLog.objects.create(
        id=uuid.uuid4(),
        seq=number,
        chain_id=settings.CHAIN.chain_id,
        block=block,
        block_number=number,
        log_index=0,
        tx_hash="0x" + "cd" * 32,
        address=deployments.address("Timelock"),
        abi="UpgradeTimelock",
        abi_version="v1",
        event_name="MinDelayChange",
        decoded_payload={"oldDuration": "0", "newDuration": str(delay_s)},
        parties=[],
        topics=b"",
        data=b"",
        processed_at=AT,
    )


def status_changed(asset: Asset, status: int) -> Event:
    return event("AssetToken.StatusChanged", str(asset.token_address), status=str(status))


def paused(asset: Asset) -> Asset:
    indexer.dispatch(status_changed(asset, 1))
    return Asset.objects.get(pk=asset.pk)


def written() -> tuple[int, ...]:
    """Everything an action could leave behind."""
    from contracts.models import ChainOperation
    from rwa_portal.core.models import Document

    models = (Issuer, Asset, CustodyProof, Document, ChainOperation, AuditEvent)
    histories = (Issuer.history, Asset.history, CustodyProof.history)
    return tuple(model.objects.count() for model in models) + tuple(h.count() for h in histories)
