"""What people do in a browser: decide in a dialog, leave a form and come back, pay with their wallet."""

import pytest
from django.urls import reverse
from eth_account import Account

from contracts.models import ChainOperation
from rwa_portal.core.models import AuditEvent, Draft
from tests.browser.wallet_stub import Wallet
from tests.people import in_role
from tests.subscriptions.factories import BUYER

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_officer_approves_an_order_in_its_dialog(signed_in, paid):
    page = signed_in(in_role("officer.c", "compliance_officer"))
    page.goto(reverse("admin:subscriptions_subscription_change", args=[paid.pk]))

    page.get_by_role("link", name="Approve", exact=True).or_(
        page.get_by_role("button", name="Approve", exact=True)
    ).first.click()
    reason = page.locator("textarea[name=reason]")
    reason.fill("Papers checked.")
    reason.locator("xpath=ancestor::form").locator("[type=submit]").click()
    page.get_by_text("Approve: done.").wait_for()

    paid.refresh_from_db()
    assert paid.status == "APPROVED"
    assert AuditEvent.objects.filter(subject=paid.pk, kind="subscription.approved").count() == 1
    assert "PAID → APPROVED" in page.locator("[data-trail]").inner_text()


def test_a_form_left_half_way_is_there_again(signed_in, asset, wallet, buyer):
    page = signed_in(buyer)
    page.goto(reverse("orders:subscribe", args=[asset.pk]))

    page.locator("[name=units]").fill("2.5")
    page.get_by_text("Draft saved.").wait_for()
    page.goto("/")
    page.goto(reverse("orders:subscribe", args=[asset.pk]))

    assert page.locator("[name=units]").input_value() == "2.5"
    assert Draft.objects.filter(user=buyer).count() == 1


def test_an_investor_pays_with_one_signature_of_the_browser_s_wallet(signed_in, order, buyer):
    page = signed_in(buyer)
    wallet = Wallet(page, BUYER, chain_id=1)
    page.goto(reverse("orders:pay", args=[order.pk]))

    page.get_by_role("button", name="Sign with my wallet").click()
    page.get_by_text("Signature received.").wait_for()

    assert wallet.asked == [
        "eth_requestAccounts",
        "eth_chainId",
        "wallet_switchEthereumChain",
        "eth_signTypedData_v4",
    ]
    assert ChainOperation.objects.filter(kind="subscriptions.relay_deposit", subject=order.pk).count() == 1


def test_a_declined_signature_changes_nothing_and_says_so(signed_in, order, buyer):
    page = signed_in(buyer)
    Wallet(page, BUYER, declines=True)
    page.goto(reverse("orders:pay", args=[order.pk]))

    page.get_by_role("button", name="Sign with my wallet").click()
    page.get_by_text("User rejected the request.").wait_for()

    order.refresh_from_db()
    assert order.status == "REQUESTED"
    assert ChainOperation.objects.count() == 0


def test_the_wrong_account_of_a_wallet_is_named(signed_in, order, buyer):
    page = signed_in(buyer)
    wallet = Wallet(page, Account.from_key("0x" + "09" * 32))
    page.goto(reverse("orders:pay", args=[order.pk]))

    page.get_by_role("button", name="Sign with my wallet").click()
    page.get_by_text(f"Choose the account {BUYER.address} in your wallet.").wait_for()

    assert wallet.asked == ["eth_requestAccounts"]
    assert ChainOperation.objects.count() == 0
