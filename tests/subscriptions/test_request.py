from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from assets.models import Asset
from contracts import calls
from investors.queries import InvestorNotEligible
from rwa_portal.core import drafts
from rwa_portal.core.models import AuditEvent
from subscriptions import actions, queries
from subscriptions.actions import OrderRequest, request
from subscriptions.models import Status, Subscription
from tests.investors.factories import make_investor, make_wallet
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import DAY, HASH, written


@pytest.fixture
def asked(asset, wallet) -> OrderRequest:
    return OrderRequest(wallet.investor_id, asset.pk, 250, HASH, wallet.pk)


def ask(asked, buyer, **changes):
    return actions.request_subscription(order=replace(asked, **changes), by=buyer, at=AT)


def test_an_order_carries_all_its_id_on_chain_is_made_of(asked, asset, wallet, buyer):
    order = ask(asked, buyer)

    order.refresh_from_db()
    assert (order.status, order.amount_requested, order.payment_due) == ("REQUESTED", 250, 250_000_000)
    assert (order.pay_by, order.settle_by) == (AT + 3 * DAY, AT + 17 * DAY)
    expected = calls.Order(
        buyer=wallet.address,
        units=250,
        payment=250_000_000,
        pay_by=int(order.pay_by.timestamp()),
        settle_by=int(order.settle_by.timestamp()),
        terms_hash=HASH,
        salt="0x" + order.pk.hex + "00" * 16,
    )
    assert order.order_id == calls.order_id(asset.escrow_address, expected)
    assert queries.order_of(order) == expected


def test_the_request_is_in_the_trail_and_in_the_history(asked, buyer):
    order = ask(asked, buyer)

    event = AuditEvent.objects.get(kind="subscription.requested")
    assert (event.subject, event.by, event.facts["terms_hash"]) == (order.pk, buyer, HASH)
    assert Subscription.history.get().history_user == buyer


def test_without_a_wallet_the_primary_one_is_taken_and_the_draft_forgotten(asked, wallet, buyer, asset):
    make_wallet(wallet.investor, allowlisted_at=AT)
    drafts.save(user=buyer, name=request.draft_name(asset), values={"units": "2"}, at=AT)

    assert ask(asked, buyer, wallet_id=None).wallet == wallet
    assert drafts.load(user=buyer, name=request.draft_name(asset)) == {}


def test_two_requests_are_two_orders_with_their_own_ids(asked, buyer):
    assert ask(asked, buyer).order_id != ask(asked, buyer).order_id


def test_exactly_what_is_left_can_be_ordered(asked, asset, buyer, officer):
    other = factories.make_buyer()
    factories.order_in(Status.MINTED, asset, other, officer, units=asset.supply_cap - 250)

    assert ask(asked, buyer).amount_requested == 250


def sell(asset, wallet, officer):
    factories.order_in(Status.APPROVED, asset, factories.make_buyer(), officer, units=asset.supply_cap - 249)


def column(**values):
    return lambda asset, wallet, officer: Asset.objects.filter(pk=asset.pk).update(**values)


def investor(**values):
    return lambda asset, wallet, officer: (
        type(wallet.investor).objects.filter(pk=wallet.investor_id).update(**values)
    )


def wallet(**values):
    return lambda asset, wallet, officer: type(wallet).objects.filter(pk=wallet.pk).update(**values)


def nothing(asset, wallet, officer):
    pass


NOBODY = UUID(int=1)
REFUSALS = [
    ("paused", column(status="PAUSED"), {}, request.AssetNotActive, ""),
    ("early", column(opens_at=AT + DAY), {}, request.OfferingNotOpen, ""),
    ("late", column(closes_at=AT), {}, request.OfferingNotOpen, ""),
    ("sold out", sell, {}, request.UnitsAboveCap, "amount_requested"),
    ("above the cap", nothing, {"units": 100_001}, request.UnitsAboveCap, "amount_requested"),
    ("below the minimum", nothing, {"units": 9}, request.UnitsBelowMinimum, "amount_requested"),
    ("no units", nothing, {"units": 0}, request.UnitsBelowMinimum, "amount_requested"),
    ("less than no units", nothing, {"units": -5}, request.UnitsBelowMinimum, "amount_requested"),
    ("too dear", column(unit_price=2**96 - 1), {}, request.PaymentTooLarge, "amount_requested"),
    ("unknown asset", nothing, {"asset_id": NOBODY}, request.AssetUnknown, "asset_id"),
    (
        "unknown investor",
        nothing,
        {"investor_id": NOBODY},
        request.InvestorUnknown,
        "investor_id",
    ),
    (
        "unknown wallet",
        nothing,
        {"wallet_id": NOBODY},
        request.WalletNotProven,
        "wallet_id",
    ),
    ("other terms", nothing, {"terms_hash": "0x" + "00" * 32}, request.TermsNotAccepted, "terms_hash"),
    ("unverified", investor(kyc_status="PENDING"), {}, InvestorNotEligible, ""),
    ("rejected", investor(kyc_status="REJECTED"), {}, InvestorNotEligible, ""),
    ("elsewhere", investor(jurisdiction_code="US"), {}, InvestorNotEligible, ""),
    ("kyc ran out", investor(kyc_valid_until=AT.date() - DAY), {}, InvestorNotEligible, ""),
    ("not allowlisted", wallet(allowlisted_at=None), {}, InvestorNotEligible, ""),
]


@pytest.mark.parametrize(
    ("spoil", "changes", "error", "field"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_a_refusal_names_its_rule_and_writes_nothing(
    asked, asset, buyer, officer, spoil, changes, error, field
):
    spoil(asset, buyer.investor.wallets.get(), officer)
    before = written()

    with pytest.raises(error) as refused:
        ask(asked, buyer, **changes)

    assert getattr(refused.value, "field", "") == field
    assert written() == before


def test_anothers_wallet_is_refused(asked, buyer):
    foreign = make_wallet(make_investor(), allowlisted_at=AT)
    before = written()

    with pytest.raises(request.WalletNotProven):
        ask(asked, buyer, wallet_id=foreign.pk)

    assert written() == before


def test_a_failure_in_the_last_step_leaves_nothing(asked, buyer, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEvent, "record", broken)
    before = written()

    with pytest.raises(RuntimeError):
        ask(asked, buyer)

    assert written() == before


def test_times_are_whole_seconds_as_the_chain_counts(asked, buyer):
    order = actions.request_subscription(order=asked, by=buyer, at=AT + timedelta(microseconds=999_999))

    assert order.pay_by.microsecond == order.settle_by.microsecond == 0
    assert order.settle_by - order.pay_by >= timedelta(days=7)
