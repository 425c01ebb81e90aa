import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from assets import actions, hooks, queries, tasks
from assets.actions import proofs
from assets.actions.issuers import ReviewerInvolved
from assets.models import Asset, CustodyProof
from assets.terms import AmountOutOfRange
from contracts import calls
from contracts.models import ChainOperation
from indexer import registry as indexer
from rwa_portal.core.actions import action
from rwa_portal.core.documents import NotAPdf
from rwa_portal.core.models import AuditEvent

from . import factories
from .factories import AT, REASON, attested_event, event, pdf, recorded, written


def verify(proof, by, at=AT):
    return actions.verify_proof(proof_id=proof.pk, by=by, at=at, reason=REASON)


def valid(asset, recorder, verifier, **changes):
    proof = recorded(asset, recorder, **changes)
    verify(proof, verifier)
    proof.refresh_from_db()
    indexer.dispatch(attested_event(proof))
    return CustodyProof.objects.get(pk=proof.pk)


def revoked_event(asset, at=AT):
    payload = {"token": asset.token_address, "by": asset.token_address}
    return event("CustodyRegistry.CustodyRevoked", asset.token_address, at=at, **payload)


@pytest.fixture
def clock(monkeypatch):
    def set_to(at):
        monkeypatch.setattr(timezone, "now", lambda: at)

    return set_to


def test_a_recorded_proof_backs_nothing(recorded, active):
    assert (recorded.status, recorded.is_verified) == ("SUBMITTED", False)
    with pytest.raises(queries.CustodyProofMissing):
        queries.valid_proof(active, at=AT)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"custodian_reference": " "}, proofs.ReferenceMissing, "custodian_reference"),
        ({"units": 0}, AmountOutOfRange, "units"),
        ({"units": 2**96}, AmountOutOfRange, "units"),
        ({"units": 1_000_001}, proofs.UnitsAboveCap, "units"),
        ({"burned_seen": -1}, AmountOutOfRange, "burned_seen"),
        ({"expiry_at": AT}, proofs.ExpiryInThePast, "expiry_at"),
        ({"expiry_at": AT + timedelta(days=401)}, proofs.ExpiryTooFar, "expiry_at"),
        ({"file": io.BytesIO(b"no pdf")}, NotAPdf, "file"),
    ],
)
def test_a_bad_proof_names_the_field_and_writes_nothing(active, officer, changes, error, field):
    before = written()

    with pytest.raises(error) as refusal:
        recorded(active, officer, **changes)

    assert refusal.value.field == field
    assert written() == before


def test_a_certificate_is_recorded_once(active, officer):
    file = pdf().getvalue()
    recorded(active, officer, file=io.BytesIO(file))
    before = written()

    with pytest.raises(proofs.ProofAlreadyRecorded):
        recorded(active, officer, file=io.BytesIO(file))

    assert written() == before


def test_a_draft_takes_no_proof(submitted, officer):
    with pytest.raises(proofs.AssetTakesNoProof):
        recorded(submitted, officer)


def test_verify_asks_the_issuers_custodian_to_attest(recorded, second):
    operation = verify(recorded, second)

    recorded.refresh_from_db()
    assert (recorded.status, recorded.verified_by) == ("SUBMITTED", second)
    assert (operation.kind, operation.wallet.purpose) == ("assets.attest", "CUSTODIAN")
    assert operation.wallet == recorded.asset.issuer.custodian_wallet
    assert (
        bytes(operation.calldata)
        == calls.attest(
            token=recorded.asset.token_address,
            proof_hash=recorded.proof_hash,
            units=500_000,
            burned_seen=0,
            valid_until=int(recorded.expiry_at.timestamp()),
        ).calldata
    )
    assert hooks.attest_title(operation) == "Attest that C-2026-1 backs 5,000.00 of Beispielhaus (HAUS)"


def test_the_recorder_cannot_verify(recorded, officer):
    before = written()

    with pytest.raises(proofs.RecorderCannotVerify):
        verify(recorded, officer)

    assert written() == before


def test_a_member_of_the_issuer_cannot_verify(recorded, applicant):
    before = written()

    with pytest.raises(ReviewerInvolved):
        verify(recorded, applicant)

    assert written() == before


def test_a_proof_is_verified_once(recorded, second):
    verify(recorded, second)
    before = written()

    with pytest.raises(proofs.ProofNotWaiting):
        verify(recorded, second)

    assert written() == before


def test_a_proof_that_has_run_out_is_not_verified(recorded, second):
    before = written()

    with pytest.raises(queries.ProofExpired):
        verify(recorded, second, at=recorded.expiry_at)

    assert written() == before


def test_a_proof_waits_until_the_asset_is_on_chain(approved, officer, second):
    proof = recorded(approved, officer)
    before = written()

    with pytest.raises(queries.AssetNotOnChain):
        verify(proof, second)

    assert written() == before
    assert not CustodyProof.objects.get().is_verified


def test_without_an_expiry_it_counts_for_399_days(active, officer, second):
    proof = recorded(active, officer, expiry_at=None)

    verify(proof, second)

    assert CustodyProof.objects.get().expiry_at == AT + timedelta(days=399)


def test_custody_attested_makes_it_valid_once_however_often_it_is_heard(active, officer, second):
    proof = valid(active, officer, second)
    indexer.dispatch(attested_event(proof))

    assert (proof.status, proof.attested_at) == ("VALID", AT)
    assert queries.valid_proof(active, at=AT) == proof
    assert AuditEvent.objects.filter(kind="custody_proof.attested").count() == 1


