import re
from datetime import timedelta

import pytest

from corporate_actions.models import DividendDistribution
from indexer.models import Cursor, Holding, Incident
from investors.progress import progress
from rwa_portal.desk import next_step, work
from subscriptions import actions
from tests.investors.factories import make_investor
from tests.people import AT, in_role, person
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def treasury_work(asset, officer):
    return DividendDistribution.objects.create(
        asset=asset,
        amount=10**9,
        distribution_date=AT.date(),
        expires_at=AT + timedelta(days=30),
        drafted_by=officer,
        created_at=AT,
    )


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
    assert "Open incidents" not in text.split("Open for others")[0]  # not an officer's to close


def test_an_auditor_reads_and_has_nothing_to_decide(client, paid):
    client.force_login(in_role("auditor", "auditor"))

    assert "You may read here, not decide." in client.get("/admin/").content.decode()


def test_what_is_open_for_others_leads_an_auditor_to_pages_that_open(client, paid, officer):
    actions.approve_subscription(subscription_id=paid.pk, by=officer, at=AT, reason="Papers checked.")
    auditor = in_role("auditor", "auditor")
    client.force_login(auditor)

    tiles = work.reading(auditor, at=AT)

    assert "Waiting for approvals" in [tile.label for tile in tiles]
    assert work.tiles(auditor, at=AT) == []
    for tile in tiles:
        assert client.get(tile.url).status_code == 200, tile.label


def test_every_queue_counts_and_leads_to_a_page_that_opens(client, paid, officer):
    user = in_role("reads-all", "compliance_officer", "legal_reviewer", "operations", "treasurer")
    client.force_login(user)
    tiles = {tile.label: tile for tile in work.tiles(user, at=AT)}
    for queue in work.QUEUES:
        assert client.get(tiles[queue.label].url).status_code == 200, queue.label


def test_what_is_open_comes_first_and_urgent_before_the_rest(paid, officer):
    user = in_role("all", "compliance_officer", "operations", "treasurer")
    Incident.objects.create(kind="DEEP_REORG", summary="A", halts_sending=True, opened_at=AT)

    tiles = work.tiles(user, at=AT)

    counts = [tile.count for tile in tiles]
    assert counts == sorted(counts, key=lambda count: not count)
    assert tiles[0].label == "Open incidents"
    assert "Orders to approve" in [tile.label for tile in tiles if tile.count]


def test_a_role_with_nothing_open_is_told_so(client, db):
    client.force_login(in_role("counsel", "legal_reviewer"))

    text = client.get("/admin/").content.decode()

    assert "Nothing waits for you." in text
    assert "assets in legal review" in text


def test_the_first_page_says_when_the_chain_is_not_read_or_sending_is_halted(client, asset, officer):
    Incident.objects.create(kind="DEEP_REORG", summary="A", halts_sending=True, opened_at=AT)
    Cursor.objects.update_or_create(
        chain_id=31337,
        defaults={"renewed_at": AT, "polled_at": AT - timedelta(minutes=9), "head_number": 7},
    )
    client.force_login(officer)

    text = client.get("/admin/").content.decode()

    assert "Sending is halted." in text
    assert "The chain is not being read." in text
    assert "Chain head 7" in text


def test_the_first_page_asks_a_bounded_number_of_queries(client, paid, django_assert_max_num_queries):
    client.force_login(in_role("all", "compliance_officer", "operations", "treasurer", "legal_reviewer"))
    client.get("/admin/")

    with django_assert_max_num_queries(len(work.QUEUES) + 25):
        client.get("/admin/")


def test_the_treasurer_sees_what_is_to_be_funded_and_settled(client, treasury_work):
    client.force_login(in_role("treasurer", "treasurer"))

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/admin/").content.decode()))

    assert "1 Dividends to declare" in text
    assert "Orders to approve" not in text.split("Open for others")[0]


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
