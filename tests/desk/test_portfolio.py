"""An investor's own books: holdings, what to do, and the statement of a period."""

import csv
import io
from datetime import date

import pypdf
import pytest

from assets.models import Asset
from corporate_actions.models import DividendClaim
from rwa_portal.core.chain_values import ZERO_ADDRESS
from rwa_portal.desk import statement_pdf, statements
from tests.corporate_actions import factories as actions
from tests.desk import world
from tests.investors.factories import make_wallet
from tests.people import AT, person
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db
MARCH = {"begins": "2026-03-01", "ends": "2026-03-31"}


@pytest.fixture
def second_wallet(wallet):
    return make_wallet(wallet.investor, factories.new_address())


@pytest.fixture
def books(asset, wallet, second_wallet, officer):
    """February: 20.00 issued. March: 80.00 more, 30.00 to the own second wallet, 10.00 sold, 5.00 burned."""
    asset = Asset.objects.get(pk=asset.pk)
    mine, own = wallet.address, second_wallet.address
    other = factories.make_buyer().address
    world.issue(asset, mine, 2000, in_block=5, at=AT - 40 * world.DAY)
    world.issue(asset, mine, 8000, in_block=10, at=AT - 9 * world.DAY)
    world.transfer(asset, mine, own, 3000, in_block=12, at=AT - 8 * world.DAY)
    world.transfer(asset, mine, other, 1000, in_block=14, at=AT - 7 * world.DAY)
    world.transfer(asset, own, ZERO_ADDRESS, 500, in_block=16, at=AT - 6 * world.DAY)
    world.confirmed(30)
    factories.order_in("MINTED", asset, wallet, officer)
    return asset


@pytest.fixture
def investor(client, wallet):
    client.force_login(wallet.investor.user)
    return wallet.investor


def made(investor, begins=date(2026, 3, 1), ends=date(2026, 3, 31)):
    return statements.of(investor, begins=begins, ends=ends, at=AT)


def units_in(statement, section: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in statement.lines:
        if line.section == section:
            found[line.wallet] = found.get(line.wallet, 0) + line.units
    return found


def test_the_portfolio_sums_all_wallets_and_says_what_the_value_is(client, books, investor, second_wallet):
    text = client.get("/portfolio/").content.decode()

    assert "60.00 HAUS" in text
    assert "25.00 HAUS" in text
    assert "8,500.00 USDC" in text
    assert "not a market price" in text
    assert second_wallet.address in text


def test_who_is_no_investor_is_led_to_the_profile(client):
    client.force_login(person("new", is_staff=False))

    assert client.get("/portfolio/").headers["Location"] == "/investor/profile"
    assert client.get("/portfolio/statement.pdf", MARCH).headers["Location"] == "/investor/profile"


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get("/portfolio/").headers["Location"].startswith("/accounts/login/")


def test_payments_and_claims_are_named_with_amounts_the_nearest_deadline_first(
    client, wallet, asset, investor, officer
):
    factories.place(asset, wallet, 250)

    text = client.get("/portfolio/").content.decode()

    assert "Pay 250.000000 USDC" in text


def test_opening_and_movements_make_the_closing(books, investor):
    statement = made(investor)

    opening, moved = units_in(statement, "OPENING"), units_in(statement, "MOVEMENT")
    closing = units_in(statement, "CLOSING")
    assert sum(opening.values()) == 2000
    assert {w: opening.get(w, 0) + moved.get(w, 0) for w in {*opening, *moved}} == closing
    assert sum(closing.values()) == 8500
    assert (statement.opening.number, statement.closing.number) == (5, 30)


def test_movements_say_what_they_were(books, investor):
    words = [line.what.split(" 0x")[0] for line in made(investor).lines if line.section == "MOVEMENT"]

    assert words == ["Issued", "Sent to my own wallet", "Received from my own wallet", "Sent to", "Burned"]


def test_a_period_before_everything_is_empty(books, investor):
    statement = made(investor, date(2025, 1, 1), date(2025, 1, 31))

    assert statement.lines == []
    assert statement.closing.number == 0


def test_a_later_period_opens_with_what_the_earlier_closed(books, investor):
    first = made(investor, date(2026, 2, 1), date(2026, 3, 23))
    second = made(investor, date(2026, 3, 24), date(2026, 3, 31))

    assert units_in(first, "CLOSING") == units_in(second, "OPENING")


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"begins": "2026-03-31", "ends": "2026-03-01"}, "The last day is before the first."),
        ({"begins": "2026-03-01", "ends": "2027-01-01"}, "must not be in the future"),
        ({"begins": "2026-02-30", "ends": "2026-03-01"}, "Enter a valid date."),
        ({"begins": "", "ends": "2026-03-01"}, "This field is required."),
        ({"begins": "soon", "ends": "later"}, "Enter a valid date."),
    ],
)
@pytest.mark.parametrize("page", ["statement", "statement.csv", "statement.pdf"])
def test_bad_dates_are_named(client, books, investor, dates, words, page):
    answer = client.get(f"/portfolio/{page}", dates)

    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_before_the_chain_is_read_there_is_no_statement(client, wallet, investor):
    answer = client.get("/portfolio/statement", MARCH)

    assert answer.status_code == 422
    assert "The chain has not been read yet" in answer.content.decode()


