"""S13: more than is there, an empty treasury, a blacklisted holder, units that leave too early."""

from datetime import timedelta

import pytest
from django.urls import reverse

from contracts import calls
from contracts.calls import redemptions as redemption_calls
from contracts.models import ChainOperation, Purpose
from corporate_actions.models import FinalRedemption, Redemption
from tests.flows import dividends, market, redemptions
from tests.flows.market import USDC
from tests.flows.node import Refused
from tests.flows.world import REASON, key_of, status_of

HELD = 20
LEAST = "1500"


@pytest.fixture
def holder(world, asset):
    world.minted_order("investor.a", asset, HELD)
    asset.refresh_from_db()
    return key_of("investor.a")


def test_more_than_is_available_is_refused_by_form_api_and_chain(world, asset, holder):
    answer = redemptions.ask(world, "investor.a", asset, "21")
    assert answer.status_code == 422
    assert "20" in answer.content.decode()
    body = {"asset_id": str(asset.pk), "amount": "21", "min_payment": "1"}
    answer = world.api("investor.a").post("/api/redemptions", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "RedeemExceedsAvailable")
    with pytest.raises(Refused):
        world.node.send(holder, redemption_calls.request(asset.token_address, 21, 1))
    assert not Redemption.objects.exists()


def test_what_is_locked_or_frozen_is_not_available(world, asset, holder):
    redemptions.locked(world, "investor.a", asset, "5")
    page = reverse("corporate_actions:new_redemption", args=[asset.pk])
    assert "15" in world.browser("investor.a").get(page).content.decode()
    assert redemptions.ask(world, "investor.a", asset, "16").status_code == 422

    second = redemptions.requested(world, "investor.a", asset, "15")
    assert redemptions.ask(world, "investor.a", asset, "15").status_code == 422
    assert Redemption.objects.count() == 2

    world.platform_calls_asset(asset, Purpose.FREEZER, "setFrozenTokens", holder.address, 3)
    world.settle()
    second.refresh_from_db()
    assert (status_of(second), second.ended_because) == ("CANCELLED", "UNITS_GONE")
    assert redemptions.ask(world, "investor.a", asset, "13").status_code == 422
    assert redemptions.ask(world, "investor.a", asset, "12").status_code == 302


def test_an_empty_treasury_settles_nothing_and_says_so_until_it_pays(world, asset, holder):
    redemption = redemptions.locked(world, "investor.a", asset, "20", least=LEAST)
    before = world.node.usdc(holder.address)
    redemptions.settle(world, redemption, LEAST)
    assert status_of(redemption) == "PENDING"
    assert redemption.failure and redemption.burn_tx_hash is None
    assert world.node.locked(asset.token_address, holder.address) == HELD
    assert world.node.usdc(holder.address) == before
    row = reverse("admin:corporate_actions_redemption_change", args=[redemption.pk])
    assert redemption.failure in world.browser("treasurer").get(row).content.decode()

    below = world.press("treasurer", redemption, "settle", payment="1499.999999")
    assert "1,500" in below or "least" in below.lower()
    assert dividends.living() == 0

    dividends.give_treasury(world, 1_500 * USDC)
    redemptions.settle(world, redemption, LEAST)
    assert status_of(redemption) == "SETTLED"
    assert redemption.burn_tx_hash is not None
    assert world.node.usdc(holder.address) == before + 1_500 * USDC
    assert world.node.supply(asset.token_address) == 0


def test_a_holder_who_cannot_be_paid_is_held_and_paid_later(world, asset, holder):
    redemption = redemptions.locked(world, "investor.a", asset, "20", least=LEAST)
    dividends.give_treasury(world, 1_500 * USDC)
    world.blacklist(holder.address)
    redemptions.settle(world, redemption, LEAST)
    assert status_of(redemption) == "HELD"
    assert redemption.held_because == "PAYEE_BLACKLISTED"
    assert world.node.locked(asset.token_address, holder.address) == HELD

    world.unblacklist(holder.address)
    world.settle()
    assert status_of(redemption) == "PENDING"
    redemptions.settle(world, redemption, LEAST)
    assert status_of(redemption) == "SETTLED"


