from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from corporate_actions import actions, queries_redemptions
from corporate_actions.actions import redemption_request as rules
from corporate_actions.models import Redemption
from rwa_portal.core.models import AuditEvent
from tests.corporate_actions.redemptions.factories import (
    DAY,
    USDC,
    ask,
    asked_on_chain,
    frozen,
    hold_units,
    project,
    redemption_in,
    some_id,
    wholly_frozen,
    written,
)
from tests.people import AT
from tests.subscriptions.factories import chain_read_until, hear, make_buyer

pytestmark = pytest.mark.django_db


def test_request_notes_what_the_holder_asks_for(asset, wallet, holder):
    redemption = ask(asset, wallet)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.amount, kept.min_payment, kept.method) == (
        "REQUESTED",
        500,
        450 * USDC,
        "USDC",
    )
    assert (kept.wallet, kept.investor, kept.requested_by) == (wallet, wallet.investor, holder)
    assert kept.lock_by == AT + timedelta(days=1)
    assert kept.history.get().history_change_reason == "redemption.requested"
    assert AuditEvent.objects.get(subject=redemption.pk).kind == "redemption.requested"


def test_request_takes_the_primary_wallet_if_none_is_named(asset, wallet):
    wanted = actions.RedemptionRequest(wallet.investor_id, asset.pk, 500, 450 * USDC)

    redemption = actions.request_redemption(wanted=wanted, by=wallet.investor.user, at=AT)

    assert redemption.wallet == wallet


def test_what_is_available_says_what_is_not_and_why(asset, wallet):
    hear(frozen(asset, wallet, 300))
    locked = redemption_in("REQUESTED", asset, wallet, 400)
    hear(asked_on_chain(locked))
    ask(asset, wallet, 100, min_payment=90 * USDC)

    found = queries_redemptions.available(asset, wallet)

    assert (found.balance, found.units) == (2000, 1200)
    assert [(part.name, part.units) for part in found.parts] == [
        ("Frozen", 300),
        ("Locked", 400),
        ("Requested", 100),
    ]
    assert all(part.reason for part in found.parts)


def test_more_frozen_than_held_leaves_nothing_and_not_less(asset, wallet):
    hear(frozen(asset, wallet, 9000))

    found = queries_redemptions.available(asset, wallet)

    assert (found.units, found.parts[0].units) == (0, 2000)


def test_the_last_word_about_frozen_units_counts(asset, wallet):
    hear(frozen(asset, wallet, 2000), wholly_frozen(asset, wallet), frozen(asset, wallet, 50))
    assert queries_redemptions.available(asset, wallet).units == 0

    hear(wholly_frozen(asset, wallet, is_frozen=False))

    assert queries_redemptions.available(asset, wallet).units == 1950


def test_what_is_exactly_available_can_be_redeemed(asset, wallet):
    assert ask(asset, wallet, 2000, min_payment=USDC).amount == 2000


def test_request_above_what_is_available_is_refused(asset, wallet):
    before = written()

    with pytest.raises(rules.RedeemExceedsAvailable, match=r"can redeem 20.00 HAUS: it holds 20.00 HAUS\."):
        ask(asset, wallet, 2001)

    assert written() == before


def test_request_of_units_that_are_locked_is_refused_with_the_reason(asset, wallet):
    hear(asked_on_chain(redemption_in("REQUESTED", asset, wallet, 500)))
    before = written()

    with pytest.raises(rules.RedeemExceedsAvailable, match=r"can redeem 15.00 HAUS.*5.00 HAUS locked"):
        ask(asset, wallet, 1501)

    assert written() == before


def test_a_second_request_sees_the_first(asset, wallet):
    ask(asset, wallet, 1500)
    before = written()

    with pytest.raises(rules.RedeemExceedsAvailable, match="15.00 HAUS requested"):
        ask(asset, wallet, 1500)

    assert written() == before


@pytest.mark.parametrize("amount", [0, -1])
def test_request_of_nothing_is_refused(asset, wallet, amount):
    before = written()

    with pytest.raises(rules.AmountNotPositive):
        ask(asset, wallet, amount)

    assert written() == before


@pytest.mark.parametrize(
    ("status", "refusal"), [("PAUSED", rules.AssetPaused), ("REDEEMED", rules.AssetRedeemed)]
)
def test_request_of_an_asset_that_is_not_active_is_refused(asset, wallet, status, refusal):
    type(asset).objects.filter(pk=asset.pk).update(status=status)
    before = written()

    with pytest.raises(refusal):
        ask(asset, wallet)

    assert written() == before


@pytest.mark.parametrize(
    "column",
    [
        {"frozen_at": AT},
        {"sanctioned_at": AT},
        {"allowlisted_at": None},
        {"profile_valid_until": AT - DAY},
    ],
)
def test_request_by_a_wallet_the_chain_stops_is_refused(asset, wallet, column):
    type(wallet).objects.filter(pk=wallet.pk).update(**column)
    before = written()

    with pytest.raises(rules.HolderFrozen):
        ask(asset, wallet)

    assert written() == before


