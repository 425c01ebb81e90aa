import csv
import re

import pytest
from django.urls import reverse

from contracts.calls import dividends as calls
from contracts.models import ChainOperation
from corporate_actions.models import DividendDistribution
from tests.corporate_actions import factories
from tests.corporate_actions.factories import DAY, USDC, again, hear, written
from tests.people import AT, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]


@pytest.fixture
def held(dividends):
    return factories.asset_held_by(4000, 1000)


@pytest.fixture
def asset(held):
    return held[0]


@pytest.fixture
def investor(held):
    return held[1][0].investor.user


@pytest.fixture
def member(asset, officer):
    user = person("member", is_staff=False)
    asset.issuer.memberships.create(user=user, added_by=officer, joined_at=AT)
    return user


@pytest.fixture
def visit(client):
    def visit(user, name, *args, **query):
        client.force_login(user)
        return client.get(reverse(f"corporate_actions:{name}", args=args), query)

    return visit


def form(asset, **changes) -> dict[str, str]:
    return {
        "asset": str(asset.pk),
        "amount": "1,000.00",
        "distribution_date": str(factories.PAY_DATE),
        "expires_at": f"{factories.EXPIRES_AT:%Y-%m-%dT%H:%M}",
        **changes,
    }


def draft(client, user, asset, **changes):
    client.force_login(user)
    return client.post(reverse("corporate_actions:new_dividend"), form(asset, **changes))


def test_an_issuers_member_and_an_officer_draft(client, asset, member, officer):
    later = str((AT + 9 * DAY).date())

    for user, date in ((member, str(factories.PAY_DATE)), (officer, later)):
        answer = draft(client, user, asset, distribution_date=date)
        assert answer.status_code == 302, answer.content.decode()[:2000]

    drafted = DividendDistribution.objects.order_by("distribution_date")
    assert [(row.drafted_by, row.amount) for row in drafted] == [
        (member, 1000 * USDC),
        (officer, 1000 * USDC),
    ]


def test_nobody_drafts_for_an_asset_of_another_issuer(client, asset, member, investor):
    other, _ = factories.asset_held_by(10)
    before = written()

    assert draft(client, member, other).status_code == 422
    assert draft(client, investor, asset).status_code == 403

    assert written() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "0"}, "above zero"),
        ({"amount": "0.0000001"}, "at most 6 decimals"),
        ({"distribution_date": "2020-01-01"}, "lies in the past"),
        ({"expires_at": f"{AT:%Y-%m-%dT%H:%M}"}, "choose a later expiry"),
    ],
)
def test_what_the_form_refuses_stands_beside_its_field(client, asset, officer, changes, said):
    before = written()

    answer = draft(client, officer, asset, **changes)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert written() == before


def test_an_asset_without_holders_is_refused_beside_the_asset(client, officer):
    empty, _ = factories.asset_held_by()

    answer = draft(client, officer, empty)

    assert answer.status_code == 422
    assert "Nobody holds units that are entitled" in answer.content.decode()


def test_the_page_shows_steps_money_and_every_holder(visit, asset, member, treasurer):
    row = factories.snapshotted(asset, treasurer)
    hear(factories.funded(row, 999_990_000))

    page = visit(member, "dividend", row.pk).content.decode()

    assert "Short by 0.01 USDC" in page
    assert [name for name in ("Draft", "Snapshot", "Funding", "Open", "Closed") if f">{name}<" in page]
    assert "2 holders at record block 100" in page
    assert page.count("ANNOUNCED") == 2


def test_holders_are_shown_page_by_page_and_all_of_them_as_csv(visit, asset, treasurer, monkeypatch):
    monkeypatch.setattr("corporate_actions.views.dividends.ROWS_A_PAGE", 1)
    row = factories.opened(asset, treasurer)
    wallet = factories.Holding.objects.get(token=asset.token_address, units=1000).wallet
    hear(factories.skipped(row, wallet, "0x08c379a0" + f"{32:064x}{4:064x}" + b"=1+1".hex().ljust(64, "0")))

    first = visit(treasurer, "dividend", row.pk).content.decode()
    second = visit(treasurer, "dividend", row.pk, page="2").content.decode()
    sheet = b"".join(visit(treasurer, "entitlements", row.pk).streaming_content).decode()

    assert ("Page 1 of 2" in first, wallet in first, wallet in second) == (True, False, True)
    lines = list(csv.DictReader(sheet.splitlines()))
    assert [line["gross"] for line in lines] == ["800000000", "200000000"]
    assert (lines[1]["wallet"], lines[1]["state"], lines[1]["reason"]) == (wallet, "SKIPPED", "'=1+1")


