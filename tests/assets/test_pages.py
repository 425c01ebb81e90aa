import hashlib
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assets import actions
from assets.models import Asset, AssetDocument, CustodyProof, Issuer
from contracts.models import ChainOperation
from rwa_portal.core import drafts
from rwa_portal.core.models import AuditEvent

from . import factories
from .factories import AT, PAY_TO, REASON, pdf, written

APPLICATION = {"legal_name": "Beispiel GmbH", "registration_number": "HRB 1", "jurisdiction_code": "DE"}
BASICS = {"name": "Beispielhaus", "symbol": "haus", "location": "Beispielstrasse 1, Berlin"}
LEGAL = {"RETAIL": "de", "ACCREDITED": "DE, US", "INSTITUTIONAL": "", "max_holders": "3", "lock_up_until": ""}
ECONOMICS = {
    "decimals": "2",
    "supply_cap": "10000",
    "unit_price": "100.50",
    "min_units": "10",
    "min_holding": "1",
    "opens_at": "2026-01-01T00:00",
    "closes_at": "2099-01-01T00:00",
    "pay_to": PAY_TO,
}


@pytest.fixture
def member(client, applicant):
    client.force_login(applicant)
    return client


def url(name, *args) -> str:
    return reverse(f"issuer:{name}", args=args)


def file(content: bytes | None = None, name: str = "deed.pdf"):
    upload = io.BytesIO(pdf().getvalue() if content is None else content)
    upload.name = name
    return upload


def errors_of(answer, form="form") -> dict:
    return {name: list(texts) for name, texts in answer.context[form].errors.items()}


def test_an_issuer_applies_and_sees_where_it_stands(member, applicant):
    answer = member.post(url("apply"), APPLICATION, follow=True)

    issuer = Issuer.objects.get()
    assert answer.redirect_chain[-1][0] == url("issuer", issuer.pk)
    assert "waits for a reviewer" in answer.content.decode()
    assert "Beispiel GmbH" in member.get(url("home")).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"legal_name": ""}, "legal_name"),
        ({"registration_number": ""}, "registration_number"),
        ({"jurisdiction_code": "XX"}, "jurisdiction_code"),
    ],
)
def test_a_bad_application_shows_the_field_and_stores_nothing(member, changes, field):
    before = written()

    answer = member.post(url("apply"), {**APPLICATION, **changes})

    assert list(errors_of(answer)) == [field]
    assert "Please correct 1 thing" in answer.content.decode()
    assert written() == before


def test_a_company_that_has_applied_is_named_at_its_number(member, issuer):
    before = written()

    answer = member.post(url("apply"), APPLICATION)

    assert list(errors_of(answer)) == ["registration_number"]
    assert written() == before


def test_what_was_typed_is_kept_and_forgotten_after_success(member, applicant):
    drafts.save(
        user=applicant, name="issuer-application", values={"legal_name": "Typed GmbH"}, at=timezone.now()
    )
    assert "Typed GmbH" in member.get(url("apply")).content.decode()

    member.post(url("apply"), APPLICATION)

    assert drafts.load(user=applicant, name="issuer-application") == {}


def test_a_returned_application_is_answered_on_its_page(member, issuer, officer, colleague):
    issuer = actions.submit_issuer(
        legal_name="Neu", registration_number="HRB 2", jurisdiction_code="DE", by=colleague, at=AT
    )
    actions.start_issuer_review(issuer_id=issuer.pk, by=officer, at=AT)
    actions.return_issuer(
        issuer_id=issuer.pk, asked=["legal_name"], by=officer, at=AT, reason="Write it in full."
    )
    member.force_login(colleague)

    page = member.get(url("issuer", issuer.pk)).content.decode()
    answer = {**APPLICATION, "legal_name": "Neu GmbH", "registration_number": "HRB 2"}
    member.post(url("issuer", issuer.pk), answer)

    assert "Write it in full." in page
    assert page.count("A change was asked for here.") == 1
    issuer.refresh_from_db()
    assert (issuer.status, issuer.legal_name) == ("IN_REVIEW", "Neu GmbH")


def test_members_are_added_by_e_mail_or_the_field_says_why_not(member, issuer, colleague):
    wrong = member.post(url("add_member", issuer.pk), {"email": "nobody@portal.example"})
    assert (wrong.status_code, list(errors_of(wrong, "member_form"))) == (422, ["email"])

    member.post(url("add_member", issuer.pk), {"email": colleague.email})

    assert issuer.memberships.count() == 2


