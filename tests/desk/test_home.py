import re
from datetime import timedelta

import pytest

from indexer.models import Holding
from investors.progress import progress
from rwa_portal.desk import next_step, work
from tests.investors.factories import make_investor
from tests.people import AT, in_role, person
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db


def test_a_visitor_sees_what_is_on_offer(client, asset):
    text = client.get("/").content.decode()

    assert "Create an account" in text
    assert f"/assets/{asset.pk}" in text


def test_a_new_account_is_told_to_begin_or_to_register_an_issuer(client):
    client.force_login(person("new", is_staff=False))

    text = client.get("/").content.decode()

    assert "Tell us who you are" in text
    assert "Register an issuer" in text


def test_an_investor_sees_orders_holdings_and_the_next_action(client, asset, wallet):
    factories.place(asset, wallet, 250)
    Holding.objects.create(
        chain_id=31337, token=asset.token_address, wallet=wallet.address, units=1234, updated_block=1
    )
    client.force_login(wallet.investor.user)

    text = client.get("/").content.decode()

    assert "Pay 250.000000 USDC" in text
    assert "12.34 HAUS" in text


def test_staff_goes_to_the_work_queue(client, officer):
    client.force_login(officer)

    assert client.get("/").headers["Location"] == "/admin/"


def test_the_first_admin_page_counts_what_the_reader_can_do(client, paid, officer):
    client.force_login(officer)

    text = client.get("/admin/").content.decode()

    assert re.search(r">1</span>\s*<span[^>]*>Orders to approve<", text)
    assert "Open incidents" not in text  # not an officer's to close


def test_an_auditor_reads_and_has_nothing_to_decide(client, paid):
    client.force_login(in_role("auditor", "auditor"))

    assert "You may read here, not decide." in client.get("/admin/").content.decode()


def test_every_queue_counts_and_leads_to_a_page_that_opens(client, paid, officer):
    client.force_login(in_role("all", "compliance_officer", "legal_reviewer", "operations"))

    for queue in work.QUEUES:
        tile = queue.tile(officer, AT)
        assert client.get(tile.url).status_code == 200, tile.label


def next_of(investor, orders=()):
    return next_step.of(next_step.Open(progress(investor.user, at=AT), list(orders)), now=AT)


def test_identity_and_wallet_come_before_orders(asset, wallet, officer):
    order = factories.order_in("REQUESTED", asset, wallet, officer)
    newcomer = make_investor(kyc_status="PENDING")

    assert next_of(newcomer, [order]).title == "Verify your identity"
    assert next_of(make_investor(), [order]).title == "Prove your wallet"


def test_the_most_pressing_payment_is_named_and_an_overdue_one_is_not(asset, wallet, officer):
    late = factories.order_in("REQUESTED", asset, wallet, officer)
    soon = factories.order_in("REQUESTED", asset, wallet, officer, units=100)
    late.pay_by, soon.pay_by = AT - timedelta(hours=1), AT + timedelta(hours=1)

    assert next_of(wallet.investor, [late, soon]).title == "Pay 100.000000 USDC"
    assert next_of(wallet.investor, [late]).title == "You can invest"


def test_an_order_under_way_is_shown_and_asks_for_nothing(asset, wallet, officer):
    order = factories.order_in("APPROVED", asset, wallet, officer)

    assert next_of(wallet.investor, [order]).title == "Your order is under way"


def test_the_admin_writes_times_in_utc_with_24_hours(client, paid, officer):
    client.force_login(officer)

    text = client.get("/admin/subscriptions/subscription/").content.decode()

    assert "30 Mar 2026 12:00:00 UTC" in text
    assert "p.m." not in text
