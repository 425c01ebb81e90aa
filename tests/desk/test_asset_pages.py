"""An asset's pages: who reads which, and what they say."""

import csv
import io

import pytest

from assets.models import Asset, IssuerMember
from investors.models import Wallet
from tests.desk import world
from tests.people import AT, in_role, person
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db
TABS = ["", "/documents", "/orders", "/cap-table", "/distributions", "/redemptions", "/events"]
PUBLIC = {"", "/documents"}


@pytest.fixture
def held(asset, wallet):
    """Issued in block 10: 75.00 to the buyer, 25.00 to another; 5.00 sold on in block 20."""
    asset = Asset.objects.select_related("issuer").get(pk=asset.pk)
    other = factories.make_buyer().address
    world.issue(asset, wallet.address, 7500, in_block=10, at=AT - 9 * world.DAY)
    world.issue(asset, other, 2500, in_block=10, at=AT - 9 * world.DAY)
    world.transfer(asset, wallet.address, other, 500, in_block=20, at=AT - 4 * world.DAY)
    world.confirmed(30)
    return asset


@pytest.fixture
def member(held):
    user = person("member", is_staff=False)
    IssuerMember.objects.create(issuer=held.issuer, user=user, added_by=user, joined_at=AT)
    return user


def get(client, asset, tab: str = "", **query):
    return client.get(f"/assets/{asset.pk}{tab}", query)


def text_of(answer) -> str:
    return answer.content.decode()