def test_the_wizard_goes_from_a_name_to_legal_review(member, issuer):
    start = {"issuer": issuer.pk, "asset_type": "REAL_ESTATE", "name": "Beispielhaus"}
    answer = member.post(url("new_asset"), start)
    asset = Asset.objects.get()
    assert answer.url == url("step", asset.pk, "asset")

    for name, given, following in [
        ("asset", BASICS, url("step", asset.pk, "legal")),
        ("legal", LEGAL, url("step", asset.pk, "economics")),
        ("economics", ECONOMICS, url("step_documents", asset.pk)),
    ]:
        assert member.get(url("step", asset.pk, name)).status_code == 200
        assert member.post(url("step", asset.pk, name), given).url == following
    assert member.get(url("step_documents", asset.pk)).status_code == 200
    member.post(url("step_documents", asset.pk), {"kind": "TITLE", "file": file()})
    review = member.get(url("step_review", asset.pk)).content.decode()
    member.post(url("step_review", asset.pk))

    asset.refresh_from_db()
    assert (asset.status, asset.symbol, asset.supply_cap) == ("IN_REVIEW", "HAUS", 1_000_000)
    assert (asset.unit_price, asset.min_units) == (100_500_000, 1000)
    assert asset.terms == {
        "jurisdictions": {"RETAIL": ["DE"], "ACCREDITED": ["DE", "US"], "INSTITUTIONAL": []},
        "max_holders": 3,
        "lock_up_until": None,
        "min_holding": "100",
    }
    assert "10,000.00" in review and "100.50 USDC" in review and "1,005,000.00 USDC" in review


@pytest.mark.parametrize(
    ("step", "given", "field"),
    [
        ("asset", {**BASICS, "symbol": "h-1"}, "symbol"),
        ("asset", {**BASICS, "location": ""}, "location"),
        ("legal", {**LEGAL, "RETAIL": "DE, XX"}, "RETAIL"),
        ("legal", {**LEGAL, "max_holders": "0"}, "max_holders"),
        ("legal", {**LEGAL, "lock_up_until": "tomorrow"}, "lock_up_until"),
        ("legal", {**LEGAL, "lock_up_until": "0001-01-01T00:00"}, "lock_up_until"),
        ("economics", {**ECONOMICS, "supply_cap": "1.001"}, "supply_cap"),
        ("economics", {**ECONOMICS, "supply_cap": str(2**96)}, "supply_cap"),
        ("economics", {**ECONOMICS, "supply_cap": "NaN"}, "supply_cap"),
        ("economics", {**ECONOMICS, "supply_cap": ""}, "supply_cap"),
        ("economics", {**ECONOMICS, "unit_price": "0.0000001"}, "unit_price"),
        ("economics", {**ECONOMICS, "unit_price": "-1"}, "unit_price"),
        ("economics", {**ECONOMICS, "min_units": "10001"}, "min_units"),
        ("economics", {**ECONOMICS, "min_holding": "10001"}, "min_holding"),
        ("economics", {**ECONOMICS, "decimals": "19"}, "decimals"),
        ("economics", {**ECONOMICS, "closes_at": "2026-01-01T00:00"}, "closes_at"),
        ("economics", {**ECONOMICS, "pay_to": "0x" + "0" * 40}, "pay_to"),
        ("economics", {**ECONOMICS, "pay_to": PAY_TO.replace("C5ED", "c5ED")}, "pay_to"),
        ("economics", {**ECONOMICS, "pay_to": "hello"}, "pay_to"),
    ],
)
def test_a_bad_value_shows_its_field_keeps_the_text_and_stores_nothing(member, draft, step, given, field):
    before = written()

    answer = member.post(url("step", draft.pk, step), given)

    assert (answer.status_code, list(errors_of(answer))) == (200, [field])
    assert written() == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "TITLE", "file": b"no pdf"}, "file"),
        ({"kind": "TITLE", "file": b""}, "file"),
        ({"kind": "TITLE", "file": b"x" * (25 * 1024 * 1024 + 1)}, "file"),
        ({"kind": "LETTER", "file": None}, "kind"),
        ({"kind": "TITLE", "file": None, "expires_on": "2020-01-01"}, "expires_on"),
    ],
)
def test_a_bad_document_shows_its_field_and_stores_nothing(member, draft, given, field):
    before = written()

    answer = member.post(url("step_documents", draft.pk), {**given, "file": file(given["file"])})

    assert list(errors_of(answer)) == [field]
    assert (written(), AssetDocument.objects.count()) == (before, 0)


def test_a_document_is_shown_with_its_hash_downloaded_with_audit_and_taken_out(member, draft, applicant):
    content = pdf().getvalue()
    member.post(url("step_documents", draft.pk), {"kind": "TITLE", "file": file(content)})
    document = AssetDocument.objects.get()

    page = member.get(url("step_documents", draft.pk)).content.decode()
    downloaded = member.get(url("download_document", document.pk))

    assert hashlib.sha256(content).hexdigest() in page
    assert b"".join(downloaded.streaming_content) == content
    assert AuditEvent.objects.filter(kind="document.read", by=applicant).count() == 1
    member.post(url("withdraw_document", document.pk))
    assert not draft.documents.standing().exists()


def test_review_says_what_is_missing_and_does_not_submit(member, draft):
    Asset.objects.update(closes_at=timezone.now() + timedelta(days=1))
    page = member.get(url("step_review", draft.pk)).content.decode()
    answer = member.post(url("step_review", draft.pk))

    assert "Add the deed or title" in page
    assert errors_of(answer)["__all__"] == ["Add the deed or title: what shows who owns the asset."]
    assert Asset.objects.get().status == "DRAFT"


