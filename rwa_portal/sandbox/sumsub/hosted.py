"""The page on which a person identifies, and on which, in the sandbox, the same person plays the reviewer."""

import json
import time
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from rwa_portal.sandbox.store import Row
from rwa_portal.sandbox.sumsub.applicants import LABELS, Applicants, ExternalIdTaken, result_of

FIELDS = ("firstName", "lastName", "dob", "country", "idDocType", "number")
VERDICTS = {"GREEN": ("GREEN", ""), "RETRY": ("RED", "RETRY"), "FINAL": ("RED", "FINAL"), "RED": ("RED", "")}


def blueprint(applicants: Applicants) -> Blueprint:
    pages = Blueprint("sumsub_hosted", __name__, url_prefix="/websdk/p/<token>")

    @pages.get("")
    def page(token: str) -> Any:
        link, row = _of(applicants, token)
        return render_template(
            "hosted.html",
            token=token,
            applicant=row,
            info=json.loads(row["info"]),
            result=json.loads(row["result"]) if row["result"] else {},
            labels=LABELS,
            link=link,
        )

    @pages.post("/person")
    def person(token: str) -> Any:
        _, row = _of(applicants, token)
        said = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
        if not all(said[name] for name in ("firstName", "lastName", "dob", "country")):
            abort(400, "Name, date of birth and country are needed.")
        photo = request.files.get("photo")
        if photo and photo.filename:
            applicants.add_image(
                row["id"],
                kind=said["idDocType"] or "PASSPORT",
                country=said["country"],
                content_type=photo.mimetype or "application/octet-stream",
                content=photo.read(),
            )
        applicants.submit(row["id"], said)
        return redirect(url_for("sumsub_hosted.page", token=token), 303)

    @pages.post("/verdict")
    def verdict(token: str) -> Any:
        _, row = _of(applicants, token)
        applicants.review(row["id"], verdict_in_form())
        return redirect(url_for("sumsub_hosted.page", token=token), 303)

    return pages


def verdict_in_form() -> dict[str, Any]:
    """Read the reviewer's form, here and in the console."""
    answer, kind = VERDICTS.get(request.form.get("verdict", ""), ("", ""))
    if not answer:
        abort(400, "Choose a verdict.")
    is_red = answer == "RED"
    return result_of(
        answer,
        kind=kind,
        labels=[label for label in request.form.getlist("label") if label in LABELS] if is_red else [],
        public=request.form.get("moderation_comment", "").strip() if is_red else "",
        internal=request.form.get("client_comment", "").strip() if is_red else "",
    )


def _of(applicants: Applicants, token: str) -> tuple[Row, Row]:
    link = applicants.store.one("SELECT * FROM links WHERE token = ?", token)
    if link is None or link["expires_at"] < time.time():
        abort(404, "This link has expired. Go back to the portal and ask for a new one.")
    row = applicants.by_external_id(link["external_id"])
    if row is None:  # the first use of a link creates the applicant
        try:
            row = applicants.create(external_id=link["external_id"], level=link["level"])
        except ExternalIdTaken:
            abort(404, "This applicant was deleted.")
    return link, row
