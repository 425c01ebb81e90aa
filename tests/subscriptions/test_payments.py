"""Plain transfers: two people say what they are for; what is for nobody goes back."""

import pytest

from contracts import calls, submission
from contracts.models import ChainOperation, State
from rwa_portal.core.models import AuditEvent
from subscriptions import actions, hooks, kinds, queries
from subscriptions.actions import payments
from subscriptions.models import Payment, Status, Subscription
from tests.investors.factories import make_wallet
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import REASON, written

STRANGER = "0x" + "99" * 20


def act(name, payment, by, **more):
    return getattr(actions, name)(payment_id=payment.pk, by=by, at=AT, reason=REASON, **more)


def propose(payment, order, by):
    return act("propose_payment_link", payment, by, subscription_id=order.pk)


def link(payment, order, one, two):
    propose(payment, order, one)
    return act("confirm_payment_link", payment, two)


def now(row):
    return type(row).objects.get(pk=row.pk)


def asked() -> list[tuple[str, str]]:
    """Each call's kind and the kind it waits for."""
    rows = ChainOperation.objects.select_related("after")
    return sorted((row.kind, row.after.kind if row.after else "") for row in rows)


@pytest.fixture
def payment(order):
    return factories.make_payment(order.asset, order.wallet.address, order.payment_due)


def test_a_proposal_alone_moves_nothing(payment, order, officer):
    propose(payment, order, officer)

    waiting = now(payment)
    assert (waiting.status, waiting.subscription, waiting.proposed_order) == ("UNMATCHED", None, order)
    assert (now(order).status, asked()) == ("REQUESTED", [])


def test_a_second_person_links_it_and_the_escrow_is_asked_in_order(payment, order, officer, second):
    link(payment, order, officer, second)

    linked = now(payment)
    assert (linked.status, linked.subscription, linked.linked_by) == ("LINKED", order, second)
    assert asked() == [(kinds.ALLOCATE, kinds.APPROVE_RECEIPT), (kinds.APPROVE_RECEIPT, "")]
    receipt, allocate = (ChainOperation.objects.get(kind=k) for k in (kinds.APPROVE_RECEIPT, kinds.ALLOCATE))
    escrow = order.asset.escrow_address
    stated = calls.approve_receipt(escrow, payment.receipt, payment.payer, payment.amount)
    used = calls.allocate(escrow, queries.order_of(order), [payment.receipt])
    assert (receipt.to, bytes(receipt.calldata), receipt.wallet.purpose) == (*stated, "COMPLIANCE")
    assert (allocate.to, bytes(allocate.calldata), allocate.wallet.purpose) == (*used, "ESCROW_OPERATOR")
    assert now(order).status == "REQUESTED"  # OrderFunded alone makes it PAID


def test_too_little_is_underpaid_and_the_rest_completes_it(order, officer, second):
    almost = factories.make_payment(order.asset, order.wallet.address, order.payment_due - 1)
    rest = factories.make_payment(order.asset, order.wallet.address, 1)

    link(almost, order, officer, second)
    assert (now(order).status, queries.missing(order)) == ("UNDERPAID", 1)
    assert asked() == [(kinds.APPROVE_RECEIPT, "")]
    link(rest, order, officer, second)

    assert (now(order).status, queries.missing(order)) == ("UNDERPAID", 0)
    assert asked() == [
        (kinds.ALLOCATE, kinds.APPROVE_RECEIPT),
        (kinds.APPROVE_RECEIPT, ""),
        (kinds.APPROVE_RECEIPT, kinds.APPROVE_RECEIPT),
    ]
    allocate = ChainOperation.objects.get(kind=kinds.ALLOCATE)
    expected = calls.allocate(
        order.asset.escrow_address, queries.order_of(order), [almost.receipt, rest.receipt]
    )
    assert bytes(allocate.calldata) == expected.calldata
    assert AuditEvent.objects.filter(kind="subscription.underpaid").count() == 1


def test_more_than_the_price_is_taken_whole_and_the_rest_is_left(order, officer, second):
    payment = factories.make_payment(order.asset, order.wallet.address, order.payment_due + 100)

    link(payment, order, officer, second)

    assert ChainOperation.objects.filter(kind=kinds.ALLOCATE).count() == 1


def test_one_person_twice_is_not_two_people(payment, order, officer):
    propose(payment, order, officer)
    before = written()

    with pytest.raises(payments.SecondPersonNeeded):
        act("confirm_payment_link", payment, officer)

    assert written() == before


