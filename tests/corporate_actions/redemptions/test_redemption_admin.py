import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contracts.models import ChainOperation
from corporate_actions import treasury
from corporate_actions.models import FinalRedemption, OffChainSettlement, Redemption
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions.redemptions.factories import (
    DAY,
    REASON,
    USDC,
    fail,
    final_in,
    hold_units,
    pdf,
    record,
    redemption_in,
    written,
)
from tests.people import AT, in_role, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def money(monkeypatch):
    """The treasury holds 400 USDC."""
    monkeypatch.setattr(treasury, "balance", lambda: 400 * USDC)


def address(row, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def press(client, row, button: str, **form) -> str:
    answer = client.post(address(row, button), {"reason": REASON, "_form_submitted": "True", **form})
    assert answer.status_code == 200, answer.content
    if "HX-Redirect" not in answer.headers:
        return answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def buttons(client, row) -> set[str]:
    page = client.get(address(row, "change")).content.decode()
    named = ("settle", "confirm_settlement", "decline_settlement", "burn", "hold", "release", "cancel_for")
    return {name for name in named if f"/{row.pk}/{name}" in page}


def test_the_form_shows_what_the_treasury_has_and_lacks(client, pending, treasurer):
    client.force_login(treasurer)

    shown = client.get(address(pending, "settle")).content.decode()

    assert "The treasury holds 400.000000 USDC: 50.000000 USDC too little" in shown
    assert "accepts 450.000000 USDC or more for 5.00 HAUS" in shown
    assert 'value="450"' in shown


def test_settle_by_button_takes_usdc_as_people_write_it(client, pending, treasurer):
    client.force_login(treasurer)

    assert press(client, pending, "settle", payment="1,450.5") == "Settle: done."

    operation = ChainOperation.objects.get(kind="corporate_actions.settle_redemption")
    assert operation.facts["payment"] == str(1450 * USDC + USDC // 2)
    assert operation.requested_by == treasurer


@pytest.mark.parametrize("payment", ["", "four", "-1", "0.0000001", "449.999999"])
def test_a_payment_that_is_none_or_too_low_changes_nothing(client, pending, treasurer, payment):
    client.force_login(treasurer)
    before = written()

    said = press(client, pending, "settle", payment=payment)

    assert "done" not in said
    assert written() == before


@pytest.mark.parametrize(
    ("status", "method", "expected"),
    [
        ("REQUESTED", "USDC", set()),
        ("PENDING", "USDC", {"settle", "hold", "cancel_for"}),
        ("PENDING", "OFF_CHAIN", {"hold", "cancel_for"}),
        ("HELD", "USDC", {"release", "cancel_for"}),
        ("SETTLED", "USDC", set()),
        ("CANCELLED", "USDC", set()),
    ],
)
def test_only_what_can_be_done_has_a_button(client, asset, wallet, treasurer, status, method, expected):
    client.force_login(treasurer)

    assert buttons(client, redemption_in(status, asset, wallet, method=method)) == expected


def test_each_role_has_its_own_buttons(client, pending):
    client.force_login(in_role("money", "treasurer"))
    assert buttons(client, pending) == {"settle"}

    client.force_login(in_role("law", "compliance_officer"))
    assert buttons(client, pending) == {"hold", "cancel_for"}

    client.force_login(in_role("eyes", "auditor"))
    assert buttons(client, pending) == set()


def test_a_settlement_outside_the_chain_is_recorded_on_its_page_and_confirmed_by_another(
    client, outside, treasurer, officer
):
    client.force_login(treasurer)
    page = address(outside, "record_settlement")
    assert page in client.get(address(outside, "change")).content.decode()
    file = SimpleUploadedFile("order.pdf", pdf().read(), "application/pdf")
    form = {"amount": "455.50", "currency": "eur", "reference": "E2E-1", "reason": REASON, "file": file}

    assert client.post(page, form).status_code == 302

    assert buttons(client, outside) == {"confirm_settlement", "decline_settlement", "hold", "cancel_for"}
    assert "Another person must confirm" in press(client, outside, "confirm_settlement")
    assert not ChainOperation.objects.exists()
    client.force_login(officer)
    assert press(client, outside, "confirm_settlement").endswith("Confirm settlement: done.")
    assert ChainOperation.objects.get().facts["payment"] == "0"
    kept = OffChainSettlement.objects.get()
    download = client.get(reverse("admin:corporate_actions_offchainsettlement_download", args=[kept.pk]))
    assert b"".join(download.streaming_content).startswith(b"%PDF-")
    assert AuditEvent.objects.filter(kind="document.read", by=officer).exists()


@pytest.mark.parametrize(
    "changes",
    [{"amount": "0"}, {"currency": "euro"}, {"reference": ""}, {"reason": "x"}, {"file": b"no pdf"}],
)
def test_a_record_that_is_not_whole_is_shown_again_and_changes_nothing(client, outside, treasurer, changes):
    client.force_login(treasurer)
    before = written()
    file = SimpleUploadedFile("order.pdf", changes.pop("file", pdf().read()), "application/pdf")
    form = {"amount": "1", "currency": "EUR", "reference": "E2E-1", "reason": REASON, "file": file, **changes}

    answer = client.post(address(outside, "record_settlement"), form)

    assert answer.status_code == 200
    assert written() == before


@pytest.mark.parametrize("rights", [[], ["view_redemption"], ["record_settlement"]])
def test_the_page_of_the_record_asks_for_both_rights(client, outside, rights):
    client.force_login(person("clerk", *rights))

    assert client.get(address(outside, "record_settlement")).status_code == 403
    assert client.post(address(outside, "record_settlement"), {}).status_code == 403


def test_the_document_is_for_those_who_see_settlements(client, outside, treasurer):
    kept = record(outside, treasurer)
    client.force_login(person("clerk", "view_redemption"))

    answer = client.get(reverse("admin:corporate_actions_offchainsettlement_download", args=[kept.pk]))

    assert answer.status_code == 403
    assert not AuditEvent.objects.filter(kind="document.read").exists()


def test_what_has_failed_and_what_is_overdue_is_found_and_says_so(client, asset, wallet, pending, treasurer):
    client.force_login(treasurer)
    late = redemption_in("PENDING", asset, wallet, due_at=AT - DAY)
    press(client, pending, "settle", payment="450")
    operation = ChainOperation.objects.get(kind="corporate_actions.settle_redemption")
    fail(operation, "ERC20: transfer amount exceeds balance")

    def found(value: str) -> list[Redemption]:
        listed = client.get(reverse("admin:corporate_actions_redemption_changelist"), {"overdue": value})
        return list(listed.context["cl"].queryset)

    assert (found("yes"), found("failed")) == ([late], [pending])
    shown = client.get(address(pending, "change")).content.decode()
    assert "ERC20: transfer amount exceeds balance" in shown
    assert "The units stay locked" in shown


def test_a_final_redemption_is_opened_with_its_cost_in_sight(client, wallet, treasurer):
    final = final_in("DUE")
    hold_units(final.asset, wallet, 2000)
    client.force_login(treasurer)

    shown = client.get(address(final, "open")).content.decode()
    assert "20.00 HAUS are left" in shown
    assert "1,600.000000 USDC too little" in shown
    assert press(client, final, "open", price="90", expires_at="2026-05-31") == "Open: done."

    kept = FinalRedemption.objects.get()
    assert (kept.status, kept.price) == ("OPENING", 90 * USDC)
    assert f"{kept.expires_at:%Y-%m-%d %H:%M:%S}" == "2026-05-31 23:59:59"
    calls = ChainOperation.objects.order_by("requested_at", "kind")
    assert {call.kind for call in calls} == {
        "corporate_actions.allow_redemptions",
        "corporate_actions.open_final_redemption",
    }
