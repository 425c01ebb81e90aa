"""The books: what differs, what was checked, and the buttons that check and repair."""

import json
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.decorators import action as unfold_action
from unfold.decorators import display

from indexer import actions, checks
from indexer.models import BooksCheck, Break
from rwa_portal.core.admin import Button, ReadOnlyAdmin
from rwa_portal.core.admin.base import ReasonForm

RESOLVE = "indexer.resolve_break"
TONES = {"OPEN": "danger", "EXPLAINED": "warning", "RESOLVED": "success"}


@admin.register(Break)
class BreakAdmin(ReadOnlyAdmin):
    list_display = ["opened_at", "kind", "short_subject", "expected", "found", "standing", "last_seen_at"]
    list_filter = ["state", "kind", "opened_at"]
    ordering = ["-opened_at"]
    search_fields = ["subject", "summary"]
    search_help_text = "Address, id or word of the summary"
    fieldsets = [
        (None, {"fields": ["summary", "kind", "state", "expected", "found", "block_number", "next_step"]}),
        ("Evidence", {"fields": ["shown_evidence", "subject", "seen_by", "times_seen"]}),
        (
            "What became of it",
            {
                "fields": [
                    "opened_at",
                    "last_seen_at",
                    "explanation",
                    "explained_at",
                    "explained_by",
                    "resolved_at",
                    "resolved_by",
                ]
            },
        ),
    ]
    buttons = [
        Button(
            name="explain_break",
            label="Explain",
            action=actions.explain_break,
            permission=RESOLVE,
            id_name="break_id",
            shown_if=lambda row: row.state == Break.State.OPEN,
        ),
        Button(
            name="resolve_break",
            label="Resolve",
            action=actions.resolve_break,
            permission=RESOLVE,
            id_name="break_id",
            shown_if=lambda row: row.state != Break.State.RESOLVED,
        ),
    ]

    @display(description="Subject", ordering="subject")
    def short_subject(self, row: Break) -> str:
        return ":".join(
            part if len(part) < 24 else f"{part[:8]}…{part[-4:]}" for part in row.subject.split(":")
        )

    @display(description="State", ordering="state", label=TONES)
    def standing(self, row: Break) -> str:
        return row.state

    @display(description="Evidence")
    def shown_evidence(self, row: Break) -> str:
        return lines_of(row.evidence)


@admin.register(BooksCheck)
class BooksCheckAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "kind", "outcome", "block_number", "took", "asked_by"]
    list_filter = ["kind", "asked_at"]
    ordering = ["-asked_at"]
    search_fields = ["block_number"]
    fields = [
        "kind",
        "outcome_in_words",
        "block_number",
        "asked_by",
        "asked_at",
        "reason",
        "finished_at",
        "took",
        "shown_report",
    ]
    buttons = [
        Button(
            name="repair_books",
            label="Repair",
            action=actions.repair_books,
            permission=RESOLVE,
            id_name="check_id",
            shown_if=lambda row: row.kind == BooksCheck.Kind.REPLAY and bool(row.differences),
        )
    ]
    actions_list = ["reconcile_books", "replay_books"]

    def has_check_books_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(RESOLVE)

    @unfold_action(
        description="Reconcile with the chain",
        permissions=["check_books"],
        url_path="reconcile",
        dialog={
            "title": "Compare the books with the chain?",
            "description": "Nothing is changed; each difference is kept as a Break.",
            "form_class": ReasonForm,
            "form_submit_text": "Reconcile",
        },
    )
    def reconcile_books(self, request: HttpRequest, form: ReasonForm) -> HttpResponse:
        return self._ask(request, form, BooksCheck.Kind.RECONCILE)

    @unfold_action(
        description="Replay the event log",
        permissions=["check_books"],
        url_path="replay",
        dialog={
            "title": "Build the derived tables anew and compare?",
            "description": "Nothing is changed; each difference is kept as a Break.",
            "form_class": ReasonForm,
            "form_submit_text": "Replay",
        },
    )
    def replay_books(self, request: HttpRequest, form: ReasonForm) -> HttpResponse:
        return self._ask(request, form, BooksCheck.Kind.REPLAY)

    def _ask(self, request: HttpRequest, form: ReasonForm, kind: str) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        check = checks.ask_for_check(kind=kind, by=request.user, at=timezone.now(), reason=reason)  # type: ignore[arg-type]
        messages.success(request, "Asked for. Reload this page for the outcome.")
        url = reverse(f"{self.admin_site.name}:indexer_bookscheck_change", args=[check.pk])
        return HttpResponse(headers={"HX-Redirect": url})

    @display(
        description="Outcome",
        label={"equal": "success", "repaired": "success", "waiting": "warning", "running": "warning"},
    )
    def outcome(self, row: BooksCheck) -> tuple[str, str]:
        word = _outcome(row)
        return word.partition(" ")[0], word

    @display(description="Outcome")
    def outcome_in_words(self, row: BooksCheck) -> str:
        return row.failure or _outcome(row)

    @display(description="Took")
    def took(self, row: BooksCheck) -> str:
        if row.started_at is None or row.finished_at is None:
            return "-"
        return f"{(row.finished_at - row.started_at).total_seconds():.1f} s"

    @display(description="Report")
    def shown_report(self, row: BooksCheck) -> str:
        return lines_of(row.report)


def lines_of(value: Any) -> str:
    """Show JSON as a table of names and values; what is deeper, as indented text."""
    if not isinstance(value, dict) or not value:
        return "-"
    rows = ((name.replace("_", " "), _text(each)) for name, each in value.items())
    row = '<tr><th class="pr-6 text-left align-top font-semibold">{}</th><td><pre>{}</pre></td></tr>'
    return format_html("<table>{}</table>", format_html_join("", row, rows))


def _text(value: Any) -> str:
    return json.dumps(value, indent=2) if isinstance(value, dict | list) else str(value)


def _outcome(row: BooksCheck) -> str:
    if row.failure:
        return "failed"
    if row.finished_at is None:
        return "waiting" if row.started_at is None else "running"
    if not row.differences:
        return "equal"
    verb = "repaired" if row.kind == BooksCheck.Kind.REPAIR else "different"
    return f"{verb} rows: {row.differences}" if verb == "repaired" else f"differences: {row.differences}"
