from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed, can_proceed

from assets.models import Asset, CustodyProof, Issuer
from contracts.models import CustodyWallet, Purpose
from rwa_portal.core.models import Document, User

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
TOKEN = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"
ESCROW = "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d"


@pytest.fixture
def person(db):
    return User.objects.create_user("applicant@portal.example")


@pytest.fixture
def issuer(person):
    return Issuer.objects.create(
        legal_name="Beispiel GmbH",
        registration_number="HRB 1",
        jurisdiction_code="DE",
        submitted_by=person,
        submitted_at=AT,
        created_at=AT,
    )


@pytest.fixture
def asset(issuer, person):
    return Asset.objects.create(
        issuer=issuer,
        asset_type="REAL_ESTATE",
        name="Beispielhaus",
        symbol="HAUS",
        decimals=2,
        supply_cap=1_000_000,
        unit_price=100_000_000,
        min_units=1000,
        opens_at=AT,
        closes_at=AT + timedelta(days=30),
        pay_to=TOKEN,
        created_by=person,
        created_at=AT,
        submitted_by=person,
        submitted_at=AT,
    )


@pytest.fixture
def proof(asset, person):
    return CustodyProof.objects.create(
        asset=asset,
        document=Document.objects.create(
            owner_id=asset.issuer_id, sealed_name=b"", size_bytes=1, uploaded_by=person, uploaded_at=AT
        ),
        file_name="certificate.pdf",
        custodian_reference="C-1",
        proof_hash="0x" + "ab" * 32,
        units=1000,
        recorded_by=person,
        recorded_at=AT,
    )


def refused(row, **changes) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(**changes)
    return str(error.value)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"supply_cap": 0}, "asset_cap_positive_and_fits_the_chain"),
        ({"supply_cap": 2**96}, "asset_cap_positive_and_fits_the_chain"),
        ({"unit_price": 0}, "asset_price_positive_and_fits_the_chain"),
        ({"unit_price": 2**96}, "asset_price_positive_and_fits_the_chain"),
        ({"min_units": 1_000_001}, "asset_min_units_within_cap"),
        ({"min_units": 0}, "asset_min_units_within_cap"),
        ({"closes_at": AT}, "asset_opens_before_it_closes"),
        ({"decimals": 19}, "asset_decimals_0_to_18"),
        ({"symbol": "haus"}, "asset_symbol_is_a_symbol"),
        ({"asset_type": "ART"}, "asset_type_known"),
        ({"status": "IN_REVIEW", "pay_to": None}, "asset_complete_when_submitted"),
        ({"status": "APPROVED"}, "asset_approved_has_metadata"),
        ({"status": "ACTIVE"}, "asset_a"),
        ({"token_address": TOKEN, "escrow_address": ESCROW}, "asset_addresses_exactly_when_on_chain"),
    ],
)
def test_the_database_refuses_a_bad_asset(asset, changes, constraint):
    assert constraint in refused(asset, **changes)


def test_the_database_refuses_an_approval_by_the_submitter(asset, person):
    assert "asset_not_approved_by_its_submitter" in refused(asset, approved_by=person)


def test_the_database_refuses_a_registered_issuer_without_or_with_equal_wallets(issuer):
    wallet = CustodyWallet.objects.create(
        address=TOKEN, vendor="local", purpose=Purpose.ISSUER, created_at=AT
    )

    assert "issuer_registered_has_wallets" in refused(issuer, status="REGISTERED")
    assert "issuer_never_attests_itself" in refused(issuer, custody_wallet=wallet, custodian_wallet=wallet)


def test_the_database_refuses_a_review_by_the_applicant(issuer, person):
    changes = {"reviewed_by": person, "reviewed_at": AT}

    assert "issuer_not_reviewed_by_its_applicant" in refused(issuer, **changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"units": 0}, "proof_units_positive_and_fit_the_chain"),
        ({"units": 2**96}, "proof_units_positive_and_fit_the_chain"),
        ({"burned_seen": -1}, "proof_burned_seen_fits_the_chain"),
        ({"verified_at": AT}, "proof_verified_at_and_by_together"),
        ({"status": "VALID"}, "proof_valid_is_verified_attested_and_ends"),
    ],
)
def test_the_database_refuses_a_bad_proof(proof, changes, constraint):
    assert constraint in refused(proof, **changes)


def test_the_database_refuses_a_verification_by_the_recorder(proof, person):
    changes = {"verified_by": person, "verified_at": AT}

    assert "proof_verified_by_a_second_person" in refused(proof, **changes)


ALLOWED = {
    Issuer: {
        "SUBMITTED": {"start_review"},
        "IN_REVIEW": {"return_for_changes", "register", "refuse"},
        "RETURNED": {"resubmit"},
        "REGISTERED": set(),
        "REFUSED": set(),
    },
    Asset: {
        "DRAFT": {"submit"},
        "IN_REVIEW": {"return_for_changes", "approve"},
        "RETURNED": {"submit"},
        "APPROVED": {"deploy"},
        "DEPLOYING": {"undo_deployment", "record_deployment"},
        "ACTIVE": {"record_pause"},
        "PAUSED": {"record_unpause", "record_redeemed"},
        "REDEEMED": set(),
    },
    CustodyProof: {
        "SUBMITTED": {"verify", "undo_verification", "record_attested", "expire"},
        "VALID": {"expire", "record_revoked", "record_replaced"},
        "EXPIRED": set(),
    },
}


@pytest.mark.parametrize(
    ("model", "status"), [(model, status) for model, table in ALLOWED.items() for status in table]
)
def test_only_the_listed_transitions_leave_a_status(model, status):
    row = model(status=status)
    field = model._meta.get_field("status")
    names = {transition.name for transition in field.get_all_transitions(model)}

    assert {name for name in names if can_proceed(getattr(row, name))} == ALLOWED[model][status]
    assert set(ALLOWED[model]) == set(model.Status.values)


def test_status_cannot_be_assigned_and_a_transition_out_of_turn_raises(asset):
    with pytest.raises(AttributeError):
        asset.status = "ACTIVE"
    with pytest.raises(TransitionNotAllowed):
        asset.record_deployment(token=TOKEN, escrow=ESCROW, at=AT)