def test_a_returned_asset_highlights_only_what_was_asked(member, submitted, counsel):
    actions.return_asset(
        asset_id=submitted.pk, asked=["min_units"], by=counsel, at=AT, reason="Ten units at least."
    )

    status = member.get(url("asset", submitted.pk)).content.decode()
    economics = member.get(url("step", submitted.pk, "economics"))

    assert "Ten units at least." in status and "Price and supply" in status
    asked = [f.name for f in economics.context["form"] if "asked" in f.field.widget.attrs.get("class", "")]
    assert asked == ["min_units"]


def test_what_is_in_review_shows_no_form(member, submitted):
    answer = member.get(url("step", submitted.pk, "economics"))

    assert answer.url == url("asset", submitted.pk)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("asset", "get"),
        ("step_documents", "get"),
        ("step_documents", "post"),
        ("step_review", "get"),
        ("step_review", "post"),
        ("record_proof", "get"),
        ("record_proof", "post"),
    ],
)
def test_another_issuers_asset_does_not_exist(client, draft, stranger, name, method):
    client.force_login(stranger)
    before = written()

    assert getattr(client, method)(url(name, draft.pk)).status_code == 404
    assert written() == before


def test_nothing_of_another_issuer_exists(client, draft, applicant, stranger):
    document = factories.add_deed(draft, applicant)
    client.force_login(stranger)
    before = written()

    assert client.get(url("step", draft.pk, "legal")).status_code == 404
    assert client.post(url("step", draft.pk, "legal"), LEGAL).status_code == 404
    assert client.get(url("issuer", draft.issuer_id)).status_code == 404
    assert client.post(url("add_member", draft.issuer_id), {"email": stranger.email}).status_code == 404
    assert client.get(url("download_document", document.pk)).status_code == 404
    assert client.post(url("withdraw_document", document.pk)).status_code == 404
    start = {"issuer": draft.issuer_id, "asset_type": "CREDIT", "name": "Mine now"}
    assert list(errors_of(client.post(url("new_asset"), start))) == ["issuer"]
    assert written() == before
    assert "Beispiel" not in client.get(url("home")).content.decode()


def test_pages_need_a_sign_in(client, draft):
    for address in (url("home"), url("apply"), url("asset", draft.pk), url("step", draft.pk, "legal")):
        assert client.get(address).url.startswith("/accounts/login/")


def test_a_certificate_is_handed_in_and_waits_for_a_second_person(member, active):
    day = date.today() + timedelta(days=180)
    given = {
        "custodian_reference": "C-1",
        "units": "5,000".replace(",", ""),
        "expires_on": day,
        "file": file(),
    }

    answer = member.post(url("record_proof", active.pk), given, follow=True)

    proof = CustodyProof.objects.get()
    assert (proof.units, proof.burned_seen, proof.status) == (500_000, 0, "SUBMITTED")
    assert f"{proof.expiry_at:%Y-%m-%d %H:%M:%S}" == f"{day} 23:59:59"
    assert "waits for a second person" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"units": "10000.01"}, "units"),
        ({"units": "1.001"}, "units"),
        ({"units": ""}, "units"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"expires_on": "9999-12-31"}, "expires_on"),
        ({"custodian_reference": ""}, "custodian_reference"),
        ({"file": b"no pdf"}, "file"),
    ],
)
def test_a_bad_certificate_shows_its_field_and_stores_nothing(member, active, changes, field):
    before = written()
    given = {"custodian_reference": "C-1", "units": "5000", **changes}

    answer = member.post(url("record_proof", active.pk), {**given, "file": file(changes.get("file"))})

    assert list(errors_of(answer)) == [field]
    assert written() == before


def test_the_status_page_follows_the_asset_to_the_chain(member, approved, officer):
    assert "the platform deploys it next" in member.get(url("asset", approved.pk)).content.decode()

    actions.deploy_asset(asset_id=approved.pk, by=officer, at=AT, reason=REASON)
    assert "queued" in member.get(url("asset", approved.pk)).content.decode()
    ChainOperation.objects.update(state="AWAITING_APPROVAL")
    assert "waits for approvals: 0/0" in member.get(url("asset", approved.pk)).content.decode()


def test_home_lists_what_waits_for_the_member(member, active):
    page = member.get(url("home")).content.decode()

    assert "has no valid custody proof" in page
    assert url("record_proof", active.pk) in page


def test_published_terms_are_anybodys_for_ever(client, approved):
    path = approved.metadata_uri.removeprefix("http://127.0.0.1:8000")

    answer = client.get(path)

    assert "0x" + hashlib.sha256(answer.content).hexdigest() == approved.metadata_hash
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "application/json",
        "public, max-age=31536000, immutable",
    )
    assert client.get("/metadata/" + "0" * 64 + ".json").status_code == 404
    assert client.get(path.replace(".json", "x.json")).status_code == 404
    assert client.post(path).status_code == 405
