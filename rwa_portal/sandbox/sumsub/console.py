"""What the vendor's staff would do: look at applicants, decide, decide again, and play with the notices."""

import json
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from rwa_portal.sandbox.notices import Sender
from rwa_portal.sandbox.sumsub.applicants import LABELS, Applicants
from rwa_portal.sandbox.sumsub.hosted import verdict_in_form


def blueprint(applicants: Applicants, sender: Sender) -> Blueprint:
    console = Blueprint("sumsub_console", __name__, url_prefix="/sumsub")
    _pages(console, applicants)
    _applicant_buttons(console, applicants)
    _notice_buttons(console, sender)
    return console


def _pages(console: Blueprint, applicants: Applicants) -> None:
    store = applicants.store

    @console.get("/")
    def index() -> Any:
        return render_template(
            "console.html",
            applicants=store.all("SELECT * FROM applicants ORDER BY created_at DESC, rowid DESC LIMIT 200"),
            notices=store.all("SELECT * FROM notices WHERE channel = 'sumsub' ORDER BY id DESC LIMIT 100"),
            held=store.switch("hold"),
        )

    @console.get("/applicants/<applicant_id>")
    def applicant(applicant_id: str) -> Any:
        row = store.one("SELECT * FROM applicants WHERE id = ?", applicant_id)
        if row is None:
            abort(404, "There is no such applicant.")
        return render_template(
            "applicant.html",
            applicant=row,
            info=json.loads(row["info"]),
            result=json.loads(row["result"]) if row["result"] else {},
            notices=store.all("SELECT * FROM notices WHERE subject = ? ORDER BY id DESC", applicant_id),
            labels=LABELS,
        )


def _applicant_buttons(console: Blueprint, applicants: Applicants) -> None:
    @console.post("/applicants/<applicant_id>/<verb>")
    def press(applicant_id: str, verb: str) -> Any:
        if applicants.find(applicant_id) is None:
            abort(404, "There is no such applicant.")
        match verb:
            case "verdict":
                applicants.review(applicant_id, verdict_in_form())
            case "reset":
                applicants.reset(applicant_id)
            case "deactivate" | "activate":
                applicants.set_active(applicant_id, active=verb == "activate")
            case "delete":
                applicants.delete(applicant_id)
            case _:
                abort(404, "There is no such button.")
        return redirect(url_for("sumsub_console.applicant", applicant_id=applicant_id), 303)


def _notice_buttons(console: Blueprint, sender: Sender) -> None:
    @console.post("/notices/hold")
    def hold() -> Any:
        sender.store.set_switch("hold", "1")
        return redirect(request.referrer or url_for("sumsub_console.index"), 303)

    @console.post("/notices/release")
    def release() -> Any:
        sender.release(newest_first=request.form.get("order") == "newest")
        return redirect(request.referrer or url_for("sumsub_console.index"), 303)

    @console.post("/notices/<int:notice_id>/again")
    def again(notice_id: int) -> Any:
        for _ in range(min(request.form.get("times", 1, type=int), 100)):
            sender.send_again(notice_id)
        return redirect(request.referrer or url_for("sumsub_console.index"), 303)
