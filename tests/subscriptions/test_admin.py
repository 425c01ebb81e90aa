"""The officers' screens: what each button does, for whom, and nothing else."""

import pytest
from django.contrib import admin
from django.urls import reverse

from contracts.models import ChainOperation
from rwa_portal.core.models import AuditEvent
from subscriptions import kinds
from subscriptions.admin import OrderFactAdmin, PaymentAdmin, RefundAdmin, SubscriptionAdmin
from subscriptions.models import OrderFact, Payment, Refund, Status, Subscription
from subscriptions.projections import project_order_facts
from tests.people import in_role, person
from tests.subscriptions import factories
from tests.subscriptions.factories import REASON, written

FORM = {"reason": REASON, "_form_submitted": "True"}
OURS = [admin.site._registry[model] for model in (Subscription, Payment, Refund, OrderFact)]
BUTTONS = [(model_admin, button) for model_admin in OURS for button in model_admin.buttons]
ROLES = {
    "compliance_officer": {button.name for _, button in BUTTONS},
    "legal_reviewer": set(),
    "treasurer": set(),
    "operations": set(),
    "auditor": set(),
    "integrator": set(),
    "issuer": set(),
    "investor": set(),
}


def page(model_admin, name, *args) -> str:
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{name}", args=args)


def address(row, name) -> str:
    return page(admin.site._registry[type(row)], name, row.pk)


@pytest.fixture
def rows(asset, paid, order):
    payment = factories.make_payment(asset, order.wallet.address, order.payment_due)
    factories.hear(factories.returned(factories.make_payment(asset, "0x" + "99" * 20, 5), 5))
    project_order_facts([factories.funded(paid)])
    return {
        Subscription: paid,
        Payment: payment,
        Refund: Refund.objects.get(),
        OrderFact: OrderFact.objects.get(kind="FUNDED"),
    }


@pytest.mark.parametrize("role", ROLES)
def test_every_button_by_every_role(client, rows, role):
    client.force_login(in_role("someone", role))

    for model_admin, button in BUTTONS:
        if button.name in ROLES[role]:
            continue
        before = written()
        answer = client.post(page(model_admin, button.name, rows[model_admin.model].pk), FORM)
        assert answer.status_code in (302, 403), button.name
        assert written() == before


@pytest.mark.parametrize("rights", ["none", "view only", "act only"])
@pytest.mark.parametrize(("model_admin", "button"), BUTTONS, ids=lambda x: getattr(x, "name", ""))
def test_every_button_is_403_for_staff_without_both_rights(client, rows, model_admin, button, rights):
    codenames = {
        "none": [],
        "view only": [f"view_{model_admin.opts.model_name}"],
        "act only": [button.permission.split(".")[1]],
    }[rights]
    client.force_login(person("clerk", *codenames))
    before = written()

    answer = client.post(page(model_admin, button.name, rows[model_admin.model].pk), FORM)

    assert answer.status_code == 403
    assert written() == before


@pytest.mark.parametrize("model_admin", OURS, ids=lambda x: x.opts.label)
def test_the_admin_only_reads(client, rows, model_admin):
    client.force_login(in_role("officer.c", "compliance_officer"))
    pk = rows[model_admin.model].pk

    for name, args in (("add", ()), ("change", (pk,)), ("delete", (pk,))):
        assert client.post(page(model_admin, name, *args), {"status": "MINTED"}).status_code == 403


@pytest.mark.parametrize("model_admin", OURS, ids=lambda x: x.opts.label)
@pytest.mark.parametrize("role", ["compliance_officer", "auditor"])
def test_every_list_and_row_opens(client, rows, model_admin, role):
    client.force_login(in_role("reader", role))

    listed = client.get(page(model_admin, "changelist"))
    row = client.get(page(model_admin, "change", rows[model_admin.model].pk))

    assert (listed.status_code, row.status_code) == (200, 200)


def press(client, row, name, **more):
    return client.post(address(row, name), {**FORM, **more})


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


PRESSED = [
    ("approve", "PAID", "APPROVED"),
    ("reject", "PAID", "REJECTED"),
    ("reject", "REQUESTED", "REJECTED"),
    ("hold", "PAID", "HELD"),
    ("hold", "APPROVED", "HELD"),
    ("release", "HELD", "PAID"),
]


@pytest.mark.parametrize(("name", "before", "after"), PRESSED)
def test_a_button_calls_its_action_with_the_reason(desk, asset, wallet, officer, name, before, after):
    order = factories.order_in(before, asset, wallet, officer)

    answer = press(desk, order, name)

    assert answer.headers["HX-Redirect"].endswith(f"{order.pk}/change/")
    assert Subscription.objects.get().status == after
    event = AuditEvent.objects.filter(kind__startswith="subscription.").latest("id")
    assert (event.by, event.reason_text) == (officer, REASON)


