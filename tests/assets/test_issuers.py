import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assets import actions
from assets.actions import issuers
from assets.models import Issuer, IssuerMember
from contracts.models import CustodyWallet
from rwa_portal.core.jurisdictions import JurisdictionUnknown
from rwa_portal.core.models import AuditEvent

from .factories import AT, REASON, person, registered, written


def submit(by, **changes) -> Issuer:
    given = {"legal_name": " Beispiel  GmbH ", "registration_number": "HRB 1", "jurisdiction_code": "de"}
    return actions.submit_issuer(**{**given, **changes}, by=by, at=AT)


@pytest.fixture
def waiting(applicant):
    return submit(applicant)


@pytest.fixture
def in_review(waiting, officer):
    return actions.start_issuer_review(issuer_id=waiting.pk, by=officer, at=AT)


def test_submit_makes_the_applicant_the_first_member(applicant):
    issuer = submit(applicant)

    assert (issuer.status, issuer.legal_name, issuer.jurisdiction_code) == (
        "SUBMITTED",
        "Beispiel GmbH",
        "DE",
    )
    assert list(issuer.members.all()) == [applicant]
    assert AuditEvent.objects.get().kind == "issuer.submitted"
    assert Issuer.history.get().history_user == applicant


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"legal_name": "x"}, issuers.IssuerNameMissing, "legal_name"),
        ({"legal_name": "x" * 201}, issuers.IssuerNameMissing, "legal_name"),
        ({"registration_number": "  "}, issuers.RegistrationNumberMissing, "registration_number"),
        ({"jurisdiction_code": "XX"}, JurisdictionUnknown, "jurisdiction_code"),
    ],
)
def test_a_bad_application_names_the_field_and_writes_nothing(applicant, changes, error, field):
    with pytest.raises(error) as refusal:
        submit(applicant, **changes)

    assert refusal.value.field == field
    assert not any(written())


def test_who_has_not_verified_an_address_cannot_apply(db):
    with pytest.raises(issuers.EmailNotVerified):
        submit(person("new", verified=False))

    assert not any(written())


def test_the_same_company_applies_once_until_it_is_refused(in_review, colleague, officer):
    before = written()
    with pytest.raises(issuers.IssuerAlreadyKnown):
        submit(colleague)
    assert written() == before

    actions.refuse_issuer(issuer_id=in_review.pk, by=officer, at=AT, reason=REASON)

    assert submit(colleague).status == "SUBMITTED"


def test_register_assigns_two_different_wallets(in_review, officer):
    issuer = actions.register_issuer(issuer_id=in_review.pk, by=officer, at=AT, reason=REASON)

    assert issuer.status == "REGISTERED"
    assert (issuer.custody_wallet.purpose, issuer.custodian_wallet.purpose) == ("ISSUER", "CUSTODIAN")
    assert issuer.custody_wallet.address != issuer.custodian_wallet.address
    assert issuer.custody_wallet.owner_id == issuer.pk


def test_the_members_are_told_what_was_decided(in_review, officer, applicant):
    from django.core import mail

    actions.register_issuer(issuer_id=in_review.pk, by=officer, at=AT, reason=REASON)

    message = mail.outbox[-1]
    assert (message.to, message.subject) == ([applicant.email], "Beispiel GmbH: registered")
    assert f"/issuer/companies/{in_review.pk}" in message.body


def test_a_returned_application_shows_what_is_asked_and_comes_back(in_review, officer, applicant):
    returned = actions.return_issuer(
        issuer_id=in_review.pk, asked=["legal_name"], by=officer, at=AT, reason="Write it in full."
    )
    assert (returned.status, returned.return_fields) == ("RETURNED", ["legal_name"])

    again = actions.resubmit_issuer(
        issuer_id=in_review.pk,
        legal_name="Beispiel Gesellschaft mbH",
        registration_number="HRB 1",
        jurisdiction_code="DE",
        by=applicant,
        at=AT,
    )

    assert (again.status, again.return_reason, again.return_fields) == ("IN_REVIEW", "", [])