def test_a_new_attestation_replaces_the_one_before(active, officer, second):
    first = valid(active, officer, second)
    renewed = valid(active, officer, second, file=pdf("renewed"))

    first.refresh_from_db()
    assert (first.status, first.expired_because) == ("EXPIRED", "replaced")
    assert queries.valid_proof(active, at=AT) == renewed
    assert first.file_name == renewed.file_name
    indexer.dispatch(attested_event(first))
    assert queries.valid_proof(active, at=AT) == renewed


def test_an_attestation_nobody_recorded_is_raised_to_be_parked(recorded):
    stray = attested_event(recorded)
    stray.payload["proofHash"] = "0x" + "77" * 32

    with pytest.raises(CustodyProof.DoesNotExist):
        indexer.dispatch(stray)


def test_a_revocation_ends_the_backing_but_not_of_a_later_proof(active, officer, second):
    proof = valid(active, officer, second)
    indexer.dispatch(revoked_event(active, at=AT - timedelta(seconds=1)))
    assert CustodyProof.objects.get().status == "VALID"

    for _ in range(2):
        indexer.dispatch(revoked_event(active))

    proof.refresh_from_db()
    assert (proof.status, proof.expired_because) == ("EXPIRED", "revoked")


def test_a_failed_attestation_can_be_asked_for_again(recorded, second):
    operation = verify(recorded, second)
    fail = action(hooks.attest_failed)
    fail(operation, "REJECTED")
    fail(operation, "REJECTED")

    assert CustodyProof.objects.get().verified_by is None
    ChainOperation.objects.update(state="REJECTED")
    assert verify(recorded, second).pk != operation.pk


def test_the_recheck_reads_the_facts_again(active, officer, second):
    soon = timezone.now() + timedelta(days=1)
    proof = actions.record_proof(
        asset_id=active.pk,
        custodian_reference="C-2",
        units=5,
        expiry_at=soon,
        file_name="c.pdf",
        file=pdf(),
        by=officer,
        at=timezone.now(),
    )
    operation = verify(proof, second, at=timezone.now())
    assert hooks.recheck_attest(operation) == operation.facts

    CustodyProof.objects.update(expiry_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(queries.ProofExpired):
        hooks.recheck_attest(operation)
    CustodyProof.objects.update(expiry_at=soon, verified_at=None, verified_by=None)
    with pytest.raises(hooks.ProofNotVerified):
        hooks.recheck_attest(operation)
    CustodyProof.objects.update(verified_at=AT, verified_by=second)
    Asset.objects.update(status="REDEEMED")
    with pytest.raises(queries.AssetNotOnChain):
        hooks.recheck_attest(operation)


def test_the_clock_expires_what_has_run_out_and_nothing_else(active, officer, second, clock):
    proof = valid(active, officer, second)
    clock(proof.expiry_at - timedelta(seconds=1))
    tasks.expire_proofs()
    assert CustodyProof.objects.get().status == "VALID"

    clock(proof.expiry_at)
    tasks.expire_proofs()
    tasks.expire_proofs()

    expired = CustodyProof.objects.get()
    assert (expired.status, expired.expired_because) == ("EXPIRED", "run out")
    assert AuditEvent.objects.get(kind="custody_proof.expired").by.service_name == "clock"
    with pytest.raises(queries.CustodyProofMissing):
        queries.valid_proof(active, at=AT)


def test_a_proof_backs_nothing_from_its_last_second_on_even_before_the_clock_comes(active, officer, second):
    proof = valid(active, officer, second)

    with pytest.raises(queries.CustodyProofMissing, match="C-2026-1 ran out on 27 Sep 2026 12:00 UTC"):
        queries.valid_proof(active, at=proof.expiry_at)


def test_a_proof_that_has_not_run_out_cannot_be_expired(recorded, officer):
    before = written()

    with pytest.raises(proofs.ProofNotRunOut):
        actions.expire_proof(proof_id=recorded.pk, by=officer, at=AT)

    assert written() == before


def test_warnings_come_once_at_30_7_and_1_days(active, officer, second, clock):
    expiry = valid(active, officer, second).expiry_at
    for hours in (31 * 24, 30 * 24, 29 * 24, 7 * 24, 6 * 24, 24, 1):
        clock(expiry - timedelta(hours=hours))
        tasks.warn_of_expiring_proofs()
        tasks.warn_of_expiring_proofs()

    kinds = AuditEvent.objects.filter(kind__startswith="custody_proof.expires_in").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "custody_proof.expires_in_30_days",
        "custody_proof.expires_in_7_days",
        "custody_proof.expires_in_1_days",
    ]


def test_staff_with_the_right_and_the_members_are_warned(active, officer, second, counsel, clock):
    from django.core import mail

    expiry = valid(active, officer, second).expiry_at
    mail.outbox.clear()
    clock(expiry - timedelta(days=7))

    tasks.warn_of_expiring_proofs()

    assert {message.to[0] for message in mail.outbox} == {
        "applicant@portal.example",
        "officer.a@portal.example",
        "officer.b@portal.example",
    }
    assert all("Beispielhaus (HAUS) runs out on 27 Sep 2026" in message.subject for message in mail.outbox)


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_ask_for_one_attestation(applicant, officer, counsel, second):
    factories.deploy_suite()
    issuer = factories.registered(applicant, officer)
    proof = recorded(factories.active(issuer, applicant, counsel, officer), officer)
    start = threading.Barrier(8)

    def race(_):
        try:
            start.wait(10)
            verify(proof, second)
            return "asked"
        except proofs.ProofNotWaiting:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(race, range(8)))

    assert results == ["asked"] + ["refused"] * 7
    assert ChainOperation.objects.filter(kind="assets.attest").count() == 1