def test_a_proposal_can_be_declined_and_another_made(payment, order, officer, second):
    propose(payment, order, officer)

    act("decline_payment_link", payment, second)
    assert now(payment).proposed_order is None
    propose(payment, order, second)

    assert now(payment).proposed_by == second


def test_confirm_and_decline_need_a_proposal(payment, officer):
    before = written()

    for name in ("confirm_payment_link", "decline_payment_link"):
        with pytest.raises(payments.LinkNotProposed):
            act(name, payment, officer)

    assert written() == before


def stranger(payment, order, officer, second):
    Payment.objects.filter(pk=payment.pk).update(payer=STRANGER)


def another_wallet(payment, order, officer, second):
    other = make_wallet(order.investor)
    factories.linked_payment(order, 1, officer, second, payer=other.address)


def covered(payment, order, officer, second):
    factories.linked_payment(order, order.payment_due, officer, second)


def proposed(payment, order, officer, second):
    propose(payment, order, second)


def linked(payment, order, officer, second):
    people = {"proposed_by": officer, "proposed_at": AT, "linked_by": second, "linked_at": AT}
    Payment.objects.filter(pk=payment.pk).update(status="LINKED", subscription=order, **people)


def expired(payment, order, officer, second):
    Subscription.objects.filter(pk=order.pk).update(status="EXPIRED")


def returning(payment, order, officer, second):
    act("return_payment", payment, officer)


REFUSALS = [
    (returning, payments.ReturnUnderWay),
    (stranger, payments.PayerNotInvestor),
    (another_wallet, payments.PayersDiffer),
    (covered, payments.OrderFullyLinked),
    (proposed, payments.LinkProposedAlready),
    (linked, payments.PaymentNotUnmatched),
    (expired, payments.OrderNotAwaitingPayment),
]


@pytest.mark.parametrize(("spoil", "error"), REFUSALS)
def test_a_refused_proposal_writes_nothing(payment, order, officer, second, spoil, error):
    spoil(payment, order, officer, second)
    before = written()

    with pytest.raises(error):
        propose(payment, order, officer)

    assert written() == before


@pytest.mark.parametrize(
    ("spoil", "error"), [r for r in REFUSALS if r[0] not in (returning, proposed, linked)]
)
def test_what_no_longer_fits_cannot_be_confirmed(payment, order, officer, second, spoil, error):
    propose(payment, order, officer)
    spoil(payment, order, officer, second)
    before = written()

    with pytest.raises(error):
        act("confirm_payment_link", payment, second)

    assert written() == before


def test_an_order_of_another_asset_is_unknown(payment, wallet, officer):
    elsewhere = factories.order_in(Status.REQUESTED, factories.make_asset(), wallet, officer)

    with pytest.raises(payments.OrderUnknown):
        propose(payment, elsewhere, officer)


def test_a_suggestion_needs_one_fitting_order_and_changes_nothing(payment, order, asset, wallet):
    assert queries.suggested_order(payment) == order
    assert now(payment).proposed_order is None

    factories.place(asset, wallet)
    assert queries.suggested_order(payment) is None


def test_nobody_is_suggested_for_a_strangers_payment(asset, order):
    payment = factories.make_payment(asset, STRANGER, order.payment_due)

    assert queries.suggested_order(payment) is None


def test_an_allocation_that_failed_can_be_asked_for_again(payment, order, officer, second):
    link(payment, order, officer, second)
    receipt, allocate = (ChainOperation.objects.get(kind=k) for k in (kinds.APPROVE_RECEIPT, kinds.ALLOCATE))
    submission.cancel(operation_id=receipt.pk, reason="PolicyDenied", at=AT)
    assert (now(receipt).state, now(allocate).state) == ("CANCELLED", "CANCELLED")
    assert now(payment).status == "LINKED"

    actions.allocate_payments(subscription_id=order.pk, by=officer, at=AT, reason=REASON)

    living = ChainOperation.objects.exclude(state="CANCELLED").values_list("kind", flat=True)
    assert sorted(living) == [kinds.ALLOCATE, kinds.APPROVE_RECEIPT]
    failed = AuditEvent.objects.filter(kind__endswith="_failed").values_list("kind", flat=True)
    assert sorted(failed) == ["subscriptions.allocate_failed", "subscriptions.approve_receipt_failed"]


