import json

import pytest

from rwa_portal.demo.page import Page
from rwa_portal.demo.person import admin_messages, shown_errors
from rwa_portal.demo.report import Report, StepFailed, wait_for

HTML = """
<form method="post" action="/a/"><input type="hidden" name="token" value="t"><input name="name" value="Ada">
<select name="country"><option value="DE">Germany</option><option value="US" selected>USA</option></select>
<textarea name="note">
as typed</textarea><input type="checkbox" name="on" checked>
<input type="checkbox" name="off"><input type="file" name="deed">
</form><form action="?q=1"><input name="q"></form>
<a href="/orders/7">Order <b>seven</b></a><script>var x = "no text";</script>
"""


@pytest.fixture
def page():
    return Page("http://portal/here/", HTML)


def test_a_form_knows_its_fields_as_they_stand(page):
    form = page.form("name", "deed")

    assert (form.action, form.method) == ("http://portal/a/", "post")
    assert form.fields == {"token": "t", "name": "Ada", "country": "US", "note": "as typed", "on": "on"}


def test_a_missing_form_or_link_is_named(page):
    with pytest.raises(LookupError, match="no form with"):
        page.form("iban")
    with pytest.raises(LookupError, match="no link 'Pay'"):
        page.link("Pay")


def test_links_and_text_are_what_a_person_reads(page):
    assert page.link("order seven") == "http://portal/orders/7"
    assert "no text" not in page.text


def test_errors_are_read_from_the_page():
    assert shown_errors('<ul class="errorlist"><li>Too many decimals</li></ul>') == "Too many decimals"
    with pytest.raises(StepFailed, match="did not say"):
        admin_messages("<p>Only a paid subscription can be approved.</p>", "Ada", "approve")


def test_a_failed_step_is_written_down_and_ends_the_demo(tmp_path):
    report = Report(tmp_path / "demo.json")
    with report.step("first") as step:
        step.detail = "fine"
    with pytest.raises(StepFailed), report.step("second"):
        raise StepFailed("no receipt")

    written = json.loads((tmp_path / "demo.json").read_text())
    assert written["ok"] is False
    assert [(s["name"], s["ok"], s["detail"]) for s in written["steps"]] == [
        ("first", True, "fine"),
        ("second", False, "no receipt"),
    ]


def test_waiting_ends_with_what_was_awaited():
    with pytest.raises(StepFailed, match="the mint: not within"):
        wait_for("the mint", lambda: None, timeout_s=0, every_s=0)
