"""What the chain says, once and again, in time and too late, about orders we know and orders we do not."""

import pytest
from django_fsm import TransitionNotAllowed

from indexer import registry as indexer
from rwa_portal.core.models import AuditEvent
from subscriptions import projections
from subscriptions.models import OrderFact, Payment, Refund, Status, Subscription
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import HASH, hear, react, written


def now(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def deposit(order):
    """One transaction: the escrow says what for, then USDC moves."""
    place = {"tx_hash": factories.hash_of("deposit")}
    said = factories.funded(order, **place, log_index=3)
    payer, due = order.wallet.address, order.payment_due
    return said, factories.transfer(order.asset, payer, due, **place, log_index=4)


def test_a_transfer_into_an_escrow_is_an_unmatched_payment(asset):
    heard = factories.transfer(asset, "0x" + "99" * 20, 7_000_000)

    hear(heard)

    payment = Payment.objects.get()
    assert (payment.pk, payment.status, payment.amount) == (heard.id, "UNMATCHED", 7_000_000)
    assert (payment.asset, payment.payer, payment.subscription) == (asset, "0x" + "99" * 20, None)


def test_a_transfer_to_anywhere_else_and_a_transfer_of_nothing_are_no_payments(asset):
    elsewhere = factories.transfer(asset, "0x" + "99" * 20, 7)
    elsewhere.payload["to"] = "0x" + "98" * 20

    hear(elsewhere, factories.transfer(asset, "0x" + "99" * 20, 0))

    assert not Payment.objects.exists()


def test_a_transfer_mined_again_after_a_reorg_is_the_same_payment(asset):
    place = {"tx_hash": HASH, "log_index": 2}
    first, again = (factories.transfer(asset, "0x" + "99" * 20, 7, **place) for _ in range(2))

    hear(first, again)

    assert Payment.objects.get().pk == first.id


def test_a_deposit_makes_the_order_paid_and_its_payment_funded(order, deposit):
    hear(*deposit)

    paid, payment = now(order), Payment.objects.get()
    assert (paid.status, paid.payment_tx_hash, paid.paid_at) == ("PAID", deposit[0].tx_hash, AT)
    assert (payment.status, payment.subscription, payment.order_id) == ("FUNDED", order, order.order_id)
    event = AuditEvent.objects.get(kind="subscription.paid")
    assert (event.by.service_name, event.at) == ("chain", AT)


def test_two_deposits_in_one_transaction_are_told_apart(asset, wallet):
    orders, tx_hash = [factories.place(asset, wallet) for _ in range(2)], HASH
    heard = []
    for at, order in enumerate(orders):
        heard.append(factories.funded(order, tx_hash=tx_hash, log_index=10 * at))
        place = {"tx_hash": tx_hash, "log_index": 10 * at + 1}
        heard.append(factories.transfer(asset, wallet.address, order.payment_due, **place))

    hear(*heard)

    for at, order in enumerate(orders):
        assert now(order).status == "PAID"
        assert order.payments.get().log_index == 10 * at + 1


def test_it_does_not_matter_which_log_of_a_deposit_comes_first(order, deposit):
    hear(*reversed(deposit))

    assert (now(order).status, Payment.objects.get().status) == ("PAID", "FUNDED")


def test_another_amount_or_payer_in_the_same_transaction_is_no_deposit(order, deposit):
    said, moved = deposit
    hear(said)
    place = {"tx_hash": said.tx_hash}
    hear(factories.transfer(order.asset, order.wallet.address, order.payment_due - 1, **place, log_index=7))
    hear(factories.transfer(order.asset, "0x" + "99" * 20, order.payment_due, **place, log_index=8))

    assert set(Payment.objects.values_list("status", flat=True)) == {"UNMATCHED"}
    hear(moved)
    assert Payment.objects.get(log_index=4).status == "FUNDED"


def test_a_transfer_alone_never_makes_an_order_paid(order):
    hear(factories.transfer(order.asset, order.wallet.address, order.payment_due))

    assert now(order).status == "REQUESTED"


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.REJECTED])
def test_money_that_comes_after_the_end_changes_nothing_but_can_be_refunded(asset, wallet, officer, status):
    order = factories.order_in(status, asset, wallet, officer)

    hear(factories.funded(order))

    late = now(order)
    assert (late.status, late.is_funded) == (status, True)
    assert AuditEvent.objects.get().kind == "subscription.paid_late"


def test_an_order_nobody_requested_here_moves_nothing_but_its_payment(asset, order):
    place = {"tx_hash": HASH}
    stranger = factories.funded(order, **place, log_index=2)
    stranger.payload["orderId"] = "0x" + "77" * 32

    hear(factories.transfer(asset, order.wallet.address, order.payment_due, **place, log_index=1), stranger)

    payment = Payment.objects.get()
    assert (payment.status, payment.subscription, payment.order_id) == ("FUNDED", None, "0x" + "77" * 32)
    assert now(order).status == "REQUESTED"


def test_order_settled_mints(asset, wallet, officer):
    order = factories.order_in(Status.APPROVED, asset, wallet, officer)
    settled = factories.settled(order)

    hear(settled)

    minted = now(order)
    assert (minted.status, minted.mint_tx_hash, minted.minted_at) == ("MINTED", settled.tx_hash, AT)


@pytest.mark.parametrize("status", [s for s in Status.values if s not in ("APPROVED", "MINTED")])
def test_a_mint_of_an_order_that_is_not_approved_is_raised_to_be_parked(asset, wallet, officer, status):
    order = factories.order_in(status, asset, wallet, officer)
    before = written()

    with pytest.raises(TransitionNotAllowed):
        react(factories.settled(order))

    assert written() == before


