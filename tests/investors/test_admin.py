import pytest
from django.urls import reverse

from contracts.models import ChainOperation
from investors.models import Investor, KycSession
from rwa_portal.core.models import AuditEvent
from tests.investors.conftest import FINAL, rows_everywhere
from tests.investors.factories import AT, PERSON
from tests.people import in_role, person

pytestmark = pytest.mark.django_db
FORM = {"reason": "Papers checked.", "_form_submitted": "True"}


def address(name: str, row, model: str = "investor") -> str:
    return reverse(f"admin:investors_{model}_{name}", args=[row.pk])


@pytest.fixture
def officer(client, db, time_machine):
    time_machine.move_to(AT)
    user = in_role("officer", "compliance_officer")
    client.force_login(user)
    return user


def test_lists_and_pages_show_ids_and_no_person(client, officer, verified):
    pages = [reverse("admin:investors_investor_changelist"), address("change", verified)]
    for page in (client.get(url).content.decode() for url in pages):
        assert str(verified.pk) in page
        assert PERSON.family_names not in page and verified.user.email not in page


def test_the_button_asks_for_the_allowlist(client, officer, verified):
    answer = client.post(address("allowlist", verified), FORM)

    assert answer.headers["HX-Redirect"] == address("change", verified)
    operation = ChainOperation.objects.get()
    assert (operation.requested_by, operation.kind) == (officer, "investors.allowlist")
    event = AuditEvent.objects.get(kind="investor.allowlist_asked")
    assert event.reason_text == "Papers checked."


def test_a_refusal_is_said_and_nothing_is_asked(client, officer, investor, compliance_module):
    client.post(address("allowlist", investor), FORM)

    assert not ChainOperation.objects.exists()
    page = client.get(address("change", investor)).content.decode()
    assert "Only a verified investor can be put on the allowlist." in page


def test_a_type_is_said_with_evidence(client, officer, verified):
    form = {**FORM, "investor_type": "ACCREDITED", "evidence": "INCOME", "valid_until": "2026-12-31"}
    client.post(address("classify", verified), form)

    assert Investor.objects.get(pk=verified.pk).investor_type == "ACCREDITED"


def test_the_verdict_is_read_again(client, officer, verified, vendor):
    session = KycSession.objects.create(
        investor=verified, provider="sumsub", level="basic-kyc", applicant_id="app-1", created_at=AT
    )
    vendor.answers = FINAL

    client.post(address("read_again", session, "kycsession"), FORM)

    assert Investor.objects.get(pk=verified.pk).kyc_status == "REJECTED"
    assert AuditEvent.objects.get(kind="investor.rejected").by == officer


def test_sealed_data_needs_a_reason_and_leaves_a_trace(client, officer, verified):
    url = address("reveal", verified)
    assert PERSON.family_names not in client.get(url).content.decode()
    assert PERSON.family_names not in client.post(url, {"reason": ""}).content.decode()
    assert not AuditEvent.objects.filter(kind="investor.revealed").exists()

    answer = client.post(url, {"reason": "Identity compared with the passport."})

    assert PERSON.family_names in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    event = AuditEvent.objects.get(kind="investor.revealed")
    assert (event.by, event.reason_text) == (officer, "Identity compared with the passport.")


@pytest.mark.parametrize("rights", [(), ("view_investor",), ("reveal_personal_data",)])
def test_sealed_data_needs_both_rights(client, verified, rights):
    client.force_login(person("clerk", *rights))
    before = rows_everywhere()

    answer = client.post(address("reveal", verified), {"reason": "Just curious."})

    assert answer.status_code == 403
    assert rows_everywhere() == before