def test_request_by_a_wallet_frozen_for_this_token_is_refused(asset, wallet):
    hear(wholly_frozen(asset, wallet))
    before = written()

    with pytest.raises(rules.HolderFrozen):
        ask(asset, wallet)

    assert written() == before


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"min_payment": 0}, rules.MinPaymentMissing),
        ({"min_payment": -1}, rules.MinPaymentMissing),
        ({"min_payment": 5001 * USDC}, rules.MinPaymentTooHigh),
        ({"min_payment": 1, "method": "OFF_CHAIN"}, rules.MinPaymentNotZero),
        ({"method": "FINAL"}, rules.MethodUnknown),
    ],
)
def test_request_with_terms_that_make_no_sense_is_refused(asset, wallet, terms, refusal):
    before = written()

    with pytest.raises(refusal):
        ask(asset, wallet, **terms)

    assert written() == before


def test_a_settlement_outside_the_chain_asks_for_no_usdc(asset, wallet):
    assert ask(asset, wallet, method="OFF_CHAIN", min_payment=0).method == "OFF_CHAIN"


def test_request_for_what_is_not_there_is_refused(asset, wallet):
    other = make_buyer()
    draft = type(asset).objects.create(
        issuer=asset.issuer,
        name="Entwurf",
        asset_type="CREDIT",
        created_by=asset.created_by,
        created_at=AT,
    )
    before = written()

    for changes, refusal in [
        ({"asset_id": some_id()}, rules.AssetUnknown),
        ({"asset_id": draft.pk}, rules.AssetUnknown),
        ({"investor_id": some_id()}, rules.InvestorUnknown),
        ({"wallet_id": other.pk}, rules.WalletNotProven),
    ]:
        given = {"investor_id": wallet.investor_id, "asset_id": asset.pk, "amount": 500, **changes}
        wanted = actions.RedemptionRequest(min_payment=USDC, **given)
        with pytest.raises(refusal):
            actions.request_redemption(wanted=wanted, by=wallet.investor.user, at=AT)

    assert written() == before


@pytest.mark.django_db(transaction=True)
def test_of_parallel_requests_beyond_the_balance_one_is_taken(asset, wallet):
    def attempt(_: int) -> str:
        try:
            ask(asset, wallet, 1500)
        except rules.RedeemExceedsAvailable as error:
            return error.code
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(attempt, range(6)))

    assert answers == ["RedeemExceedsAvailable"] * 5 + ["taken"]
    assert Redemption.objects.get().amount == 1500


def test_withdraw_frees_the_units(requested, asset, wallet, holder):
    actions.withdraw_redemption(redemption_id=requested.pk, by=holder, at=AT)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.ended_because) == ("CANCELLED", "WITHDRAWN")
    assert queries_redemptions.available(asset, wallet).units == 2000


@pytest.mark.parametrize("status", ["PENDING", "HELD", "SETTLED", "CANCELLED"])
def test_withdraw_of_anything_but_a_request_is_refused(asset, wallet, holder, status):
    redemption = redemption_in(status, asset, wallet)
    before = written()

    with pytest.raises(rules.RedemptionNotWithdrawable):
        actions.withdraw_redemption(redemption_id=redemption.pk, by=holder, at=AT)

    assert written() == before


def test_withdraw_while_the_chain_has_it_is_refused(requested, holder):
    project(asked_on_chain(requested))  # confirmed, and not reacted to yet
    before = written()

    with pytest.raises(rules.LockUnderWay):
        actions.withdraw_redemption(redemption_id=requested.pk, by=holder, at=AT)

    assert written() == before


def test_a_request_that_was_never_sent_expires(requested, holder):
    chain_read_until(requested.lock_by)

    actions.expire_redemption(redemption_id=requested.pk, by=holder, at=requested.lock_by)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.ended_because) == ("CANCELLED", "NOT_LOCKED")


def test_a_request_whose_units_are_gone_ends_and_says_so(requested, asset, wallet, holder):
    hold_units(asset, wallet, 499)

    actions.expire_redemption(redemption_id=requested.pk, by=holder, at=AT)

    assert Redemption.objects.get().ended_because == "UNITS_GONE"


def test_a_request_that_can_still_be_sent_does_not_expire(requested, holder):
    chain_read_until(requested.lock_by)
    before = written()

    with pytest.raises(rules.RequestStillGood):
        actions.expire_redemption(
            redemption_id=requested.pk, by=holder, at=requested.lock_by - timedelta(seconds=1)
        )

    assert written() == before


def test_a_request_that_may_have_been_sent_in_time_does_not_expire(requested, holder):
    chain_read_until(requested.lock_by - timedelta(seconds=1))
    before = written()

    with pytest.raises(rules.LockUnderWay):
        actions.expire_redemption(redemption_id=requested.pk, by=holder, at=requested.lock_by)

    assert written() == before


def test_what_is_on_chain_does_not_expire(pending, holder):
    before = written()

    with pytest.raises(rules.RequestStillGood):
        actions.expire_redemption(redemption_id=pending.pk, by=holder, at=AT + 99 * DAY)

    assert written() == before