def test_locked_units_stay_where_they_are_until_an_officer_ends_the_request(world, asset, holder):
    redemption = redemptions.locked(world, "investor.a", asset, "20", least=LEAST)
    other = key_of("investor.b").address
    world.pass_time(market.LOCK_UP)
    with pytest.raises(Refused):
        world.node.send(holder, calls.transfer_units(asset.token_address, other, 1))
    with pytest.raises(Refused):
        world.platform_calls_asset(asset, Purpose.ENFORCER, "forcedTransfer", holder.address, other, 10)

    world.decide("officer.a", redemption, "cancel_for", reason="Order 12 of the court of Berlin.")
    world.settle_with_approvals()
    assert status_of(redemption) == "CANCELLED"
    assert redemption.ended_because == "BY_ORDER"
    refused = world.press("treasurer", redemption, "settle", payment=LEAST)
    assert not refused.endswith(": done.")
    assert world.node.locked(asset.token_address, holder.address) == 0
    assert world.node.supply(asset.token_address) == HELD


def test_units_that_leave_before_they_are_locked_end_the_request(world, asset, holder):
    world.pass_time(market.LOCK_UP)
    redemption = redemptions.requested(world, "investor.a", asset, "20")
    call = redemptions.shown_call(redemptions.page_of(world, redemption, "investor.a"))
    world.node.send(holder, calls.transfer_units(asset.token_address, key_of("investor.b").address, 10))
    with pytest.raises(Refused):
        world.node.send(holder, call)
    world.settle()
    assert status_of(redemption) == "CANCELLED"
    assert redemption.ended_because == "UNITS_GONE"


def test_a_holder_takes_a_request_back_with_the_wallet_that_made_it(world, asset, holder):
    redemption = redemptions.locked(world, "investor.a", asset, "20", least=LEAST)
    redemptions.send_shown(world, redemption, "investor.a")
    world.settle()
    assert status_of(redemption) == "CANCELLED"
    assert world.node.locked(asset.token_address, holder.address) == 0


def test_a_paused_asset_takes_no_requests(world, asset, holder):
    world.decide("officer.a", asset, "pause")
    world.settle_with_approvals()
    assert status_of(asset) == "PAUSED"
    assert redemptions.ask(world, "investor.a", asset, "20").status_code == 422
    with pytest.raises(Refused):
        world.node.send(holder, redemption_calls.request(asset.token_address, 20, 1))
    assert not Redemption.objects.exists()


def test_the_underlying_is_settled_outside_the_chain_by_two_people_then_burned(world, asset, holder):
    redemption = redemptions.locked(world, "investor.a", asset, "20", least="", method="OFF_CHAIN")
    page = reverse("admin:corporate_actions_redemption_record_settlement", args=[redemption.pk])
    form = {
        "amount": "2000.00",
        "currency": "EUR",
        "reference": "SEPA 42",
        "file": market.pdf("receipt"),
        "reason": REASON,
    }
    answer = world.browser("treasurer").post(page, form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    alone = world.press("treasurer", redemption, "confirm_settlement")
    assert not alone.endswith(": done.")
    assert not ChainOperation.objects.filter(subject=redemption.pk).exists()

    market.in_role("treasurer.b", "treasurer")
    world.decide("treasurer.b", redemption, "confirm_settlement")
    world.settle_with_approvals()
    assert status_of(redemption) == "SETTLED"
    assert (redemption.payment, world.node.supply(asset.token_address)) == (0, 0)
    assert "2,000 EUR" in redemptions.page_of(world, redemption, "investor.a")


def test_a_closed_asset_is_paid_out_at_one_price(world, asset, holder):
    world.decide("officer.a", asset, "pause")
    world.settle_with_approvals()
    world.decide("officer.a", asset, "close")
    world.settle_with_approvals()
    world.pass_time(timedelta(days=8))
    world.settle_with_approvals()
    assert status_of(asset) == "REDEEMED"

    final = FinalRedemption.objects.get(asset=asset)
    dividends.give_treasury(world, 2_200 * USDC)
    until = (world.now() + timedelta(days=90)).date()
    world.decide("treasurer", final, "open", price="110", expires_at=str(until))
    world.settle_with_approvals()
    assert status_of(final) == "OPEN"

    before = world.node.usdc(holder.address)
    page = reverse("corporate_actions:final_redemption", args=[asset.pk])
    html = world.browser("investor.a").get(page).content.decode()
    world.node.send(holder, redemptions.shown_call(html))
    world.settle()
    assert world.node.usdc(holder.address) == before + 2_200 * USDC
    assert world.node.supply(asset.token_address) == 0
    paid_out = Redemption.objects.get()
    assert (paid_out.method, status_of(paid_out), paid_out.payment) == ("FINAL", "SETTLED", 2_200 * USDC)
