import hashlib
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse

from assets.models import Asset, CustodyProof
from contracts.models import ChainOperation
from rwa_portal.core.models import AuditEvent

from .factories import AT, PAY_TO, REASON, add_deed, pdf, person, recorded, written

FORM = {"reason": REASON, "_form_submitted": "True"}


def page(name, *args) -> str:
    return reverse(f"admin:assets_{name}", args=args)


def press(client, model, row, button, **given):
    """Press a button as the page does and return the message it shows."""
    answer = client.post(page(f"{model}_{button}", row.pk), {**FORM, **given})
    assert "HX-Redirect" in answer.headers, answer.content.decode()[-2000:]
    return client.get(answer.headers["HX-Redirect"]).content.decode()


@pytest.fixture
def application(applicant):
    from assets import actions

    return actions.submit_issuer(
        legal_name="Beispiel GmbH", registration_number="HRB 1", jurisdiction_code="DE", by=applicant, at=AT
    )


@pytest.fixture
def now(monkeypatch):
    """The clock of the interfaces stands where the factories' terms are in time."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


def test_an_issuer_goes_through_its_review_by_buttons(client, application, officer, applicant):
    client.force_login(officer)

    press(client, "issuer", application, "start_review")
    press(client, "issuer", application, "send_back", asked=["legal_name"])
    application.refresh_from_db()
    assert (application.status, application.return_fields) == ("RETURNED", ["legal_name"])

    from assets import actions

    actions.resubmit_issuer(
        issuer_id=application.pk,
        legal_name="Beispiel GmbH",
        registration_number="HRB 1",
        jurisdiction_code="DE",
        by=applicant,
        at=AT,
    )
    assert "Register: done." in press(client, "issuer", application, "register")
    application.refresh_from_db()
    assert (application.status, application.reviewed_by) == ("REGISTERED", officer)


def test_only_buttons_that_can_act_are_shown(client, application, officer):
    client.force_login(officer)

    shown = client.get(page("issuer_change", application.pk)).content.decode()

    assert "Start the review" in shown
    assert "Refuse" not in shown


def test_the_applicant_who_is_staff_is_told_why_they_cannot_review(client, officer):
    from assets import actions

    row = actions.submit_issuer(
        legal_name="Mine GmbH", registration_number="HRB 7", jurisdiction_code="DE", by=officer, at=AT
    )
    client.force_login(officer)
    before = written()

    shown = press(client, "issuer", row, "start_review")

    assert "cannot review it" in shown
    assert written() == before


def test_an_asset_is_returned_approved_and_deployed_by_buttons(client, submitted, counsel, officer, now):
    client.force_login(counsel)
    missing = client.post(page("asset_send_back", submitted.pk), FORM)
    assert "required" in missing.content.decode()
    assert Asset.objects.get().status == "IN_REVIEW"

    assert "Approve: done." in press(client, "asset", submitted, "approve")
    client.force_login(officer)
    assert "Deploy: done." in press(client, "asset", submitted, "deploy")

    assert Asset.objects.get().status == "DEPLOYING"
    assert ChainOperation.objects.get().requested_by == officer


def test_return_names_what_must_change(client, submitted, counsel):
    client.force_login(counsel)

    press(client, "asset", submitted, "send_back", asked=["documents", "min_units"])

    assert Asset.objects.get().return_fields == ["documents", "min_units"]


@pytest.mark.parametrize("button", ["approve", "send_back", "deploy"])
def test_a_role_without_the_right_presses_nothing(client, submitted, second, button):
    client.force_login(second)
    before = written()

    answer = client.post(page(f"asset_{button}", submitted.pk), {**FORM, "asked": ["name"]})

    assert answer.status_code == 403
    assert written() == before


def proof_form(**changes) -> dict:
    file = io.BytesIO(pdf().getvalue())
    file.name = "certificate.pdf"
    day = date.today() + timedelta(days=180)
    given = {"custodian_reference": "C-1", "units": "5000", "expires_on": day, "reason": REASON, "file": file}
    return {**given, **changes}


def test_a_proof_is_recorded_on_its_page_and_verified_by_a_second_person(client, active, officer, second):
    address = page("asset_record_proof", active.pk)
    client.force_login(officer)
    assert address in client.get(page("asset_change", active.pk)).content.decode()
    assert client.get(address).status_code == 200

    client.post(address, proof_form())
    proof = CustodyProof.objects.get()
    client.force_login(person("third", "verify_proof", "view_custodyproof"))
    shown = press(client, "custodyproof", proof, "verify")

    assert "Verify and attest: done." in shown
    assert ChainOperation.objects.filter(kind="assets.attest").count() == 1


def test_the_recorder_is_told_that_another_must_verify(client, recorded, officer):
    client.force_login(officer)
    before = written()

    assert "cannot verify it" in press(client, "custodyproof", recorded, "verify")

    assert written() == before


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"units": "10000.01"}, "more units than the asset"),
        ({"units": "1.001"}, "at most 2 decimals"),
        ({"expires_on": "2020-01-01"}, "has run out already"),
        ({"expires_on": "2999-01-01"}, "at most 400 days"),
        ({"reason": "no"}, "at least 5 characters"),
    ],
)
def test_a_bad_certificate_is_named_and_not_stored(client, active, officer, changes, text):
    client.force_login(officer)
    before = written()

    answer = client.post(page("asset_record_proof", active.pk), proof_form(**changes))

    assert text in answer.content.decode()
    assert written() == before


@pytest.mark.parametrize("rights", [(), ("view_asset",), ("record_proof",)])
def test_the_certificates_page_asks_for_both_rights(client, active, rights):
    client.force_login(person("clerk", *rights))
    before = written()

    assert client.post(page("asset_record_proof", active.pk), proof_form()).status_code in (302, 403)
    assert written() == before


def test_a_document_is_read_by_those_who_see_its_row_each_time_with_audit(client, draft, applicant, counsel):
    document = add_deed(draft, applicant)
    address = page("assetdocument_download", document.pk)
    client.force_login(counsel)

    content = b"".join(client.get(address).streaming_content)

    assert "0x" + hashlib.sha256(content).hexdigest() == document.sha256
    assert AuditEvent.objects.filter(kind="document.read", by=counsel).count() == 1
    client.force_login(person("clerk", "view_asset"))
    assert client.get(address).status_code == 403
    assert AuditEvent.objects.filter(kind="document.read").count() == 1


def test_a_certificate_is_read_with_audit(client, recorded, second):
    client.force_login(second)

    b"".join(client.get(page("custodyproof_download", recorded.pk)).streaming_content)

    assert AuditEvent.objects.filter(kind="document.read", by=second).count() == 1


def test_the_pages_say_things_in_words(client, active, officer):
    recorded(active, officer, file=pdf("other"))
    client.force_login(officer)

    asset = client.get(page("asset_change", active.pk)).content.decode()
    assets = client.get(page("asset_changelist"), {"q": "haus"}).content.decode()
    proofs = client.get(page("custodyproof_changelist")).content.decode()

    assert "10,000.00 HAUS" in asset and "100.00 USDC" in asset and "DE, US" in asset
    assert "waits for a second person to verify it" in asset
    assert active.token_address in asset
    assert "10,000.00 HAUS" in assets and "5,000.00 HAUS" in proofs


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("issuer", {"q": "beispiel", "status__exact": "REGISTERED"}),
        ("asset", {"q": PAY_TO}),
        ("asset", {"q": "0x12"}),
        ("asset", {"status__exact": "ACTIVE", "asset_type__exact": "REAL_ESTATE"}),
        ("assetdocument", {"q": "deed", "kind__exact": "TITLE"}),
        ("custodyproof", {"q": "C-2026", "status__exact": "SUBMITTED"}),
    ],
)
def test_lists_are_searched_and_filtered(client, recorded, officer, model, query):
    client.force_login(officer)

    assert client.get(page(f"{model}_changelist"), query).status_code == 200


def test_an_asset_is_found_by_its_token_or_escrow(client, active, draft, officer):
    client.force_login(officer)

    for address in (active.token_address, active.escrow_address.lower(), "0x" + "12" * 20):
        shown = client.get(page("asset_changelist"), {"q": address}).content.decode()
        assert (str(active.pk) in shown) == (not address.startswith("0x1212"))
        assert str(draft.pk) not in shown