def test_a_strangers_dividend_is_not_found_and_not_listed(visit, client, asset, treasurer, investor):
    row = factories.opened(asset, treasurer)
    stranger = factories.make_buyer().investor.user

    for user in (stranger, investor):
        assert visit(user, "dividend", row.pk).status_code == 404
        assert visit(user, "entitlements", row.pk).status_code == 404
        assert visit(user, "manage_dividends").status_code == 403
    assert visit(stranger, "claim_dividend", row.pk).status_code == 404
    assert client.post(reverse("corporate_actions:send_dividend", args=[row.pk])).status_code == 404


def test_a_draft_is_discarded_on_its_page_by_those_who_may_draft(client, asset, member, treasurer):
    row = factories.drafted(asset, member)
    address = reverse("corporate_actions:discard_dividend", args=[row.pk])
    client.force_login(treasurer)
    assert client.post(address).status_code == 403

    client.force_login(member)
    client.post(address)

    assert again(row).status == "CANCELLED"


def test_an_investor_sees_what_each_dividend_brings_and_one_call_for_all(visit, held, treasurer, investor):
    asset, (wallet, _) = held
    first = factories.opened(asset, treasurer)
    second = factories.opened(asset, treasurer, distribution_date=(AT + 9 * DAY).date())
    announced = factories.snapshotted(asset, treasurer, distribution_date=(AT + 10 * DAY).date())

    page = visit(investor, "dividends").content.decode()

    assert "You can claim 1,600.00 USDC" in page
    several = sorted([first, second], key=lambda row: (-row.snapshot_block, row.pk))
    data = calls.claim_many([row.number for row in several]).calldata.hex()
    assert f'data-call="0x{data}"' in page
    assert f'data-wallet="{wallet.address}"' in page
    assert page.count("announced") == 1
    assert str(announced.pk) in page


def test_an_investor_claims_with_their_own_wallet_in_one_call(visit, held, treasurer, investor):
    asset, (wallet, _) = held
    row = factories.opened(asset, treasurer)

    page = visit(investor, "claim_dividend", row.pk).content.decode()

    assert "Claim 800.00 USDC" in page
    assert f'data-call="0x{calls.claim(row.number).calldata.hex()}"' in page
    assert f'data-to="{factories.DISTRIBUTOR}"' in page
    hear(factories.claimed(row, wallet.address, 800 * USDC))
    paid = visit(investor, "claim_dividend", row.pk).content.decode()
    assert "<h2>Paid</h2>" in paid
    assert "data-send" not in paid


def test_an_investor_lets_the_portal_send_it_once(client, held, treasurer, investor):
    asset, (wallet, other) = held
    row = factories.opened(asset, treasurer)
    address = reverse("corporate_actions:send_dividend", args=[row.pk])
    client.force_login(investor)

    answer = client.post(address, {"wallet": wallet.address}, follow=True)
    assert "Your dividend is on its way" in answer.content.decode()
    assert "about to be sent" in answer.content.decode()
    before = written()
    again_answer = client.post(address, {"wallet": wallet.address}, follow=True)
    another = client.post(address, {"wallet": other.address})

    assert "is on its way already" in again_answer.content.decode()
    assert another.status_code == 404
    assert written() == before
    assert ChainOperation.objects.get(kind="corporate_actions.pay_holders").facts["holders"] == wallet.address


def test_before_the_opening_and_after_the_sweep_there_is_nothing_to_press(visit, held, treasurer, investor):
    asset, _ = held
    row = factories.snapshotted(asset, treasurer)
    announced = visit(investor, "claim_dividend", row.pk).content.decode()
    hear(factories.funded(row, row.amount), factories.said(row, "Opened"), factories.swept(row, row.amount))

    swept = visit(investor, "claim_dividend", row.pk).content.decode()

    assert "Announced" in announced
    assert "went to the asset" in swept
    for page in (announced, swept):
        assert not re.search("data-send |<form method=.post. action=./dividends", page)


def test_the_state_changes_with_what_the_page_would_show(visit, held, treasurer, investor):
    asset, (wallet, _) = held
    row = factories.opened(asset, treasurer)
    before = [
        visit(u, n, row.pk).json() for u, n in ((treasurer, "dividend_state"), (investor, "claim_state"))
    ]

    hear(factories.claimed(row, wallet.address, 800 * USDC))

    after = [
        visit(u, n, row.pk).json() for u, n in ((treasurer, "dividend_state"), (investor, "claim_state"))
    ]
    assert all(a != b for a, b in zip(before, after, strict=True))


def test_someone_who_manages_but_does_not_invest_is_led_to_the_dividends_of_the_assets(
    visit, member, treasurer
):
    for user in (member, treasurer):
        assert visit(user, "dividends").url == reverse("corporate_actions:manage_dividends")
    assert "Draft a dividend" in visit(member, "manage_dividends").content.decode()
    assert "Draft a dividend" not in visit(treasurer, "manage_dividends").content.decode()
