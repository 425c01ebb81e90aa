"""Exports of tables: streamed, narrowed as the list is, and nothing in them runs in a spreadsheet."""

import csv
import io
import tracemalloc

import pytest
from django.http import StreamingHttpResponse

from rwa_portal.core import csv_files
from rwa_portal.core.models import AuditEvent
from tests.people import AT, in_role, person
from tests.subscriptions.conftest import asset, no_broker, now, suite  # noqa: F401
from tests.subscriptions.factories import make_asset

pytestmark = pytest.mark.django_db
NAMES = ["name", "symbol", "status", "supply_cap", "created_at", "token_address"]


@pytest.fixture
def officer(db):
    return in_role("officer.a", "compliance_officer")


def export(client, path="/admin/assets/asset/export/", names=NAMES):
    form = {"format": "0", "resource": "0", **{f"assetresource_{name}": "on" for name in names}}
    return client.post(path, form)


def rows_of(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_export_is_streamed_with_the_chosen_columns_and_noted(client, asset, officer, caplog):  # noqa: F811
    client.force_login(officer)

    answer = export(client)

    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Type"].startswith("text/csv")
    [row] = rows_of(answer)
    assert set(row) == set(NAMES)
    assert (row["status"], row["supply_cap"]) == ("ACTIVE", "100000")
    assert row["created_at"] == "2026-03-30T12:00:00Z"
    assert "admin.exported" in caplog.text


def test_an_export_follows_the_filters_of_the_list(client, asset, officer):  # noqa: F811
    make_asset(name="Anderes Haus", symbol="ANDR", status="PAUSED")
    client.force_login(officer)

    rows = rows_of(export(client, "/admin/assets/asset/export/?status__exact=PAUSED"))

    assert [row["name"] for row in rows] == ["Anderes Haus"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=2"])
def test_what_a_spreadsheet_would_run_is_quoted(text):
    assert csv_files.cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-5, "-5"), (None, ""), (True, "true"), (AT, "2026-03-31T12:00:00Z"), ("a=b", "a=b"), ([1], "[1]")],
)
def test_numbers_moments_and_plain_text_stay_as_they_are(value, text):
    assert csv_files.cell(value) == text


def test_a_name_that_is_a_formula_is_exported_as_text(client, suite, officer):  # noqa: F811
    make_asset(name='=HYPERLINK("http://evil.example")')
    client.force_login(officer)

    [row] = rows_of(export(client))

    assert row["name"].startswith("'=")


def test_who_may_not_see_a_table_exports_nothing(client, asset, caplog):  # noqa: F811
    client.force_login(person("clerk"))

    assert export(client).status_code == 403
    assert "admin.exported" not in caplog.text
    assert AuditEvent.objects.count() == 0


def test_many_rows_take_no_more_memory_than_a_few():
    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in csv_files.lines(["a", "b"], ((number, "x" * 50) for number in range(count))):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(50_000) < 2 * peak(2_000)
