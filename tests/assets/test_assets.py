import hashlib
import io
import json
from datetime import timedelta

import pytest

from assets import actions, metadata, terms
from assets.actions import assets as decisions
from assets.actions import documents as papers
from assets.actions.issuers import ReviewerInvolved
from assets.models import Asset, AssetDocument, AssetMetadata, IssuerMember
from assets.queries import IssuerNotRegistered, subscription_terms_hash
from rwa_portal.core import chain_values
from rwa_portal.core.documents import FileEmpty, FileTooLarge, NotAPdf
from rwa_portal.core.jurisdictions import JurisdictionUnknown
from rwa_portal.core.models import AuditEvent

from .factories import AT, PAY_TO, REASON, add_deed, full_terms, pdf, written


def change(asset, by, **changes):
    return actions.update_asset_draft(asset_id=asset.pk, changes=changes, by=by, at=AT)


def approve(asset, by):
    return actions.approve_asset(asset_id=asset.pk, by=by, at=AT, reason=REASON)


def test_a_draft_may_have_gaps_and_is_kept_with_history(issuer, applicant):
    asset = actions.create_asset_draft(
        issuer_id=issuer.pk, asset_type="CREDIT", name="Darlehen 1", by=applicant, at=AT
    )
    change(asset, applicant, symbol="DARL", decimals=6)

    assert Asset.objects.get().status == "DRAFT"
    assert [row.symbol for row in Asset.history.order_by("history_id")] == ["", "DARL"]


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"name": " \n"}, terms.NameMalformed, "name"),
        ({"symbol": "haus"}, terms.SymbolMalformed, "symbol"),
        ({"symbol": "H"}, terms.SymbolMalformed, "symbol"),
        ({"asset_type": "ART"}, terms.AssetTypeUnknown, "asset_type"),
        ({"particulars": {"borrower": "x"}}, terms.ParticularsUnknown, "particulars"),
        ({"decimals": 19}, terms.DecimalsOutOfRange, "decimals"),
        ({"supply_cap": 0}, terms.AmountOutOfRange, "supply_cap"),
        ({"supply_cap": 2**96}, terms.AmountOutOfRange, "supply_cap"),
        ({"unit_price": -1}, terms.AmountOutOfRange, "unit_price"),
        ({"unit_price": 2**96 - 1}, terms.OfferingTooLarge, "unit_price"),
        ({"min_units": 1_000_001}, terms.MinUnitsAboveCap, "min_units"),
        ({"closes_at": AT}, terms.ClosesBeforeItOpens, "closes_at"),
        ({"maturity_date": AT.date()}, terms.MaturesBeforeItCloses, "maturity_date"),
        ({"pay_to": chain_values.ZERO_ADDRESS}, chain_values.AddressZero, "pay_to"),
        ({"pay_to": PAY_TO.replace("C5ED", "c5ED")}, chain_values.AddressChecksumWrong, "pay_to"),
        ({"pay_to": "0x12"}, chain_values.AddressMalformed, "pay_to"),
        ({"status": "ACTIVE"}, terms.FieldUnknown, "status"),
    ],
)
def test_a_broken_rule_names_the_field_and_writes_nothing(draft, applicant, changes, error, field):
    before = written()

    with pytest.raises(error) as refusal:
        change(draft, applicant, **changes)

    assert refusal.value.field == field
    assert written() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"jurisdictions": {"RETAIL": ["XX"]}}, JurisdictionUnknown),
        ({"jurisdictions": {"CHILD": ["DE"]}}, terms.InvestorTypeUnknown),
        ({"max_holders": 0}, terms.MaxHoldersOutOfRange),
        ({"max_holders": 2**32}, terms.MaxHoldersOutOfRange),
        ({"min_holding": 0}, terms.AmountOutOfRange),
    ],
)
def test_restrictions_are_checked(changes, error):
    with pytest.raises(error):
        terms.restrictions(**changes)


def test_submit_needs_every_term(issuer, applicant):
    asset = actions.create_asset_draft(
        issuer_id=issuer.pk, asset_type="CREDIT", name="Darlehen 1", by=applicant, at=AT
    )
    before = written()

    with pytest.raises(terms.AssetIncomplete) as refusal:
        actions.submit_asset(asset_id=asset.pk, by=applicant, at=AT)

    assert refusal.value.field == "symbol"
    assert "supply cap, unit price" in str(refusal.value)
    assert written() == before


