"""The treasurer's and the officer's buttons: each acts, says what was refused, and needs its right."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from contracts.models import ChainOperation
from corporate_actions.models import DividendDistribution
from tests.corporate_actions import factories
from tests.corporate_actions.factories import AMOUNT, DAY, REASON, USDC, again, hear, written
from tests.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]
PAGE = "admin:corporate_actions_dividenddistribution"


@pytest.fixture
def asset(dividends):
    return factories.asset_held_by(4000, 1000)[0]


def press(client, user, row, button, **form) -> str:
    client.force_login(user)
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{button}", args=[row.pk])
    answer = client.post(address, {"reason": REASON, "_form_submitted": "True", **form})
    assert "HX-Redirect" in answer.headers, answer.content.decode()[:3000]
    return str(list(get_messages(answer.wsgi_request))[-1])  # those before were not looked at yet


def shown(client, user, row) -> str:
    client.force_login(user)
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return client.get(reverse(page, args=[row.pk])).content.decode()


def test_the_treasurer_declares_funds_short_tops_up_and_pays(client, asset, officer, treasurer):
    row = factories.drafted(asset, officer)
    assert press(client, treasurer, row, "declare") == "Declare: done."
    hear(factories.declared(row))

    assert press(client, treasurer, again(row), "fund", amount="999.99") == "Fund: done."
    fund = ChainOperation.objects.get(kind="corporate_actions.fund_dividend")
    assert fund.facts["amount"] == "999990000"
    hear(factories.funded(again(row), 999_990_000))
    assert "Short by 0.01 USDC" in shown(client, treasurer, again(row))

    assert press(client, treasurer, again(row), "fund", amount="") == "Fund: done."
    hear(factories.funded(again(row), 10_000), factories.said(again(row), "Opened"))
    assert press(client, treasurer, again(row), "pay") == "Pay holders: done."

    assert ChainOperation.objects.filter(kind="corporate_actions.pay_holders", state="QUEUED").count() == 1


def test_the_dialog_suggests_what_is_missing(client, asset, treasurer):
    row = factories.snapshotted(asset, treasurer)
    hear(factories.funded(row, 400 * USDC))
    client.force_login(treasurer)

    dialog = client.get(reverse(f"{PAGE}_fund", args=[row.pk])).content.decode()

    assert 'value="600.000000"' in dialog


@pytest.mark.parametrize("amount", ["600.000001", "0", "-5", "1e30", "much"])
def test_funding_above_what_is_missing_or_no_amount_is_said_and_changes_nothing(
    client, asset, treasurer, amount
):
    row = factories.snapshotted(asset, treasurer)
    hear(factories.funded(row, 400 * USDC))
    before = written()
    client.force_login(treasurer)

    answer = client.post(
        reverse(f"{PAGE}_fund", args=[row.pk]),
        {"reason": REASON, "_form_submitted": "True", "amount": amount},
    )

    said = answer.content.decode() + " ".join(str(m) for m in get_messages(answer.wsgi_request))
    assert any(
        word in said for word in ("Only 600.000000 USDC are missing", "above zero", "number", "larger")
    )
    assert written() == before


def test_an_officer_holds_a_skipped_share(client, asset, officer, treasurer):
    row = factories.opened(asset, treasurer)
    wallet = factories.Holding.objects.filter(token=asset.token_address).first().wallet
    hear(factories.skipped(row, wallet))
    claim = row.claims.get()
    assert "no reason given" in shown(client, officer, claim)

    assert press(client, officer, claim, "hold") == "Hold: done."
    assert "already asked for" in press(client, officer, row, "hold", wallet=wallet)

    assert ChainOperation.objects.filter(kind="corporate_actions.hold_dividend").count() == 1


def test_the_treasurer_sets_the_account_and_sweeps_after_the_expiry(client, asset, treasurer, monkeypatch):
    row = factories.opened(asset, treasurer)
    assert "Holders can claim until" in press(client, treasurer, row, "sweep")
    account = factories.new_address()
    assert press(client, treasurer, row, "set_account", account=account).endswith("done.")
    hear(factories.unclaimed_account_set(asset, account))
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.EXPIRES_AT + DAY)

    assert press(client, treasurer, row, "sweep") == "Sweep: done."
    hear(factories.swept(row, AMOUNT, account))

    assert "0.000000" not in shown(client, treasurer, again(row)).split("Swept or returned")[1][:300]
    assert again(row).status == "CLOSED"


def test_a_dividend_is_cancelled_before_it_opens_and_a_draft_discarded(client, asset, officer, treasurer):
    row = factories.snapshotted(asset, treasurer)
    other = factories.drafted(asset, officer, distribution_date=(AT + 9 * DAY).date())

    assert press(client, treasurer, row, "cancel") == "Cancel: done."
    assert press(client, officer, other, "discard") == "Discard: done."

    assert (again(row).status, again(other).status) == ("SNAPSHOTTED", "CANCELLED")


@pytest.mark.parametrize("button", ["declare", "fund", "pay", "sweep", "cancel", "set_account"])
def test_an_officer_cannot_do_the_treasurers_part(client, asset, officer, button):
    row = factories.drafted(asset, officer)
    before = written()
    client.force_login(officer)

    answer = client.post(
        reverse(f"{PAGE}_{button}", args=[row.pk]), {"reason": REASON, "_form_submitted": "True"}
    )

    assert answer.status_code == 403
    assert written() == before


def test_only_what_can_be_done_now_has_a_button(client, asset, treasurer):
    row = factories.snapshotted(asset, treasurer)

    page = shown(client, treasurer, row)

    buttons = {name for name in ("declare", "fund", "pay", "sweep", "cancel") if f"/{name}" in page}
    assert buttons == {"fund", "cancel"}


def test_a_dividend_is_found_by_its_number_and_its_snapshots_transaction(client, asset, treasurer):
    row = factories.snapshotted(asset, treasurer)
    client.force_login(treasurer)

    for text in (row.number, row.snapshot_tx_hash, asset.symbol, row.pk):
        listed = client.get(reverse(f"{PAGE}_changelist"), {"q": str(text)}).content.decode()
        assert str(row.pk) in listed, text
    assert DividendDistribution.objects.count() == 1
