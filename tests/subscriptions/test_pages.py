"""What an investor sees and can do, through the real forms and addresses."""

import re
from html import unescape

import pytest
from django.urls import reverse

from assets.models import AssetDocument
from contracts.models import ChainOperation
from indexer import queries as chain
from rwa_portal.core.models import AuditEvent, Document
from subscriptions import kinds, queries
from subscriptions.models import Status, Subscription
from tests.investors.factories import make_investor
from tests.people import AT
from tests.subscriptions import factories
from tests.subscriptions.factories import DAY, HASH, written
from tests.subscriptions.test_pay import signed


@pytest.fixture
def page(client, buyer):
    client.force_login(buyer)
    return client


@pytest.fixture
def form(asset, wallet):
    return {"units": "2.50", "usdc": "", "wallet": str(wallet.pk), "terms_hash": HASH, "accept": "on"}


def address(name, row) -> str:
    return reverse(f"orders:{name}", args=[row.pk])


def text(answer) -> str:
    """The page's words, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_an_order_is_placed_and_leads_to_its_payment(page, asset, form):
    answer = page.post(address("subscribe", asset), form)

    order = Subscription.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("pay", order))
    assert (order.amount_requested, order.terms_hash) == (250, HASH)


def test_an_amount_of_money_buys_what_it_pays_for(page, asset, form):
    page.post(address("subscribe", asset), {**form, "units": "", "usdc": "1,234.567891"})

    order = Subscription.objects.get()
    assert (order.amount_requested, order.payment_due) == (1234, 1_234_000_000)


BAD = [
    ({"units": "2.505"}, "units", "at most 2 decimals"),
    ({"units": "0"}, "units", "above zero"),
    ({"units": "-1"}, "units", "above zero"),
    ({"units": "many"}, "units", "as a number"),
    ({"units": "NaN"}, "units", "as a number"),
    ({"units": ""}, "units", "Say how many units"),
    ({"units": "0.09"}, "units", "smallest order is 0.10 HAUS"),
    ({"units": "1000.01"}, "units", "Only 1,000.00 HAUS are left"),
    ({"units": "1e40"}, "units", "larger than any token"),
    ({"units": "", "usdc": "1.0000001"}, "usdc", "at most 6 decimals"),
    ({"wallet": "00000000-0000-4000-8000-000000000001"}, "wallet", "Select a valid choice"),
    ({"wallet": ""}, "wallet", "required"),
    ({"accept": ""}, "accept", "Accept the terms"),
    ({"terms_hash": "0x" + "00" * 32}, None, "Accept the subscription agreement as it stands now"),
]


@pytest.mark.parametrize(("changes", "field", "words"), BAD)
def test_a_bad_form_names_field_and_rule_and_stores_nothing(page, asset, form, changes, field, words):
    before = written()

    answer = page.post(address("subscribe", asset), {**form, **changes})

    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field or "__all__"])
    assert words in text(answer)
    assert written() == before


def test_an_ineligible_investor_is_told_every_reason_before_and_after(client, asset, form):
    stranger = make_investor(status="PENDING", jurisdiction_code="US")
    wallet = factories.make_wallet(stranger)
    client.force_login(stranger.user)
    before = written()

    shown = text(client.get(address("subscribe", asset)))
    answer = client.post(address("subscribe", asset), {**form, "wallet": str(wallet.pk)})

    for words in ("not verified yet", "not offered to retail investors", "Wait until compliance"):
        assert words in shown
    assert answer.status_code == 422
    assert "not verified yet" in " ".join(answer.context["form"].errors["__all__"])
    assert written() == before


def test_who_is_no_investor_yet_is_led_on_and_cannot_order(client, officer, asset, form):
    client.force_login(officer)
    before = written()

    answer = client.post(address("subscribe", asset), form)

    assert "Register as an investor first" in text(answer)
    assert written() == before


def test_a_draft_comes_back_but_not_what_was_accepted(page, asset):
    saved = {"units": "7.25", "terms_hash": "0x" + "11" * 32}
    page.post(f"/drafts/order-{asset.pk}", saved, content_type="application/json")

    answer = page.get(address("subscribe", asset))

    html = answer.content.decode()
    assert 'value="7.25"' in html
    assert f'value="{HASH}"' in html


@pytest.fixture
def agreement(asset, officer):
    file = Document.objects.create(
        owner_id=asset.pk,
        sealed_name=b"",
        content_type="application/pdf",
        size_bytes=1,
        sha256="cd" * 32,
        uploaded_by=officer,
        uploaded_at=AT,
    )
    return AssetDocument.objects.create(
        asset=asset,
        kind="AGREEMENT",
        file_name="agreement.pdf",
        document=file,
        sha256="0x" + "cd" * 32,
        version=1,
        added_by=officer,
        added_at=AT,
    )


def test_the_agreement_must_be_accepted_and_its_hash_is_in_the_order(page, asset, agreement, form):
    del form["accept"]
    refused = page.post(address("subscribe", asset), {**form, "terms_hash": agreement.sha256})
    assert "Accept this document" in text(refused)

    page.post(address("subscribe", asset), {**form, "terms_hash": agreement.sha256, "accept_0": "on"})

    assert Subscription.objects.get().terms_hash == agreement.sha256


def test_only_what_investors_are_to_read_can_be_read(page, asset, agreement):
    AssetDocument.objects.filter(pk=agreement.pk).update(kind="TITLE")
    assert page.get(address("document", agreement)).status_code == 404

    AssetDocument.objects.filter(pk=agreement.pk).update(kind="AGREEMENT", withdrawn_at=AT)
    assert page.get(address("document", agreement)).status_code == 404


def test_the_payment_page_shows_the_exact_amount_and_all_three_ways(page, order):
    answer = page.get(address("pay", order))

    shown = text(answer)
    for words in (
        "250.000000 USDC",
        "Sign once",
        "Approve and deposit",
        "plain USDC transfer",
        "local development chain (31337)",
        order.wallet.address,
        order.asset.escrow_address,
        "Pay from this wallet only",
    ):
        assert words in shown
    assert "<svg" in answer.content.decode()


def test_a_pasted_signature_pays(page, order):
    answer = page.post(address("sign", order), {"signature": f" {signed(order)}\n"})

    assert (answer.status_code, answer["Location"]) == (302, address("order", order))
    assert ChainOperation.objects.get().kind == kinds.RELAY_DEPOSIT


@pytest.mark.parametrize("signature", ["", "0x12", "hello", "0x" + "11" * 65, "x" * 300])
def test_a_bad_signature_is_shown_beside_its_field(page, order, signature):
    before = written()

    answer = page.post(address("sign", order), {"signature": signature})

    assert answer.status_code == 422
    assert answer.context["form"].errors["signature"]
    assert written() == before


def test_another_persons_signature_is_refused_on_the_page(page, order):
    from tests.subscriptions.test_pay import THIEF

    answer = page.post(address("sign", order), {"signature": signed(order, by=THIEF)})

    assert "not by the order's wallet" in text(answer)
    assert not ChainOperation.objects.exists()


def test_a_paid_order_shows_no_way_to_pay(page, paid):
    shown = text(page.get(address("pay", paid)))

    assert "Sign once" not in shown
    assert "An officer reviews the order" in shown


def steps(answer) -> list[str]:
    return re.findall(r'<li class="(done|now|failed|)"', answer.content.decode())


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        ("REQUESTED", ["done", "now", "", ""], "250.000000 USDC to pay"),
        ("PAID", ["done", "done", "now", ""], "compliance team reviews"),
        ("APPROVED", ["done", "done", "done", "now"], "nothing to do for you"),
        ("MINTED", ["done", "done", "done", "done"], "in your wallet"),
        ("HELD", ["done", "done", "failed", ""], "On hold"),
        ("EXPIRED", ["done", "failed", "", ""], "not paid in time"),
        ("UNDERPAID", ["done", "now", "", ""], "are missing"),
        ("REJECTED", ["done", "", "", ""], "Rejected by an officer"),
        ("REFUNDED", ["done", "", "", ""], "sent your money back"),
    ],
)
def test_the_order_page_shows_where_it_stands(page, asset, wallet, officer, status, expected, words):
    order = factories.order_in(status, asset, wallet, officer)

    answer = page.get(address("order", order))

    assert answer.status_code == 200
    assert steps(answer)[:4] == expected
    assert words in text(answer)


def test_confirmations_are_live(page, order, monkeypatch):
    found = chain.Seen(confirmations=1, needed=2, tx_hash="0x" + "5e" * 32, block_number=7, payload={})
    asked = []

    def seen(name, **payload):
        asked.append((name, payload))
        return found

    monkeypatch.setattr(chain, "seen", seen)

    answer = page.get(address("state", order))

    told = answer.json()
    assert asked[0] == ("Escrow.OrderFunded", {"orderId": order.order_id})
    assert told["status"] == "REQUESTED"
    assert told["steps"][1]["note"] == "1/2 confirmations"
    assert told["steps"][1]["tx_hash"] == "0x" + "5e" * 32
    assert answer["Cache-Control"] == "no-store"


def test_another_persons_order_is_not_found(client, paid):
    client.force_login(make_investor().user)
    before = written()

    for name in ("order", "pay", "state"):
        assert client.get(address(name, paid)).status_code == 404
    for name in ("sign", "refund"):
        assert client.post(address(name, paid), {"signature": "0x"}).status_code == 404
    assert written() == before


def test_staff_have_no_back_door_to_an_investors_page(client, paid, officer):
    client.force_login(officer)

    assert client.get(address("order", paid)).status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in(client, paid, asset):
    for path in (address("order", paid), address("subscribe", asset), reverse("orders:orders")):
        answer = client.get(path)
        assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_the_lists_show_own_orders_and_what_is_on_offer(page, order, asset, officer):
    factories.order_in("PAID", asset, factories.make_buyer(), officer, units=999)

    mine, offered = text(page.get(reverse("orders:orders"))), text(page.get(reverse("orders:offerings")))

    assert "2.50 HAUS" in mine
    assert "9.99" not in mine
    assert "Beispielhaus" in offered
    assert "1,000.00 HAUS" in offered


def test_an_investor_takes_the_money_back_after_the_time_to_mint(page, paid):
    Subscription.objects.filter(pk=paid.pk).update(
        created_at=AT - 30 * DAY, pay_by=AT - 20 * DAY, settle_by=AT - DAY
    )
    assert "Get my money back" in text(page.get(address("order", paid)))

    page.post(address("refund", paid))

    assert ChainOperation.objects.get().kind == kinds.REFUND


def test_a_refund_too_early_is_refused_with_the_rule(page, paid):
    before = written()

    answer = page.post(address("refund", paid), follow=True)

    assert "can still be minted" in text(answer)
    assert written() == before


def test_no_page_changes_anything_by_being_looked_at(page, asset, wallet, officer):
    orders = [factories.order_in(status, asset, wallet, officer) for status in Status.values]
    before, heard = written(), AuditEvent.objects.count()

    for order in orders:
        for name in ("order", "pay", "state"):
            assert page.get(address(name, order)).status_code == 200
    assert page.post(address("order", orders[0])).status_code == 405

    assert (written(), AuditEvent.objects.count()) == (before, heard)
    assert queries.sold(asset) == 500