def test_submit_needs_the_deed(draft, applicant):
    actions.add_document(
        asset_id=draft.pk, kind="OTHER", file_name="a.pdf", file=pdf(), expires_on=None, by=applicant, at=AT
    )

    with pytest.raises(terms.DocumentMissing):
        actions.submit_asset(asset_id=draft.pk, by=applicant, at=AT)


def test_submit_needs_an_offering_that_lies_ahead_and_somebody_who_may_hold(draft, applicant):
    add_deed(draft, applicant)
    late = AT + timedelta(days=31)
    with pytest.raises(terms.ClosesInThePast):
        actions.submit_asset(asset_id=draft.pk, by=applicant, at=late)

    change(draft, applicant, jurisdictions={})
    with pytest.raises(terms.JurisdictionsMissing):
        actions.submit_asset(asset_id=draft.pk, by=applicant, at=AT)
    assert Asset.objects.get().status == "DRAFT"


def test_an_unregistered_issuer_cannot_submit(suite, applicant):
    issuer = actions.submit_issuer(
        legal_name="Neu GmbH", registration_number="HRB 9", jurisdiction_code="DE", by=applicant, at=AT
    )
    asset = actions.create_asset_draft(
        issuer_id=issuer.pk, asset_type="CREDIT", name="Darlehen 1", by=applicant, at=AT
    )

    with pytest.raises(IssuerNotRegistered):
        actions.submit_asset(asset_id=asset.pk, by=applicant, at=AT)


def test_a_returned_asset_shows_what_is_asked_can_be_changed_and_comes_back(submitted, counsel, applicant):
    returned = actions.return_asset(
        asset_id=submitted.pk, asked=["min_units", "documents"], by=counsel, at=AT, reason="Too low."
    )
    assert (returned.status, returned.return_fields) == ("RETURNED", ["min_units", "documents"])

    change(submitted, applicant, min_units=5000)
    again = actions.submit_asset(asset_id=submitted.pk, by=applicant, at=AT)

    assert (again.status, again.min_units, again.return_reason) == ("IN_REVIEW", 5000, "")


def test_what_is_in_review_cannot_be_changed(submitted, applicant):
    before = written()

    with pytest.raises(decisions.AssetNotEditable):
        change(submitted, applicant, min_units=5000)
    with pytest.raises(papers.DocumentsClosed):
        add_deed(submitted, applicant, text="another")
    with pytest.raises(decisions.AssetNotEditable):
        actions.withdraw_document(document_id=AssetDocument.objects.get().pk, by=applicant, at=AT)

    assert written() == before


def test_approve_publishes_the_terms_under_their_hash(submitted, counsel):
    asset = approve(submitted, counsel)

    published = AssetMetadata.objects.get()
    assert (
        asset.metadata_hash == published.sha256 == "0x" + hashlib.sha256(published.body.encode()).hexdigest()
    )
    assert asset.metadata_uri.endswith(f"/metadata/{asset.metadata_hash[2:]}.json")
    content = json.loads(published.body)
    assert content["offering"]["supply_cap"] == "1000000"
    assert content["restrictions"]["max_holders"] == "3"
    assert [document["sha256"] for document in content["documents"]] == [AssetDocument.objects.get().sha256]
    assert published.body == json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert asset.approved_by == counsel


@pytest.mark.parametrize("who", ["submitter", "member"])
def test_nobody_reviews_their_own_asset(submitted, applicant, colleague, who):
    IssuerMember.objects.create(issuer=submitted.issuer, user=colleague, added_by=applicant, joined_at=AT)
    by = applicant if who == "submitter" else colleague
    before = written()

    with pytest.raises(ReviewerInvolved):
        approve(submitted, by)
    with pytest.raises(ReviewerInvolved):
        actions.return_asset(asset_id=submitted.pk, asked=["name"], by=by, at=AT, reason=REASON)

    assert written() == before


def test_only_what_is_in_review_is_decided(draft, counsel):
    with pytest.raises(decisions.AssetNotInReview):
        approve(draft, counsel)
    with pytest.raises(decisions.AssetNotInReview):
        actions.return_asset(asset_id=draft.pk, asked=["name"], by=counsel, at=AT, reason=REASON)