def test_the_csv_has_exact_numbers_and_no_formulas(client, books, investor):
    Asset.objects.filter(pk=books.pk).update(name="=1+1")

    answer = client.get("/portfolio/statement.csv", MARCH)
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))

    moved = [row["units"] for row in rows if row["section"] == "MOVEMENT"]
    assert moved == ["80.00", "-30.00", "30.00", "-10.00", "-5.00"]
    assert {row["asset"] for row in rows[1:]} == {"'=1+1"}
    assert all(row["transaction"].startswith("0x") for row in rows if row["section"] == "MOVEMENT")


def test_the_pdf_says_the_same_with_the_reader_s_own_name(client, books, investor):
    answer = client.get("/portfolio/statement.pdf", MARCH)

    assert answer.headers["Content-Type"] == "application/pdf"
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    for words in (
        "Statement of holdings",
        "01 Mar 2026 to 31 Mar 2026",
        "-30.00",
        "as of confirmed block 30",
    ):
        assert words in text
    assert made(investor).name in text
    assert "Page 1 of" in text


def test_a_dividend_received_is_in_the_statement(books, investor, wallet, officer):
    distribution = actions.DividendDistribution.objects.create(
        asset=books,
        amount=10**9,
        distribution_date=date(2026, 3, 30),
        expires_at=AT + world.DAY,
        drafted_by=officer,
        created_at=AT,
    )
    DividendClaim.objects.create(
        id=factories.uuid.uuid4(),
        distribution=distribution,
        wallet=wallet.address,
        investor=investor,
        amount=12_345_678,
        state="PAID",
        payee=wallet.address,
        tx_hash=factories.hash_of("claim"),
        block_number=20,
        said_at=AT - world.DAY,
    )

    [line] = [line for line in made(investor).lines if line.section == "DIVIDEND"]
    text = statement_pdf.pdf(made(investor))

    assert line.usdc == 12_345_678
    assert "12.345678" in pypdf.PdfReader(io.BytesIO(text)).pages[0].extract_text()


def test_letters_that_the_font_lacks_do_not_break_the_pdf(books, investor):
    Asset.objects.filter(pk=books.pk).update(name="Łódź 東京 <b>& Café")

    text = pypdf.PdfReader(io.BytesIO(statement_pdf.pdf(made(investor)))).pages[0].extract_text()

    assert "<b>& Café" in text


def test_a_statement_of_many_lines_breaks_over_numbered_pages(books, investor, wallet):
    for _ in range(120):
        world.issue(books, wallet.address, 1, in_block=29, at=AT - world.DAY)

    pages = pypdf.PdfReader(io.BytesIO(statement_pdf.pdf(made(investor)))).pages

    assert len(pages) >= 3
    assert "What" in pages[1].extract_text()
    assert f"Page 2 of {len(pages)}" in pages[1].extract_text()
