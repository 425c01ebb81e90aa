"""The life cycles as written down, arrow by arrow, and what the database refuses."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django_fsm import FSMField, TransitionNotAllowed

from subscriptions.models import Payment, PaymentStatus, Status, Subscription
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import HASH

ORDER_ARROWS = {
    "REQUESTED -> UNDERPAID",
    "REQUESTED -> PAID",
    "REQUESTED -> EXPIRED",
    "REQUESTED -> REJECTED",
    "UNDERPAID -> PAID",
    "UNDERPAID -> EXPIRED",
    "PAID -> APPROVED",
    "PAID -> REJECTED",
    "PAID -> HELD",
    "PAID -> REFUNDED",
    "APPROVED -> MINTED",
    "APPROVED -> HELD",
    "APPROVED -> PAID",
    "HELD -> PAID",
    "HELD -> APPROVED",
    "EXPIRED -> REFUNDED",
    "REJECTED -> REFUNDED",
}
PAYMENT_ARROWS = {
    "UNMATCHED -> LINKED",
    "UNMATCHED -> FUNDED",
    "UNMATCHED -> RETURNED",
    "LINKED -> ALLOCATED",
    "LINKED -> RETURNED",
}
CALLS = {
    "note_underpayment": {},
    "record_payment": {"tx_hash": HASH, "at": AT},
    "approve": {"by": None, "at": AT},
    "undo_approval": {},
    "record_mint": {"tx_hash": HASH, "at": AT},
    "hold": {},
    "release": {},
    "resume": {},
    "expire": {},
    "reject": {},
    "record_refund": {"tx_hash": HASH, "at": AT},
    "link": {"by": None, "at": AT},
    "record_allocation": {"amount": 1},
    "record_funding": {"order_id": HASH, "order": None},
    "record_return": {"amount": 1},
}


def arrows(model) -> dict[str, set[str]]:
    """Each transition's arrows, as "A -> B"."""
    found: dict[str, set[str]] = {}
    for field in model._meta.fields:
        if isinstance(field, FSMField):
            for arrow in field.get_all_transitions(model):
                found.setdefault(arrow.name, set()).add(f"{arrow.source} -> {arrow.target}")
    return found


@pytest.mark.parametrize(
    ("model", "written"), [(Subscription, ORDER_ARROWS), (Payment, PAYMENT_ARROWS)], ids=["order", "payment"]
)
def test_the_life_cycle_has_these_arrows_and_no_other(model, written):
    assert set.union(*arrows(model).values()) == written


NOT_IN_THE_TABLE = [
    (model, status, name)
    for model, statuses in ((Subscription, Status), (Payment, PaymentStatus))
    for status, name in product(statuses.values, arrows(model))
    if not any(arrow.startswith(f"{status} ->") for arrow in arrows(model)[name])
]


@pytest.mark.parametrize(("model", "status", "name"), NOT_IN_THE_TABLE)
def test_any_other_transition_raises_and_changes_nothing(model, status, name):
    row = model(status=status, approved_at=AT) if model is Subscription else model(status=status)

    with pytest.raises(TransitionNotAllowed):
        getattr(row, name)(**CALLS[name])

    assert row.status == status


def test_a_held_order_goes_back_to_approved_only_if_it_was():
    with pytest.raises(TransitionNotAllowed):
        Subscription(status="HELD").resume()


@pytest.mark.parametrize("model", [Subscription, Payment])
def test_a_status_cannot_be_assigned(model):
    with pytest.raises(AttributeError):
        model().status = "MINTED"


BAD_ORDERS = [
    ("PAID", {"amount_requested": 0}),
    ("PAID", {"payment_due": 0}),
    ("PAID", {"amount_requested": 2**96}),
    ("PAID", {"pay_by": AT - timedelta(days=2)}),
    ("PAID", {"settle_by": AT + timedelta(days=9)}),
    ("PAID", {"payment_tx_hash": None, "paid_at": None}),
    ("PAID", {"paid_at": None}),
    ("PAID", {"approved_at": AT}),
    ("APPROVED", {"approved_by": None, "approved_at": None}),
    ("APPROVED", {"approved_by": None}),
    ("MINTED", {"mint_tx_hash": None}),
    ("MINTED", {"minted_at": None}),
    ("PAID", {"mint_tx_hash": HASH, "minted_at": AT}),
    ("HELD", {"payment_tx_hash": None, "paid_at": None}),
    ("REFUNDED", {"refund_tx_hash": None}),
    ("PAID", {"refund_tx_hash": HASH, "refunded_at": AT}),
    ("REQUESTED", {"payment_tx_hash": HASH, "paid_at": AT}),
]


@pytest.mark.parametrize(("status", "bad"), BAD_ORDERS)
def test_the_database_refuses_a_bad_order(asset, wallet, officer, status, bad):
    order = factories.order_in(status, asset, wallet, officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.filter(pk=order.pk).update(**bad)


def test_one_order_id_belongs_to_one_order(asset, wallet, officer):
    first, second = (factories.order_in("PAID", asset, wallet, officer) for _ in range(2))

    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.filter(pk=second.pk).update(order_id=first.order_id)


BAD_PAYMENTS = [
    {"amount": 0},
    {"amount_returned": 2_000_001},
    {"amount_allocated": 1_000_001, "amount_returned": 1_000_000},
    {"linked_at": None},
    {"proposed_by": None},
    {"subscription": None},
    {"status": "UNMATCHED"},
]


@pytest.mark.parametrize("bad", BAD_PAYMENTS)
def test_the_database_refuses_a_bad_payment(order, officer, second, bad):
    payment = factories.linked_payment(order, 2_000_000, officer, second)

    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(**bad)


def test_the_database_refuses_a_link_by_one_person(order, officer, second):
    payment = factories.linked_payment(order, 2_000_000, officer, second)

    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(linked_by=officer)


def test_one_transfer_is_one_payment(asset, order, officer, second):
    payment = factories.linked_payment(order, 2_000_000, officer, second)

    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_payment(asset, payment.payer, 1, tx_hash=payment.tx_hash, receipt=HASH)