def test_a_return_names_fields_of_the_asset(submitted, counsel):
    with pytest.raises(decisions.ReturnFieldsUnknown):
        actions.return_asset(asset_id=submitted.pk, asked=["status"], by=counsel, at=AT, reason=REASON)


def test_time_may_overtake_the_terms_before_they_are_approved(submitted, counsel):
    with pytest.raises(terms.ClosesInThePast):
        actions.approve_asset(asset_id=submitted.pk, by=counsel, at=AT + timedelta(days=31), reason=REASON)

    assert not AssetMetadata.objects.exists()


def test_a_renewal_of_the_same_name_is_a_second_version(draft, applicant):
    first, second = add_deed(draft, applicant), add_deed(draft, applicant, text="renewed")

    assert (first.version, second.version, second.file_name) == (1, 2, first.file_name)
    assert draft.documents.count() == 2


def test_the_same_file_is_added_once_but_again_after_it_was_withdrawn(draft, applicant):
    file = pdf().getvalue()

    def add():
        return actions.add_document(
            asset_id=draft.pk,
            kind="TITLE",
            file_name="deed.pdf",
            file=io.BytesIO(file),
            expires_on=None,
            by=applicant,
            at=AT,
        )

    document = add()
    before = written()
    with pytest.raises(papers.DocumentAlreadyAdded):
        add()
    assert written() == before

    actions.withdraw_document(document_id=document.pk, by=applicant, at=AT)
    assert add().version == 2
    assert draft.documents.standing().count() == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", FileEmpty),
        (b"no pdf", NotAPdf),
        (b"%PDF-1.7\nnothing", NotAPdf),
        (b"x" * (25 * 1024 * 1024 + 1), FileTooLarge),
    ],
)
def test_a_bad_file_writes_nothing(draft, applicant, content, error):
    before = written()

    with pytest.raises(error):
        actions.add_document(
            asset_id=draft.pk,
            kind="TITLE",
            file_name="deed.pdf",
            file=io.BytesIO(content),
            expires_on=None,
            by=applicant,
            at=AT,
        )

    assert written() == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": "LETTER"}, papers.DocumentKindUnknown),
        ({"expires_on": AT.date() - timedelta(days=1)}, papers.DocumentOutOfDate),
    ],
)
def test_a_bad_document_is_refused(draft, applicant, changes, error):
    given = {"kind": "TITLE", "file_name": "a.pdf", "file": pdf(), "expires_on": None}

    with pytest.raises(error):
        actions.add_document(asset_id=draft.pk, by=applicant, at=AT, **{**given, **changes})

    assert not draft.documents.exists()


def test_orders_accept_the_newest_agreement_else_all_terms(issuer, applicant, counsel):
    from .factories import draft

    asset = draft(issuer, applicant)
    add_deed(asset, applicant)
    for text in ("first", "second"):
        agreement = actions.add_document(
            asset_id=asset.pk,
            kind="AGREEMENT",
            file_name="agreement.pdf",
            file=pdf(text),
            expires_on=None,
            by=applicant,
            at=AT,
        )
    assert subscription_terms_hash(asset) == agreement.sha256

    AssetDocument.objects.filter(kind="AGREEMENT").update(kind="OTHER")
    asset = actions.submit_asset(asset_id=asset.pk, by=applicant, at=AT)
    asset = approve(asset, counsel)
    assert subscription_terms_hash(asset) == asset.metadata_hash


def test_every_decision_has_one_audit_event(approved):
    kinds = AuditEvent.objects.filter(subject=approved.pk).order_by("id").values_list("kind", flat=True)

    assert list(kinds) == ["asset.drafted", "asset.changed", "asset.submitted", "asset.approved"]


def test_the_metadata_does_not_depend_on_the_order_of_documents(draft, applicant):
    add_deed(draft, applicant)
    add_deed(draft, applicant, text="renewed")
    body = metadata.body(draft)

    AssetDocument.objects.update(added_at=AT + timedelta(days=1))

    assert metadata.body(draft) == body


def test_a_reviewer_of_another_issuer_is_not_involved(submitted, counsel):
    assert approve(submitted, counsel).status == "APPROVED"


def test_the_factory_states_every_term(draft):
    terms.check_complete(draft, at=AT)
    assert set(full_terms()) == {*terms.EDITABLE, *terms.RESTRICTIONS}