def test_a_mint_of_an_unknown_order_is_raised_to_be_parked(order):
    settled = factories.settled(order)
    settled.payload["orderId"] = "0x" + "77" * 32

    with pytest.raises(Subscription.DoesNotExist):
        react(settled)


@pytest.mark.parametrize("status", ["PAID", "APPROVED", "HELD", "REJECTED"])
def test_order_refunded_ends_the_order_whatever_was_about_to_happen(asset, wallet, officer, status):
    order = factories.order_in(status, asset, wallet, officer)
    heard = factories.refunded(order)

    hear(heard)

    ended, refund = now(order), Refund.objects.get()
    assert (ended.status, ended.refund_tx_hash, ended.approved_by) == ("REFUNDED", heard.tx_hash, None)
    assert (refund.pk, refund.kind, refund.amount) == (heard.id, "ORDER", order.payment_due)
    assert (refund.subscription, refund.payee) == (order, wallet.address)


def test_a_refund_of_a_minted_order_is_impossible_and_raised(asset, wallet, officer):
    order = factories.order_in(Status.MINTED, asset, wallet, officer)

    with pytest.raises(TransitionNotAllowed):
        react(factories.refunded(order))

    assert not Refund.objects.exists()


def test_allocated_payments_are_used_and_the_order_paid_by_order_funded(order, officer, second):
    halves = [factories.linked_payment(order, 125_000_000, officer, second) for _ in range(2)]

    hear(*(factories.allocated(half, order, half.amount) for half in halves))
    assert now(order).status == "REQUESTED"
    hear(factories.funded(order, method="2"))

    assert now(order).status == "PAID"
    assert [now(half).status for half in halves] == ["ALLOCATED", "ALLOCATED"]


def test_what_is_above_the_price_stays_returnable(order, officer, second):
    payment = factories.linked_payment(order, 250_000_001, officer, second)

    hear(factories.allocated(payment, order, 250_000_000), factories.funded(order, method="2"))
    assert now(payment).amount_left == 1
    hear(factories.returned(payment, 1))

    used = now(payment)
    assert (used.status, used.amount_returned, used.amount_left) == ("ALLOCATED", 1, 0)
    assert (now(order).status, Refund.objects.get().amount) == ("PAID", 1)


def test_a_returned_payment_of_nobody(asset):
    payment = factories.make_payment(asset, "0x" + "99" * 20, 500)

    hear(factories.returned(payment, 500))

    assert (now(payment).status, now(payment).amount_left) == ("RETURNED", 0)
    refund = Refund.objects.get()
    assert (refund.kind, refund.payment, refund.subscription) == ("PAYMENT", payment, None)


def test_an_expired_order_is_refunded_when_the_last_of_its_payments_went_back(asset, wallet, officer, second):
    order = factories.order_in(Status.EXPIRED, asset, wallet, officer)
    one, two = (factories.linked_payment(order, amount, officer, second) for amount in (1_000, 2_000))

    hear(factories.returned(one, 1_000))
    assert now(order).status == "EXPIRED"
    hear(factories.returned(two, 2_000))

    assert now(order).status == "REFUNDED"


def scene_paid(asset, wallet, officer, second):
    order = factories.place(asset, wallet)
    place = {"tx_hash": HASH}
    moved = factories.transfer(asset, wallet.address, order.payment_due, **place, log_index=1)
    return [moved, factories.funded(order, **place, log_index=2)]


def scene_minted(asset, wallet, officer, second):
    return [factories.settled(factories.order_in(Status.APPROVED, asset, wallet, officer))]


def scene_refunded(asset, wallet, officer, second):
    return [factories.refunded(factories.order_in(Status.REJECTED, asset, wallet, officer))]


def scene_unknown(asset, wallet, officer, second):
    heard = factories.refunded(factories.order_in(Status.REJECTED, asset, wallet, officer))
    heard.payload["orderId"] = "0x" + "77" * 32
    return [heard]


def scene_allocated(asset, wallet, officer, second):
    order = factories.place(asset, wallet)
    payment = factories.linked_payment(order, 300_000_000, officer, second)
    return [
        factories.allocated(payment, order, 250_000_000),
        factories.funded(order, method="2"),
        factories.returned(payment, 50_000_000),
    ]


def scene_returned(asset, wallet, officer, second):
    order = factories.order_in(Status.EXPIRED, asset, wallet, officer)
    return [factories.returned(factories.linked_payment(order, 7, officer, second), 7)]


SCENES = [scene_paid, scene_minted, scene_refunded, scene_unknown, scene_allocated, scene_returned]


@pytest.mark.parametrize("scene", SCENES)
def test_hearing_it_all_again_is_harmless(asset, wallet, officer, second, scene):
    events = scene(asset, wallet, officer, second)
    hear(*events)
    before = written()

    hear(*events, *events)

    assert written() == before


def test_facts_are_one_row_an_event_and_the_same_batch_twice_changes_nothing(paid):
    batch = [factories.funded(paid), factories.settled(paid), factories.refunded(paid)]

    for _ in range(2):
        projections.project_order_facts(batch)

    rows = OrderFact.objects.order_by("seq").values_list("kind", "order_id", "amount", "units")
    due = paid.payment_due
    assert list(rows) == [
        ("FUNDED", paid.order_id, due, 250),
        ("SETTLED", paid.order_id, due, None),
        ("REFUNDED", paid.order_id, due, None),
    ]


def test_every_event_of_the_escrow_and_the_issuance_module_has_a_consumer():
    ours = ("Escrow.", "IssuanceModule.", "DividendDistributor.", "RedemptionModule.")

    assert [line for line in indexer.missing() if line.startswith(ours)] == []