@pytest.mark.parametrize("asked", [[], ["status"]])
def test_a_return_names_fields_of_the_application(in_review, officer, asked):
    before = written()

    with pytest.raises(issuers.ReturnFieldsUnknown):
        actions.return_issuer(issuer_id=in_review.pk, asked=asked, by=officer, at=AT, reason=REASON)

    assert written() == before


def decide(name, issuer, by):
    more = {"asked": ["legal_name"]} if name == "return_issuer" else {}
    return getattr(actions, name)(issuer_id=issuer.pk, by=by, at=AT, reason=REASON, **more)


DECISIONS = ["return_issuer", "register_issuer", "refuse_issuer"]


@pytest.mark.parametrize("name", DECISIONS)
def test_no_decision_without_a_review(waiting, officer, name):
    before = written()

    with pytest.raises(issuers.IssuerNotInReview):
        decide(name, waiting, officer)

    assert written() == before


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("who", ["applicant", "member"])
def test_nobody_decides_about_their_own_company(in_review, applicant, colleague, name, who):
    IssuerMember.objects.create(issuer=in_review, user=colleague, added_by=applicant, joined_at=AT)
    before = written()

    with pytest.raises(issuers.ReviewerInvolved):
        decide(name, in_review, applicant if who == "applicant" else colleague)

    assert written() == before
    assert not CustodyWallet.objects.exists()


def test_the_applicant_cannot_take_up_the_review(waiting, applicant):
    with pytest.raises(issuers.ReviewerInvolved):
        actions.start_issuer_review(issuer_id=waiting.pk, by=applicant, at=AT)


def test_a_review_is_taken_up_once(in_review, officer):
    with pytest.raises(issuers.IssuerNotWaiting):
        actions.start_issuer_review(issuer_id=in_review.pk, by=officer, at=AT)


def test_only_a_returned_application_is_resubmitted(in_review, applicant):
    with pytest.raises(issuers.IssuerNotReturned):
        actions.resubmit_issuer(
            issuer_id=in_review.pk,
            legal_name="Other",
            registration_number="1",
            jurisdiction_code="DE",
            by=applicant,
            at=AT,
        )


def test_members_are_added_by_a_verified_address_once(waiting, applicant, colleague):
    actions.add_member(issuer_id=waiting.pk, email=colleague.email.upper(), by=applicant, at=AT)
    person("unverified", verified=False)

    for email, error in [
        (colleague.email, issuers.AlreadyMember),
        ("nobody@portal.example", issuers.AccountUnknown),
        ("unverified@portal.example", issuers.AccountUnknown),
    ]:
        with pytest.raises(error):
            actions.add_member(issuer_id=waiting.pk, email=email, by=applicant, at=AT)
    assert waiting.memberships.count() == 2


def test_a_failure_in_the_last_step_leaves_nothing(in_review, officer, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEvent, "record", broken)
    before = written()

    with pytest.raises(RuntimeError):
        actions.register_issuer(issuer_id=in_review.pk, by=officer, at=AT, reason=REASON)

    assert (written(), CustodyWallet.objects.count()) == (before, 0)
    assert Issuer.objects.get().status == "IN_REVIEW"


@pytest.mark.django_db(transaction=True)
def test_eight_reviewers_at_once_register_one_issuer_with_two_wallets(applicant, officer):
    issuer = submit(applicant)
    actions.start_issuer_review(issuer_id=issuer.pk, by=officer, at=AT)
    start = threading.Barrier(8)

    def race(_):
        try:
            start.wait(10)
            actions.register_issuer(issuer_id=issuer.pk, by=officer, at=AT, reason=REASON)
            return "registered"
        except issuers.IssuerNotInReview:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(race, range(8)))

    assert results == ["refused"] * 7 + ["registered"]
    assert CustodyWallet.objects.count() == 2


def test_two_issuers_never_share_a_wallet(applicant, officer):
    first, other = registered(applicant, officer), registered(applicant, officer, number="HRB 2")

    wallets = {first.custody_wallet_id, first.custodian_wallet_id}
    assert not wallets & {other.custody_wallet_id, other.custodian_wallet_id}
