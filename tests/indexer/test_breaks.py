"""A difference is one Break from when it is found until it is settled."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from indexer import actions, breaks, checks, metrics
from indexer.findings import Finding, Kind
from indexer.models import BooksCheck, Break
from rwa_portal.core.models import AuditEvent, User
from tests.indexer.conftest import AT
from tests.people import in_role, person

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)
WRONG = Finding(Kind.UNKNOWN, "supply:0x1", "50", "51", {"token": "0x1"}, "Look.")


def found(*findings: Finding, check: str = "reconcile supplies", at=AT) -> list[Break]:
    return breaks.record(check, findings, block_number=7, at=at)


def kinds_of(row: Break) -> list[str]:
    return list(AuditEvent.objects.filter(subject=row.pk).order_by("id").values_list("kind", flat=True))


def test_the_same_difference_twice_is_one_break_seen_again():
    (first,) = found(WRONG)
    (again,) = found(WRONG, at=LATER)

    assert again.pk == first.pk and Break.objects.count() == 1
    assert (again.times_seen, again.opened_at, again.last_seen_at) == (2, AT, LATER)
    assert kinds_of(first) == ["break.opened"]


def test_a_difference_that_changes_is_audited():
    (row,) = found(WRONG)
    found(Finding(Kind.TAMPERED_ROW, "supply:0x1", "50", "52"), at=LATER)

    row.refresh_from_db()
    assert (row.kind, row.found) == ("TAMPERED_ROW", "52")
    assert kinds_of(row) == ["break.opened", "break.changed"]


def test_what_no_check_finds_any_more_is_resolved():
    (row,) = found(WRONG)
    found(WRONG, check="replay")

    found(at=LATER)
    row.refresh_from_db()
    assert (row.state, row.seen_by) == ("OPEN", ["replay"])  # the other check still sees it
    found(check="replay", at=LATER)
    row.refresh_from_db()
    assert (row.state, row.resolved_at, row.resolved_by) == ("RESOLVED", LATER, User.service("clock"))
    assert kinds_of(row) == ["break.opened", "break.resolved"]


def test_one_check_says_nothing_of_what_another_finds():
    (row,) = found(WRONG)

    found(check="reconcile escrows", at=LATER)

    row.refresh_from_db()
    assert row.state == "OPEN"


def test_an_explained_break_stands_and_one_resolved_too_early_comes_back():
    (row,) = found(WRONG)
    officer = person("officer")

    actions.explain_break(break_id=row.pk, by=officer, at=AT, reason="a test mint")
    found(WRONG, at=LATER)
    row.refresh_from_db()
    assert (row.state, row.explanation, row.explained_by) == ("EXPLAINED", "a test mint", officer)

    actions.resolve_break(break_id=row.pk, by=officer, at=LATER, reason="settled by hand")
    (fresh,) = found(WRONG, at=LATER)
    assert fresh.pk != row.pk and fresh.state == "OPEN"
    assert kinds_of(row) == ["break.opened", "break.explained", "break.resolved"]


def test_a_settled_break_is_neither_explained_nor_resolved_again():
    (row,) = found(WRONG)
    officer = person("officer")
    actions.resolve_break(break_id=row.pk, by=officer, at=AT, reason="settled by hand")
    before = Break.objects.values().get(), kinds_of(row)

    with pytest.raises(actions.BreakAlreadyResolved):
        actions.resolve_break(break_id=row.pk, by=officer, at=LATER, reason="once more")
    with pytest.raises(actions.BreakAlreadyExplained):
        actions.explain_break(break_id=row.pk, by=officer, at=LATER, reason="once more")

    assert (Break.objects.values().get(), kinds_of(row)) == before


def test_two_breaks_of_one_subject_cannot_stand():
    (row,) = found(WRONG)
    row.pk = None

    with pytest.raises(Exception, match="break_one_standing_per_subject"), transaction.atomic():
        row.save(force_insert=True)


def test_operations_explains_and_resolves_in_the_admin(client):
    (row,) = found(WRONG)
    client.force_login(in_role("operator", "operations"))
    form = {"reason": "A test mint.", "_form_submitted": "True"}

    page = client.get(reverse("admin:indexer_break_change", args=[row.pk])).content.decode()
    assert "0x1" in page and "Look." in page and "Explain" in page
    client.post(reverse("admin:indexer_break_explain_break", args=[row.pk]), form)
    client.post(reverse("admin:indexer_break_resolve_break", args=[row.pk]), form)

    row.refresh_from_db()
    assert row.state == "RESOLVED" and row.explanation == "A test mint."


@pytest.mark.parametrize(("button", "kind"), [("reconcile", "RECONCILE"), ("replay", "REPLAY")])
def test_a_check_is_asked_for_in_the_admin_and_done_by_a_worker(client, button, kind):
    client.force_login(in_role("operator", "operations"))
    address = reverse("admin:indexer_bookscheck_changelist") + f"{button}/"

    answer = client.post(address, {"reason": "A look.", "_form_submitted": "True"})

    check = BooksCheck.objects.get()
    assert str(check.pk) in answer.headers["HX-Redirect"]
    assert (check.kind, check.started_at, check.reason) == (kind, None, "A look.")
    assert AuditEvent.objects.get(subject=check.pk).kind == f"books.{kind.lower()}_asked_for"


def test_nobody_without_the_right_has_the_books_checked(client):
    client.force_login(person("clerk", "view_bookscheck"))
    address = reverse("admin:indexer_bookscheck_changelist") + "replay/"

    assert client.post(address, {"reason": "A look.", "_form_submitted": "True"}).status_code == 403
    assert not BooksCheck.objects.exists()


def test_only_a_replay_that_found_something_is_followed_by_a_repair():
    clean = BooksCheck.objects.create(
        kind="REPLAY", asked_by=User.service("clock"), asked_at=AT, differences=0
    )

    with pytest.raises(actions.NothingToRepair):
        actions.repair_books(check_id=clean.pk, by=person("operator"), at=AT, reason="restore")

    assert BooksCheck.objects.count() == 1


def test_a_check_that_comes_to_nothing_says_why_and_is_not_run_twice():
    check = checks.ask_for_check(kind="RECONCILE", by=person("operator"), at=AT, reason="A look.")

    with pytest.raises(checks.reconciling.NothingConfirmed):
        checks.run(check_id=check.pk, at=LATER)
    checks.run(check_id=check.pk, at=LATER)

    check.refresh_from_db()
    assert check.failure == "The indexer has confirmed no block yet." and check.started_at == LATER
    assert check.finished_at >= LATER


def test_open_breaks_are_counted_by_class():
    found(WRONG)

    counts = metrics.breaks_open()

    assert counts["UNKNOWN"] == 1 and counts["TAMPERED_ROW"] == 0
