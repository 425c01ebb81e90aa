import pytest
from django.urls import reverse

from assets.models import IssuerMember
from corporate_actions.models import Redemption
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions.redemptions.factories import (
    USDC,
    asked_on_chain,
    final_in,
    frozen,
    hold_units,
    record,
    redemption_in,
    settled_on_chain,
    wholly_frozen,
    written,
)
from tests.people import AT, person
from tests.subscriptions.factories import hear, make_asset, make_buyer

pytestmark = pytest.mark.django_db


def page(name: str, *args) -> str:
    return reverse(f"corporate_actions:{name}", args=args)


def get(client, name: str, *args) -> str:
    answer = client.get(page(name, *args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def signed_in(client, holder):
    client.force_login(holder)
    return client


def test_the_list_says_what_is_held_what_is_not_available_and_why(signed_in, asset, wallet, pending):
    hear(frozen(asset, wallet, 300))

    shown = get(signed_in, "redemptions")

    assert "20.00 HAUS" in shown
    assert "3.00 frozen" in shown
    assert "An officer has frozen them" in shown
    assert page("new_redemption", asset.pk) in shown
    assert page("redemption", pending.pk) in shown


def test_asking_leads_to_the_call_that_locks_the_units(signed_in, asset, wallet):
    form = {"wallet": str(wallet.pk), "units": "5", "method": "USDC", "least": "450"}

    answer = signed_in.post(page("new_redemption", asset.pk), form)

    redemption = Redemption.objects.get()
    assert answer.headers["Location"] == page("redemption", redemption.pk)
    assert (redemption.amount, redemption.min_payment) == (500, 450 * USDC)
    shown = get(signed_in, "redemption", redemption.pk)
    assert "Next: lock the units" in shown
    assert 'data-wallet="' + wallet.address in shown
    assert "RedemptionModule.request" in shown
    assert "Withdraw the request" in shown


def test_the_form_says_what_can_be_redeemed_and_by_when_it_is_paid(signed_in, asset, wallet):
    hear(frozen(asset, wallet, 300))

    shown = get(signed_in, "new_redemption", asset.pk)

    assert "17.00 HAUS" in shown
    assert "An officer has frozen them" in shown
    assert "expected by <strong>5 Apr 2026" in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": "20.01"}, "The wallet can redeem 20.00 HAUS"),
        ({"units": "five"}, "Write the amount as a number"),
        ({"units": "0.001"}, "at most 2 decimals"),
        ({"least": ""}, "Say the least you accept"),
        ({"least": "9999999"}, "more than ten times"),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_changes_nothing(
    signed_in, asset, wallet, changes, said
):
    before = written()
    form = {"wallet": str(wallet.pk), "units": "5", "method": "USDC", "least": "450", **changes}

    answer = signed_in.post(page("new_redemption", asset.pk), form)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert written() == before


def test_outside_the_chain_no_least_payment_is_asked(signed_in, asset, wallet):
    form = {"wallet": str(wallet.pk), "units": "5", "method": "OFF_CHAIN", "least": "450"}

    assert signed_in.post(page("new_redemption", asset.pk), form).status_code == 302

    assert (Redemption.objects.get().method, Redemption.objects.get().min_payment) == ("OFF_CHAIN", 0)


@pytest.mark.parametrize("status", ["PAUSED", "REDEEMED"])
def test_a_closed_asset_has_no_form_and_says_why(signed_in, asset, wallet, status):
    type(asset).objects.filter(pk=asset.pk).update(status=status)

    shown = get(signed_in, "new_redemption", asset.pk)

    assert 'name="units"' not in shown
    assert ("is paused" if status == "PAUSED" else "closed for good") in shown


def test_a_pending_redemption_can_be_cancelled_by_its_wallet_until_it_is_being_paid(
    signed_in, pending, treasurer
):
    from tests.corporate_actions.redemptions.test_settlement import settle

    assert "RedemptionModule.cancel" in get(signed_in, "redemption", pending.pk)

    settle(pending, treasurer)

    shown = get(signed_in, "redemption", pending.pk)
    assert "RedemptionModule.cancel" not in shown
    assert "waits for a second approval" in shown


def test_the_page_says_when_the_last_attempt_failed(signed_in, pending):
    Redemption.objects.filter(pk=pending.pk).update(
        failure="ERC20: transfer amount exceeds balance", failed_at=AT
    )

    shown = get(signed_in, "redemption", pending.pk)

    assert "The payment failed on 31 Mar 2026 12:00 UTC; it will be tried again." in shown


def test_a_settled_redemption_shows_its_burn_and_payment(signed_in, pending):
    heard = settled_on_chain(pending, 451 * USDC)
    hear(heard)

    shown = get(signed_in, "redemption", pending.pk)

    assert heard.tx_hash in shown
    assert "451.000000 USDC" in shown


def test_a_settlement_outside_the_chain_is_shown_with_its_document_to_its_holder_alone(
    signed_in, client, outside, treasurer, officer
):
    from corporate_actions import actions

    record(outside, treasurer)
    actions.confirm_settlement(redemption_id=outside.pk, by=officer, at=AT, reason="Papers checked.")
    hear(settled_on_chain(outside, 0))

    assert "455.5 EUR, reference E2E-0001" in get(signed_in, "redemption", outside.pk)
    answer = signed_in.get(page("redemption_document", outside.pk))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert AuditEvent.objects.filter(kind="document.read").count() == 1
    client.force_login(make_buyer().investor.user)
    assert client.get(page("redemption_document", outside.pk)).status_code == 404


def test_anothers_redemption_is_not_found(client, requested):
    client.force_login(make_buyer().investor.user)
    before = written()

    assert client.get(page("redemption", requested.pk)).status_code == 404
    assert client.get(page("redemption_state", requested.pk)).status_code == 404
    assert client.post(page("withdraw_redemption", requested.pk)).status_code == 404
    assert written() == before


def test_withdraw_by_its_button(signed_in, requested):
    assert signed_in.post(page("withdraw_redemption", requested.pk)).status_code == 302

    assert Redemption.objects.get().ended_because == "WITHDRAWN"
    assert "Withdrawn before it was sent" in get(signed_in, "redemption", requested.pk)


def test_the_page_is_loaded_anew_when_it_would_look_otherwise(signed_in, requested):
    before = signed_in.get(page("redemption_state", requested.pk)).json()["status"]
    hear(asked_on_chain(requested, 7))

    assert signed_in.get(page("redemption_state", requested.pk)).json()["status"] != before


@pytest.mark.parametrize("status", ["REQUESTED", "PENDING", "HELD", "SETTLED", "CANCELLED"])
def test_every_state_has_a_page(signed_in, asset, wallet, status):
    shown = get(signed_in, "redemption", redemption_in(status, asset, wallet).pk)

    assert status in shown


def test_an_issuer_sees_amounts_and_wallets_of_its_assets_and_no_names(client, asset, wallet, pending):
    member = person("issuer.member", is_staff=False)
    IssuerMember.objects.create(issuer=asset.issuer, user=member, added_by=member, joined_at=AT)
    client.force_login(member)

    shown = get(client, "asset_redemptions", asset.pk)

    assert "5.00 HAUS" in shown
    assert wallet.address[:8] in shown
    assert wallet.investor.user.email not in shown
    assert client.get(page("asset_redemptions", make_asset().pk)).status_code == 404


def test_a_final_redemption_shows_the_pot_and_the_call_that_takes_a_share(signed_in, wallet):
    final = final_in("OPEN")
    hold_units(final.asset, wallet, 2000)

    assert "take your pay-out" in get(signed_in, "redemptions")
    shown = get(signed_in, "final_redemption", final.asset_id)

    assert "Take 1,800.00 USDC" in shown
    assert "RedemptionModule.redeemFinal" in shown
    assert "90.000000 USDC a whole unit" in shown


def test_locked_units_are_cancelled_before_a_share_is_taken(signed_in, wallet):
    final = final_in("OPEN")
    hold_units(final.asset, wallet, 2000)
    hear(asked_on_chain(redemption_in("REQUESTED", final.asset, wallet)))

    shown = get(signed_in, "final_redemption", final.asset_id)

    assert "Locked units first" in shown
    assert "redeemFinal" not in shown


@pytest.mark.parametrize("status", ["DUE", "OPENING", "OPEN", "SWEPT"])
def test_every_state_of_a_final_redemption_has_a_page(signed_in, status):
    assert status in get(signed_in, "final_redemption", final_in(status).asset_id)


def test_a_wholly_frozen_wallet_is_told_so(signed_in, asset, wallet):
    hear(wholly_frozen(asset, wallet))
    form = {"wallet": str(wallet.pk), "units": "5", "method": "USDC", "least": "450"}
    before = written()

    answer = signed_in.post(page("new_redemption", asset.pk), form)

    assert "frozen, sanctioned or not on the allowlist" in answer.content.decode()
    assert written() == before


@pytest.mark.parametrize("name", ["redemptions", "new_redemption", "redemption", "final_redemption"])
def test_whoever_is_not_signed_in_is_asked_to(client, pending, name):
    final = final_in("DUE")
    args = {"redemptions": [], "new_redemption": [pending.asset_id], "redemption": [pending.pk]}

    answer = client.get(page(name, *args.get(name, [final.asset_id])))

    assert answer.status_code == 302
    assert "login" in answer.headers["Location"]
