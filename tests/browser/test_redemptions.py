"""The pages of redemptions as a browser sees them: of a holder, an issuer and the treasury."""

import pytest
from django.urls import reverse

from assets.models import IssuerMember
from corporate_actions import treasury
from tests.corporate_actions.redemptions import factories as redemptions
from tests.people import AT, in_role, person
from tests.subscriptions.factories import hear, make_asset

pytestmark = pytest.mark.django_db(transaction=True)
USDC = redemptions.USDC


@pytest.fixture
def lives(asset, wallet):
    """A holder of 50.00 HAUS with a redemption in every state, and a closed asset that pays out."""
    redemptions.deploy_suite()
    redemptions.hold_units(asset, wallet, 5000)
    hear(redemptions.frozen(asset, wallet, 300))
    rows = {
        status: redemptions.redemption_in(status, asset, wallet)
        for status in ("REQUESTED", "HELD", "SETTLED", "CANCELLED")
    }
    locked = redemptions.redemption_in("REQUESTED", asset, wallet, 700)
    hear(redemptions.asked_on_chain(locked))
    late = {"failure": "ERC20: transfer amount exceeds balance", "failed_at": AT, "due_at": AT}
    rows["FAILED"] = redemptions.redemption_in("PENDING", asset, wallet, **late)
    rows["OUTSIDE"] = redemptions.redemption_in("PENDING", asset, wallet, method="OFF_CHAIN")
    rows["PENDING"] = locked
    redemptions.record(rows["OUTSIDE"], person("clerk"))
    closed = make_asset(name="Altes Haus", symbol="ALT", status="REDEEMED")
    rows["FINAL"] = redemptions.final_in("OPEN", closed)
    redemptions.hold_units(rows["FINAL"].asset, wallet, 2000)
    return rows


@pytest.fixture(autouse=True)
def suite(db):
    """Of the contracts, the ones of redemptions only."""


def page(name: str, *args: object) -> str:
    return reverse(f"corporate_actions:{name}", args=args)


def test_a_holders_pages(look, signed_in, asset, wallet, lives):
    signed_in(wallet.investor.user)

    look.at(page("redemptions"), page("new_redemption", asset.pk))
    look.at(*(page("redemption", row.pk) for name, row in lives.items() if name != "FINAL"))
    look.at(page("final_redemption", lives["FINAL"].asset_id))

    assert look.wrong == []


def test_an_issuers_page(look, signed_in, asset, lives):
    member = person("member", is_staff=False)
    IssuerMember.objects.create(issuer=asset.issuer, user=member, added_by=member, joined_at=AT)
    signed_in(member)

    look.at(page("asset_redemptions", asset.pk))

    assert look.wrong == []


def test_the_treasurys_pages(look, signed_in, lives, monkeypatch):
    monkeypatch.setattr(treasury, "balance", lambda: 400 * USDC)
    signed_in(in_role("money", "treasurer"))
    rows = [row for name, row in lives.items() if name != "FINAL"]

    look.at(reverse("admin:index"))
    for model, shown in (("redemption", rows), ("finalredemption", [lives["FINAL"]])):
        name = f"admin:corporate_actions_{model}"
        look.at(reverse(f"{name}_changelist"), *(reverse(f"{name}_change", args=[row.pk]) for row in shown))
    record = "admin:corporate_actions_redemption_record_settlement"
    look.at(reverse(record, args=[lives["OUTSIDE"].pk]))

    assert look.wrong == []
    look.page.goto(reverse("admin:corporate_actions_redemption_change", args=[lives["PENDING"].pk]))
    look.page.get_by_text("Settle", exact=True).first.click()
    look.page.get_by_text("50.000000 USDC too little").wait_for()
