"""Custody proofs: recorded by one person, verified by another, valid by the chain, expired by the clock."""

from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django_fsm import can_proceed

from assets import notices, queries
from assets.actions.issuers import refuse_involved
from assets.models import Asset, CustodyProof
from assets.models.asset import TERMS_FINAL
from assets.terms import AmountOutOfRange, offering
from contracts import operations
from contracts.models import ChainOperation
from rwa_portal.core import documents, history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

LONGEST = timedelta(days=400)  # the registry accepts no more
DEFAULT = timedelta(days=399)  # a day less, because the registry counts by the block's clock


class AssetTakesNoProof(DomainError):
    """A custody proof is recorded once legal review has approved the asset."""


class ReferenceMissing(RuleBroken):
    """The custodian's reference is 1 to 128 characters."""

    field = "custodian_reference"


class UnitsAboveCap(RuleBroken):
    """The certificate covers more units than the asset's supply cap."""

    field = "units"


class ExpiryInThePast(RuleBroken):
    """The certificate has run out already."""

    field = "expiry_at"


class ExpiryTooFar(RuleBroken):
    """A certificate counts for at most 400 days."""

    field = "expiry_at"


class ProofAlreadyRecorded(RuleBroken):
    """Exactly this certificate was recorded for the asset already."""

    field = "file"


class ProofNotWaiting(DomainError):
    """The proof does not wait for a verification."""


class RecorderCannotVerify(DomainError):
    """Whoever recorded the proof cannot verify it."""


class ProofNotRunOut(DomainError):
    """The proof has not run out."""


@action
def record_proof(
    *,
    asset_id: UUID,
    custodian_reference: str,
    units: int,
    burned_seen: int = 0,
    expiry_at: datetime | None,
    file_name: str,
    file: BinaryIO,
    by: User,
    at: datetime,
    reason: str = "",
) -> CustodyProof:
    """
    Keep the custodian's certificate. It counts after a second person has verified it and the chain has it.

    :raises AssetTakesNoProof:
    :raises ReferenceMissing, AmountOutOfRange, UnitsAboveCap, ExpiryInThePast, ExpiryTooFar:
    :raises ProofAlreadyRecorded:
    :raises RuleBroken: if the file is no PDF or too large, see core.documents
    """
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset_id)
    if asset.status not in TERMS_FINAL or asset.status == Asset.Status.REDEEMED:
        raise AssetTakesNoProof
    _check(asset, custodian_reference, units, burned_seen, expiry_at, at)
    stored = documents.store(file, name=file_name, owner_id=asset.issuer_id, by=by, at=at)
    proof = CustodyProof(
        asset=asset,
        document=stored,
        file_name=stored.name,
        custodian_reference=custodian_reference.strip(),
        proof_hash=f"0x{stored.sha256}",
        units=units,
        burned_seen=burned_seen,
        expiry_at=expiry_at,
        recorded_by=by,
        recorded_at=at,
    )
    try:
        with transaction.atomic():
            return _record(proof, "custody_proof.recorded", by=by, at=at, reason=reason)
    except IntegrityError as error:
        if "proof_hash_once_per_asset" in str(error):
            raise ProofAlreadyRecorded from None
        raise


@action
def verify_proof(*, proof_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Confirm as a second person that the certificate is genuine, and ask for its attestation on chain.

    The proof becomes VALID later, when the indexer hears CustodyAttested.

    :raises ProofNotWaiting, RecorderCannotVerify, ReviewerInvolved:
    :raises ProofExpired, AssetNotOnChain:
    """
    proof = _lock(proof_id)
    if proof.status != CustodyProof.Status.SUBMITTED or proof.is_verified:
        raise ProofNotWaiting
    if by == proof.recorded_by:
        raise RecorderCannotVerify
    refuse_involved(proof.asset.issuer, submitted_by=None, by=by)
    if proof.expiry_at is not None and proof.expiry_at <= at:
        raise queries.ProofExpired
    valid_until = proof.expiry_at or at + DEFAULT
    proof.verify(expiry_at=valid_until, by=by, at=at)
    facts = queries.attest_facts(proof)
    _, attesting = queries.wallets_of(proof.asset.issuer)
    _record(proof, "custody_proof.verified", by=by, at=at, reason=reason)
    encoded = queries.attestation_call(proof, valid_until=valid_until)
    return operations.enqueue(
        operations.Call(queries.ATTEST, encoded.to, encoded.calldata, facts),
        key=f"custody_proof:{proof.pk}:attest",
        subject=proof,
        wallet=attesting,
        by=by,
        at=at,
    )


@action
def expire_proof(*, proof_id: UUID, by: User, at: datetime) -> CustodyProof:
    """
    Let a proof that has run out back nothing any more.

    :raises ProofNotRunOut:
    """
    proof = _lock(proof_id)
    if not can_proceed(proof.expire) or proof.expiry_at is None or proof.expiry_at > at:
        raise ProofNotRunOut
    proof.expire(because="run out")
    return _record(proof, "custody_proof.expired", by=by, at=at)


@action
def warn_of_expiry(*, proof_id: UUID, by: User, at: datetime) -> int | None:
    """Tell staff and the issuer, once each, that a valid proof runs out in 30, 7 or 1 days; return which."""
    proof = _lock(proof_id)
    days = notices.due(proof, at)
    if days is None:
        return None
    proof.warned_days = days
    _record(proof, f"custody_proof.expires_in_{days}_days", by=by, at=at)
    notices.proof_expires(proof)
    return days


def _check(
    asset: Asset, reference: str, units: int, burned_seen: int, expiry_at: datetime | None, at: datetime
) -> None:
    if not 1 <= len(reference.strip()) <= 128:
        raise ReferenceMissing
    if not 0 < units <= MAX_UNITS:
        raise AmountOutOfRange(field="units")
    if not 0 <= burned_seen <= MAX_UNITS:
        raise AmountOutOfRange(field="burned_seen")
    if units > offering(asset).supply_cap:
        raise UnitsAboveCap
    if expiry_at is not None and expiry_at <= at:
        raise ExpiryInThePast
    if expiry_at is not None and expiry_at > at + LONGEST:
        raise ExpiryTooFar


def _lock(proof_id: UUID) -> CustodyProof:
    # The asset first, in every action: its proofs replace one another.
    Asset.objects.select_for_update(of=("self",)).get(proofs=proof_id)
    return (
        CustodyProof.objects.select_for_update(of=("self",))
        .select_related("asset__issuer__custodian_wallet")
        .get(pk=proof_id)
    )


def _record(proof: CustodyProof, kind: str, *, by: User, at: datetime, reason: str = "") -> CustodyProof:
    history.save(proof, by=by, reason=kind)
    AuditEvent.record(kind, subject=proof, by=by, at=at, reason=reason)
    return proof