def test_allocating_what_is_under_way_or_too_little_is_refused(payment, order, officer, second):
    def again():
        actions.allocate_payments(subscription_id=order.pk, by=officer, at=AT, reason=REASON)

    with pytest.raises(payments.PaymentsTooSmall):
        again()
    link(payment, order, officer, second)
    before = written()
    with pytest.raises(payments.AllocationUnderWay):
        again()

    assert written() == before


def test_a_receipt_the_chain_has_is_not_stated_again(payment, officer):
    act("return_payment", payment, officer)
    confirmed = {"state": State.CONFIRMED, "tx_hash": factories.HASH, "block_number": 1}
    stated = ChainOperation.objects.filter(kind=kinds.APPROVE_RECEIPT)
    stated.update(**confirmed, block_hash=factories.HASH)
    first = ChainOperation.objects.get(kind=kinds.RETURN_PAYMENT)
    submission.cancel(operation_id=first.pk, reason="PolicyDenied", at=AT)

    operation = act("return_payment", payment, officer)

    assert (operation.after, stated.count()) == (None, 1)


def test_what_belongs_to_nobody_goes_back_to_its_payer(asset, officer):
    payment = factories.make_payment(asset, STRANGER, 500)

    operation = act("return_payment", payment, officer)

    assert asked() == [(kinds.APPROVE_RECEIPT, ""), (kinds.RETURN_PAYMENT, kinds.APPROVE_RECEIPT)]
    expected = calls.return_payment(payment.escrow, payment.receipt)
    assert (operation.to, bytes(operation.calldata)) == expected
    assert now(payment).status == "UNMATCHED"  # PaymentReturned alone makes it RETURNED


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.REJECTED])
def test_what_was_sent_for_an_order_that_ended_goes_back(asset, wallet, officer, second, status):
    order = factories.order_in(status, asset, wallet, officer)
    payment = factories.linked_payment(order, 7, officer, second)

    assert act("return_payment", payment, officer).kind == kinds.RETURN_PAYMENT


def test_what_an_open_order_waits_for_cannot_be_returned(order, officer, second):
    payment = factories.linked_payment(order, 7, officer, second)
    before = written()

    with pytest.raises(payments.PaymentNotReturnable):
        act("return_payment", payment, officer)

    assert written() == before


@pytest.mark.parametrize("status", ["FUNDED", "RETURNED"])
def test_what_is_used_or_back_cannot_be_returned(asset, officer, status):
    payment = factories.make_payment(asset, STRANGER, 7, status=status, amount_returned=7)

    with pytest.raises(payments.PaymentNotReturnable):
        act("return_payment", payment, officer)


def test_a_proposed_payment_is_declined_before_it_is_returned(payment, order, officer):
    propose(payment, order, officer)

    with pytest.raises(payments.LinkProposedAlready):
        act("return_payment", payment, officer)


def test_a_return_is_asked_for_once(payment, officer):
    act("return_payment", payment, officer)
    before = written()

    with pytest.raises(payments.ReturnUnderWay):
        act("return_payment", payment, officer)

    assert written() == before


def test_the_rechecks_refuse_what_has_changed(payment, order, officer, second):
    link(payment, order, officer, second)
    receipt, allocate = (ChainOperation.objects.get(kind=k) for k in (kinds.APPROVE_RECEIPT, kinds.ALLOCATE))
    assert hooks.recheck_receipt(receipt) == receipt.facts
    assert hooks.recheck_allocation(allocate) == allocate.facts

    factories.hear(factories.funded(order))  # the investor has paid otherwise

    with pytest.raises(hooks.OrderNoLongerPayable):
        hooks.recheck_allocation(allocate)


def test_a_return_is_not_sent_after_the_payment_was_used(asset, order, officer, second):
    payment = factories.make_payment(asset, order.wallet.address, order.payment_due)
    operation = act("return_payment", payment, officer)
    assert hooks.recheck_return(operation) == operation.facts

    linked(payment, order, officer, second)

    with pytest.raises(hooks.NothingLeftToReturn):
        hooks.recheck_return(operation)


def test_the_escrow_is_expected_to_hold_what_came_and_did_not_go(order, officer, second, asset, wallet):
    factories.make_payment(asset, STRANGER, 500)
    payment = factories.linked_payment(order, 250_000_100, officer, second)
    factories.hear(factories.allocated(payment, order, 250_000_000), factories.funded(order, method="2"))

    expected = queries.expected_in_escrow(asset)
    assert (expected.funded, expected.unallocated) == (250_000_000, 600)
    factories.hear(factories.refunded(order), factories.returned(payment, 100))

    assert queries.expected_in_escrow(asset).total == 500
