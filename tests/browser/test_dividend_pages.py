"""Dividends as their people see them, and the button that asks the investor's own wallet."""

import pytest
from django.urls import reverse

from contracts.calls import dividends as calls
from tests.browser.looking import Looking
from tests.corporate_actions import factories
from tests.corporate_actions.conftest import dividends  # noqa: F401
from tests.corporate_actions.factories import DAY, USDC, hear
from tests.people import AT, in_role, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("dividends")]
PAGE = "corporate_actions:"
# A wallet that says yes to everything and remembers what it was asked to send.
WALLET = """(address) => { window.sent = []; window.ethereum = { request: async ({ method, params }) => {
  if (method === "eth_requestAccounts") return [address.toLowerCase()];
  if (method === "eth_chainId") return "0x7a69";
  if (method === "eth_sendTransaction") { window.sent.push(params[0]); return "0x" + "ab".repeat(32); }
  throw new Error(method);
} }; }"""


@pytest.fixture
def treasurer(db):
    return in_role("treasurer", "treasurer")


@pytest.fixture
def held(dividends):  # noqa: F811
    return factories.asset_held_by(4000, 1000)


@pytest.fixture
def lives(held, treasurer):
    """Dividends at every stage, one of them with all kinds of claims."""
    asset, (a, b) = held

    def at_stage(make, day):
        return make(asset, treasurer, distribution_date=(AT + day * DAY).date(), expires_at=AT + 60 * DAY)

    rows = {
        "draft": at_stage(factories.drafted, 1),
        "snapshotted": at_stage(factories.snapshotted, 2),
        "short": at_stage(factories.snapshotted, 3),
        "opened": at_stage(factories.opened, 4),
        "closed": at_stage(factories.opened, 5),
        "second": at_stage(factories.opened, 6),
        "cancelled": at_stage(factories.snapshotted, 7),
    }
    hear(factories.funded(rows["short"], 999_990_000))
    reason = (
        "0x08c379a0" + f"{32:064x}{37:064x}" + b"Blacklistable: account is blacklisted".hex().ljust(128, "0")
    )
    hear(factories.skipped(rows["opened"], b.address, reason))
    hear(
        factories.claimed(rows["closed"], a.address, 800 * USDC), factories.swept(rows["closed"], 200 * USDC)
    )
    hear(factories.cancelled(rows["cancelled"], 0))
    return {name: factories.again(row) for name, row in rows.items()}


def test_an_issuers_and_an_officers_pages(look: Looking, signed_in, held, lives):
    member = person("member", is_staff=False)
    held[0].issuer.memberships.create(user=member, added_by=member, joined_at=AT)
    for user in (member, in_role("officer.z", "compliance_officer")):
        signed_in(user)
        look.at(reverse(f"{PAGE}manage_dividends"), reverse(f"{PAGE}new_dividend"))
        look.at(*(reverse(f"{PAGE}dividend", args=[row.pk]) for row in lives.values()))

    assert look.wrong == []


def test_a_treasurers_pages(look: Looking, signed_in, lives):
    signed_in(in_role("treasurer.b", "treasurer"))
    admin = "admin:corporate_actions_dividenddistribution_change"

    look.at(reverse("admin:corporate_actions_dividenddistribution_changelist"))
    look.at(*(reverse(admin, args=[row.pk]) for row in lives.values()))

    assert look.wrong == []


def test_an_investors_pages(look: Looking, signed_in, held, lives):
    for wallet in held[1]:
        signed_in(wallet.investor.user)
        look.at(reverse(f"{PAGE}dividends"))
        for name in ("snapshotted", "short", "opened", "closed"):
            look.at(reverse(f"{PAGE}claim_dividend", args=[lives[name].pk]))

    assert look.wrong == []


def test_the_claim_button_asks_the_investors_wallet_for_exactly_this_call(
    look: Looking, signed_in, held, lives
):
    wallet, row = held[1][0], lives["opened"]
    page = signed_in(wallet.investor.user)
    page.add_init_script(f"({WALLET})('{wallet.address}')")

    page.goto(reverse(f"{PAGE}claim_dividend", args=[row.pk]))
    page.get_by_role("button", name="Claim with my wallet").click()
    page.get_by_text("Sent: 0xabab").wait_for()

    data = "0x" + calls.claim(row.number).calldata.hex()
    assert page.evaluate("window.sent") == [
        {"from": wallet.address.lower(), "to": factories.DISTRIBUTOR, "data": data}
    ]
    assert look.wrong == []


def test_without_a_wallet_the_page_says_what_to_do(look: Looking, signed_in, held, lives):
    page = signed_in(held[1][0].investor.user)

    page.goto(reverse(f"{PAGE}dividends"))
    page.get_by_role("button", name="Claim all with my wallet").click()

    page.get_by_text("No wallet found in this browser").wait_for()
    assert look.wrong == []
