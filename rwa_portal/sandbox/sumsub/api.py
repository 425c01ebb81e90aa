"""Sumsub's API as the vendor documents it: same paths, same bodies, same refusals."""

from typing import Any

from flask import Blueprint, jsonify, request

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.sumsub import documents, links
from rwa_portal.sandbox.sumsub.answers import asked, not_found, refused, review, shown
from rwa_portal.sandbox.sumsub.applicants import Applicants, ExternalIdTaken, result_of
from rwa_portal.sandbox.sumsub.signing import Gate

BY_EXTERNAL_ID = "-;externalUserId="


def blueprint(config: Config, applicants: Applicants) -> Blueprint:
    api = Blueprint("sumsub_api", __name__, url_prefix="/resources")
    gate = Gate(config)
    api.before_request(lambda: gate.check(request))
    _applicant_routes(api, config, applicants)
    documents.add_routes(api, applicants)
    links.add_routes(api, config, applicants)
    return api


def _applicant_routes(api: Blueprint, config: Config, applicants: Applicants) -> None:
    @api.post("/applicants")
    def create() -> Any:
        said, level = asked(), request.args.get("levelName", "")
        external_id = said.get("externalUserId")
        if not isinstance(external_id, str) or not external_id:
            return refused(400, "externalUserId is required")
        if level not in config.levels:
            return refused(404, f"Level '{level}' not found")
        info = said.get("fixedInfo") or said.get("info") or {}
        try:
            row = applicants.create(
                external_id=external_id, level=level, email=str(said.get("email") or ""), info=info
            )
        except ExternalIdTaken as taken:
            text = f"Applicant with external user id '{external_id}' already exists: {taken.applicant_id}"
            return refused(409, text)
        return jsonify(shown(row)), 201

    @api.get("/applicants/<selector>/one")
    def one(selector: str) -> Any:
        if selector.startswith(BY_EXTERNAL_ID):
            row = applicants.by_external_id(selector.removeprefix(BY_EXTERNAL_ID))
        else:
            row = applicants.find(selector)
        return jsonify(shown(row)) if row else not_found(selector)

    @api.get("/applicants/-/byExternalUserId/<external_id>")
    def exists(external_id: str) -> Any:
        row = applicants.by_external_id(external_id)
        return jsonify({"exists": True, "applicant": shown(row)} if row else {"exists": False})

    @api.get("/applicants/<applicant_id>/status")
    def status(applicant_id: str) -> Any:
        row = applicants.find(applicant_id)
        return jsonify({**review(row), "levelName": row["level"]}) if row else not_found(applicant_id)

    @api.post("/applicants/<applicant_id>/reset")
    def reset(applicant_id: str) -> Any:
        if applicants.find(applicant_id) is None:
            return not_found(applicant_id)
        applicants.reset(applicant_id)
        return jsonify({"ok": 1})

    @api.post("/applicants/<applicant_id>/status/testCompleted")
    def test_completed(applicant_id: str) -> Any:
        said = asked()
        if applicants.find(applicant_id) is None:
            return not_found(applicant_id)
        if said.get("reviewAnswer") not in ("GREEN", "RED"):
            return refused(400, "reviewAnswer must be GREEN or RED")
        result = result_of(
            said["reviewAnswer"],
            kind=str(said.get("reviewRejectType") or ""),
            labels=[str(label) for label in said.get("rejectLabels") or []],
            public=str(said.get("moderationComment") or ""),
            internal=str(said.get("clientComment") or ""),
        )
        applicants.review(applicant_id, result)
        return jsonify({"ok": 1})