def csv_of(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_everybody_reads_the_offer_of_an_active_asset_and_no_books(client, held, paid):
    text = text_of(get(client, held))

    assert "Beispielhaus" in text
    assert "100.000000 USDC" in text
    assert held.token_address in text
    assert "Cap table" not in text
    for tab in TABS:
        assert get(client, held, tab).status_code == (200 if tab in PUBLIC else 404), tab


@pytest.mark.parametrize("role", ["compliance_officer", "auditor", "operations"])
def test_staff_who_read_everything_open_every_tab(client, held, paid, role):
    client.force_login(in_role("reader", role))

    for tab in TABS:
        assert get(client, held, tab).status_code == 200, tab


def test_members_of_the_issuer_open_every_tab_of_theirs_and_no_other(client, held, member):
    foreign = factories.make_asset(issuer=factories.make_issuer())
    client.force_login(member)

    for tab in TABS:
        assert get(client, held, tab).status_code == 200, tab
        expected = 200 if tab in PUBLIC | {"/distributions"} else 404
        assert get(client, foreign, tab).status_code == expected, tab


def test_an_investor_reads_no_one_else_s_holdings(client, held, wallet):
    client.force_login(wallet.investor.user)

    assert get(client, held, "/cap-table").status_code == 404
    assert get(client, held, "/cap-table.csv").status_code == 404
    assert get(client, held, "/orders").status_code == 404


def test_an_asset_that_is_not_on_chain_yet_is_nobodys_business(client, suite):
    draft = factories.make_asset(
        status=Asset.Status.APPROVED, token_address=None, escrow_address=None, deployed_at=None
    )

    assert get(client, draft).status_code == 404
    client.force_login(in_role("counsel", "legal_reviewer"))
    assert get(client, draft).status_code == 200
    client.force_login(in_role("auditor", "auditor"))
    for tab in TABS:
        world.confirmed(30)
        assert get(client, draft, tab).status_code == 200, tab


def test_the_cap_table_now_says_who_holds_what_share(client, held, wallet, officer):
    client.force_login(officer)

    text = text_of(get(client, held, "/cap-table"))

    assert "2 holders at block 30" in text
    assert "70.00 %" in text
    assert "30.00 %" in text
    assert f"/admin/investors/investor/{wallet.investor_id}/change/" in text


def test_the_cap_table_at_a_block_or_a_time_is_that_of_then(client, held, officer):
    client.force_login(officer)

    assert "75.00 %" in text_of(get(client, held, "/cap-table", block=19))
    at_time = f"{AT - 5 * world.DAY:%Y-%m-%dT%H:%M}"
    text = text_of(get(client, held, "/cap-table", at=at_time))
    assert "at block 10" in text
    assert "75.00 %" in text


def test_two_blocks_are_compared(client, held, officer):
    client.force_login(officer)

    text = text_of(get(client, held, "/cap-table", block=30, since=10))

    assert "-5.00" in text
    assert "+5.00" in text


@pytest.mark.parametrize("query", [{"block": 31}, {"since": 31}, {"at": f"{AT + world.DAY:%Y-%m-%dT%H:%M}"}])
@pytest.mark.parametrize("tab", ["/cap-table", "/cap-table.csv"])
def test_a_block_that_is_not_confirmed_is_refused_by_name(client, held, officer, query, tab):
    client.force_login(officer)

    answer = get(client, held, tab, **query)

    assert answer.status_code == 422
    assert "confirmed block" in text_of(answer)
    assert "30 of 31 Mar 2026 12:00 UTC" in text_of(answer)


@pytest.mark.parametrize("query", [{"block": "x"}, {"block": -1}, {"block": 10**30}, {"at": "soon"}])
def test_what_is_no_block_is_an_error_of_its_field(client, held, officer, query):
    client.force_login(officer)

    answer = get(client, held, "/cap-table", **query)

    assert answer.status_code == 422
    assert "Please correct 1 thing" in text_of(answer)


def test_a_block_and_a_time_are_not_both_taken(client, held, officer):
    client.force_login(officer)

    assert "not both" in text_of(get(client, held, "/cap-table", block=1, at="2026-03-01T00:00"))


def test_before_the_first_issue_the_table_is_empty_and_says_why(client, held, officer):
    client.force_login(officer)

    assert "the first were issued in block 10" in text_of(get(client, held, "/cap-table", block=9))


def test_before_the_chain_is_read_there_is_no_table(client, asset, officer):
    from indexer.models import Cursor

    Cursor.objects.all().delete()
    client.force_login(officer)

    answer = get(client, asset, "/cap-table")

    assert answer.status_code == 422
    assert "The chain has not been read yet" in text_of(answer)


def test_the_csv_has_every_holder_and_names_investors_to_their_readers(client, held, wallet, officer):
    client.force_login(officer)

    rows = csv_of(get(client, held, "/cap-table.csv", since=10))

    assert [(row["units"], row["share_percent"], row["change"]) for row in rows] == [
        ("70.00", "70.00", "-5.00"),
        ("30.00", "30.00", "5.00"),
    ]
    assert rows[0]["investor"] == str(wallet.investor_id)
    assert rows[0]["block_time"] == "2026-03-31T12:00:00Z"


def test_an_issuer_gets_wallets_without_whose_they_are(client, held, wallet, member):
    client.force_login(member)

    rows = csv_of(get(client, held, "/cap-table.csv"))
    page = text_of(get(client, held, "/cap-table"))

    assert rows[0]["wallet"] == wallet.address
    assert {row["investor"] for row in rows} == {""}
    assert str(wallet.investor_id)[:8] not in page
    assert wallet.investor.user.email not in page


def test_one_page_of_many_holders_asks_a_fixed_number_of_queries(
    client, held, officer, django_assert_max_num_queries
):
    for index in range(120):
        address = factories.make_buyer().address if index < 10 else factories.new_address()
        world.issue(held, address, 100 + index, in_block=25, at=AT - world.DAY)
    client.force_login(officer)

    with django_assert_max_num_queries(25):
        text = text_of(get(client, held, "/cap-table"))

    assert "122 holders" in text
    assert "Page 1 of 3" in text
    assert Wallet.objects.count() >= 12


def test_events_say_what_is_confirmed(client, held, officer):
    factories_block = world.block(32, AT)
    world.issue(held, factories.new_address(), 1, in_block=factories_block.number, at=AT)
    client.force_login(officer)

    text = text_of(get(client, held, "/events"))

    assert "AssetToken.Transfer" in text
    assert "not confirmed yet" in text