def test_a_refund_is_asked_for(desk, asset, wallet, officer):
    order = factories.order_in(Status.REJECTED, asset, wallet, officer)
    factories.hear(factories.funded(order))

    press(desk, order, "refund")

    assert ChainOperation.objects.get().kind == kinds.CANCEL_ORDER


def test_a_payment_is_linked_by_two_people_and_allocated(client, order, officer, second):
    payment = factories.make_payment(order.asset, order.wallet.address, order.payment_due)
    client.force_login(officer)
    press(client, payment, "propose", subscription_id=str(order.pk))
    press(client, payment, "confirm")
    assert Payment.objects.get().status == "UNMATCHED"

    client.force_login(second)
    press(client, payment, "confirm")

    assert Payment.objects.get().status == "LINKED"
    assert ChainOperation.objects.filter(kind=kinds.ALLOCATE).count() == 1


def test_a_proposal_is_declined_and_the_payment_returned(desk, order):
    payment = factories.make_payment(order.asset, order.wallet.address, order.payment_due)
    press(desk, payment, "propose", subscription_id=str(order.pk))
    press(desk, payment, "decline")

    press(desk, payment, "give_back")

    assert ChainOperation.objects.filter(kind=kinds.RETURN_PAYMENT).count() == 1


@pytest.mark.parametrize("bad", [{}, {"subscription_id": "house"}, {"subscription_id": ""}])
def test_a_proposal_without_a_readable_order_asks_again(desk, order, bad):
    payment = factories.make_payment(order.asset, order.wallet.address, order.payment_due)
    before = written()

    press(desk, payment, "propose", **bad)

    assert written() == before


@pytest.mark.parametrize("reason", ["", "no", "x" * 2001])
def test_a_button_without_a_reason_asks_again(desk, paid, reason):
    before = written()

    press(desk, paid, "approve", reason=reason)

    assert written() == before


def test_a_refused_button_tells_the_rule(desk, paid):
    press(desk, paid, "approve")

    answer = press(desk, paid, "approve")
    shown = desk.get(answer.headers["HX-Redirect"])

    assert "Only a paid subscription can be approved." in shown.content.decode()


def test_the_payment_page_suggests_and_decides_nothing(desk, order):
    payment = factories.make_payment(order.asset, order.wallet.address, order.payment_due)

    shown = desk.get(address(payment, "change")).content.decode()

    assert f"{order.pk} (wallet and amount fit; a suggestion only)" in shown
    assert Payment.objects.get().proposed_order is None


def test_orders_are_found_by_id_and_filtered_by_state(desk, paid, order):
    found = desk.get(page(OURS[0], "changelist"), {"q": str(paid.pk)}).content.decode()
    filtered = desk.get(page(OURS[0], "changelist"), {"status__exact": "REQUESTED"}).content.decode()

    assert str(paid.pk) in found
    assert str(order.pk) not in found
    assert str(order.pk) in filtered
    assert str(paid.pk) not in filtered


@pytest.mark.parametrize("words", ["hello", "0x12", "1", "0x" + "de" * 32, "0x" + "dE" * 20, "' OR 1=1"])
def test_any_search_is_answered(desk, rows, words):
    for model_admin in OURS:
        assert desk.get(page(model_admin, "changelist"), {"q": words}).status_code == 200


def test_orders_and_payments_are_found_by_the_chains_names(desk, rows, paid, order):
    payment = rows[Payment]
    by_id = desk.get(page(OURS[0], "changelist"), {"q": paid.order_id}).content.decode()
    by_wallet = desk.get(page(OURS[0], "changelist"), {"q": order.wallet.address}).content.decode()
    by_receipt = desk.get(page(OURS[1], "changelist"), {"q": payment.receipt}).content.decode()

    assert (str(paid.pk) in by_id, str(order.pk) in by_id) == (True, False)
    assert str(paid.pk) in by_wallet
    assert str(order.pk) in by_wallet
    others = Payment.objects.exclude(pk=payment.pk).get()
    assert (str(payment.pk) in by_receipt, str(others.pk) in by_receipt) == (True, False)


SHOWN = {
    "REQUESTED": {"reject"},
    "PAID": {"approve", "reject", "hold"},
    "APPROVED": {"hold"},
    "HELD": {"release"},
    "MINTED": set(),
    "EXPIRED": set(),
}


@pytest.mark.parametrize("status", SHOWN)
def test_a_button_that_cannot_act_is_not_shown(desk, asset, wallet, officer, status):
    order = factories.order_in(status, asset, wallet, officer)

    html = desk.get(address(order, "change")).content.decode()

    shown = {button.name for button in OURS[0].buttons if address(order, button.name) in html}
    assert shown == SHOWN[status]


def test_no_button_is_the_chains_word():
    assert not [button.name for _, button in BUTTONS if button.name.startswith("record_")]
    assert [SubscriptionAdmin, PaymentAdmin, RefundAdmin, OrderFactAdmin] == [type(ours) for ours in OURS]
