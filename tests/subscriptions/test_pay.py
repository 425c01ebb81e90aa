"""One signature pays: whose, for which order, until when."""

from dataclasses import replace

import pytest
from eth_account import Account

from contracts import calls, signatures, submission
from contracts.models import ChainOperation
from rwa_portal.core.models import AuditEvent
from subscriptions import actions, hooks, instructions, kinds, queries
from subscriptions.actions import pay
from subscriptions.models import Status, Subscription
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import DAY, written

THIEF = Account.from_key("0x" + "08" * 32)


def signed(order, by=factories.BUYER, **changes) -> str:
    asked = replace(queries.order_of(order), **changes)
    text = signatures.receive_with_authorization_typed_data(order.asset.escrow_address, asked)
    return "0x" + by.sign_typed_data(full_message=text).signature.hex().removeprefix("0x")


def relay(order, by, signature, at=AT):
    return actions.relay_deposit(subscription_id=order.pk, signature=signature, by=by, at=at)


def test_the_buyers_signature_is_sent_by_the_relayer_without_approvals(order, buyer):
    signature = signed(order)

    operation = relay(order, buyer, signature)

    expected = calls.deposit_with_authorization(
        order.asset.escrow_address, queries.order_of(order), signature
    )
    assert (operation.to, bytes(operation.calldata)) == expected
    assert (operation.kind, operation.state) == (kinds.RELAY_DEPOSIT, "QUEUED")
    assert operation.wallet.purpose == "RELAYER"
    assert Subscription.objects.get().status == "REQUESTED"  # OrderFunded alone makes it PAID
    assert AuditEvent.objects.filter(kind="subscription.deposit_signed").count() == 1


WRONG = [
    ("another wallet", lambda order: signed(order, by=THIEF), "SignerNotBuyer"),
    ("another amount", lambda order: signed(order, payment=1), "SignerNotBuyer"),
    ("another order", lambda order: signed(order, salt="0x" + "77" * 32), "SignerNotBuyer"),
    ("another deadline", lambda order: signed(order, pay_by=1), "SignerNotBuyer"),
    ("no signature", lambda order: "0x", "SignatureMalformed"),
    ("too short", lambda order: signed(order)[:-2], "SignatureMalformed"),
    ("not hexadecimal", lambda order: "0x" + "zz" * 65, "SignatureMalformed"),
    ("zeroes", lambda order: "0x" + "00" * 65, "SignatureMalformed"),
]


@pytest.mark.parametrize(("wrong", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_any_other_signature_is_refused_and_nothing_asked(order, buyer, wrong, code):
    before = written()

    with pytest.raises(Exception) as refused:  # noqa: PT011 the code says which
        relay(order, buyer, wrong(order))

    assert (refused.value.code, refused.value.field) == (code, "signature")
    assert written() == before


@pytest.mark.parametrize("status", [s for s in Status.values if s != "REQUESTED"])
def test_only_a_requested_order_can_be_paid_by_signature(asset, wallet, officer, buyer, status):
    order = factories.order_in(status, asset, wallet, officer)
    before = written()

    with pytest.raises(pay.SubscriptionNotAwaitingPayment):
        relay(order, buyer, signed(order))

    assert written() == before


def test_too_late_is_too_late_to_the_second(order, buyer):
    with pytest.raises(pay.PayByPassed):
        relay(order, buyer, signed(order), at=order.pay_by)

    assert not ChainOperation.objects.exists()


def test_a_signature_is_sent_once_and_after_a_failure_again(order, buyer):
    operation = relay(order, buyer, signed(order))
    with pytest.raises(pay.DepositUnderWay):
        relay(order, buyer, signed(order))

    submission.cancel(operation_id=operation.pk, reason="NoGas", at=AT)

    assert AuditEvent.objects.filter(kind="subscriptions.relay_deposit_failed").count() == 1
    assert relay(order, buyer, signed(order)).pk != operation.pk


def test_the_recheck_refuses_an_order_that_was_paid_otherwise_or_too_late(order, buyer):
    operation = relay(order, buyer, signed(order))
    assert hooks.recheck_deposit(operation) == operation.facts

    operation.state_at = order.pay_by
    with pytest.raises(hooks.OrderNoLongerPayable):
        hooks.recheck_deposit(operation)
    operation.state_at = AT
    factories.hear(factories.funded(order))
    with pytest.raises(hooks.OrderNoLongerPayable):
        hooks.recheck_deposit(operation)


def test_the_instructions_are_exact(order):
    how = instructions.of(order, at=AT)

    escrow, asked = order.asset.escrow_address, queries.order_of(order)
    assert (how.due, how.missing, how.exact) == (250_000_000, 250_000_000, "250.000000")
    assert how.approve == calls.approve_usdc(escrow, 250_000_000)
    assert how.deposit == calls.deposit(escrow, asked)
    assert how.transfer_uri.endswith(f"/transfer?address={escrow}&uint256=250000000")
    assert order.order_id in how.typed_data
    assert how.qr_svg.startswith("<svg")


def test_an_underpaid_order_is_asked_for_the_rest_and_not_for_a_signature(order, officer, second):
    factories.linked_payment(order, 249_999_999, officer, second)
    Subscription.objects.filter(pk=order.pk).update(status="UNDERPAID")

    how = instructions.of(Subscription.objects.get(), at=AT)

    assert (how.missing, how.exact, how.can_sign, how.is_open) == (1, "0.000001", False, True)


def test_nothing_is_asked_for_after_the_deadline(order):
    assert not instructions.of(order, at=AT + 3 * DAY).is_open
