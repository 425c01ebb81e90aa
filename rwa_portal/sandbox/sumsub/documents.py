import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from rwa_portal.sandbox.sumsub.answers import not_found, refused
from rwa_portal.sandbox.sumsub.applicants import Applicants


def add_routes(api: Blueprint, applicants: Applicants) -> None:
    _upload_route(api, applicants)
    _list_routes(api, applicants)
    _byte_routes(api, applicants)


def _upload_route(api: Blueprint, applicants: Applicants) -> None:
    @api.post("/applicants/<applicant_id>/info/idDoc")
    def upload(applicant_id: str) -> Any:
        if applicants.find(applicant_id) is None:
            return not_found(applicant_id)
        content = request.files.get("content")
        try:
            metadata = json.loads(request.form.get("metadata", ""))
            kind, country = str(metadata["idDocType"]), str(metadata["country"])
        except (ValueError, KeyError, TypeError):
            return refused(400, "metadata must name idDocType and country")
        if content is None:
            return refused(400, "content is required")
        image_id = applicants.add_image(
            applicant_id,
            kind=kind,
            country=country,
            content_type=content.mimetype or "application/octet-stream",
            content=content.read(),
        )
        answer = jsonify({"idDocType": kind, "country": country})
        answer.headers["X-Image-Id"] = str(image_id)
        return answer


def _list_routes(api: Blueprint, applicants: Applicants) -> None:
    store = applicants.store

    @api.get("/applicants/<applicant_id>/requiredIdDocsStatus")
    def required(applicant_id: str) -> Any:
        row = applicants.find(applicant_id)
        if row is None:
            return not_found(applicant_id)
        images = store.all("SELECT * FROM images WHERE applicant_id = ? ORDER BY id", applicant_id)
        steps: dict[str, Any] = {"IDENTITY": None, "SELFIE": None}
        for image in images:
            step = "SELFIE" if image["kind"] == "SELFIE" else "IDENTITY"
            ids = [*(steps[step] or {}).get("imageIds", []), image["id"]]
            steps[step] = {
                "reviewResult": json.loads(row["result"]) if row["result"] else {},
                "country": image["country"],
                "idDocType": image["kind"],
                "imageIds": ids,
            }
        return jsonify(steps)

    @api.get("/applicants/<applicant_id>/metadata/resources")
    def listed(applicant_id: str) -> Any:
        if applicants.find(applicant_id) is None:
            return not_found(applicant_id)
        images = store.all("SELECT * FROM images WHERE applicant_id = ? ORDER BY id", applicant_id)
        items = [
            {
                "id": str(image["id"]),
                "addedDate": image["added_at"],
                "idDocDef": {"country": image["country"], "idDocType": image["kind"]},
                "fileMetadata": {"fileType": image["content_type"], "fileSize": len(image["content"])},
            }
            for image in images
        ]
        return jsonify({"items": items, "totalItems": len(items)})


def _byte_routes(api: Blueprint, applicants: Applicants) -> None:
    store = applicants.store

    def bytes_of(applicant_id: str, image_id: int) -> Any:
        image = store.one("SELECT * FROM images WHERE id = ? AND applicant_id = ?", image_id, applicant_id)
        if image is None:
            return not_found(str(image_id))
        return Response(bytes(image["content"]), content_type=image["content_type"])

    @api.get("/applicants/<applicant_id>/resources/<int:image_id>")
    def document(applicant_id: str, image_id: int) -> Any:
        return bytes_of(applicant_id, image_id)

    @api.get("/inspections/<inspection_id>/resources/<int:image_id>")
    def document_of_inspection(inspection_id: str, image_id: int) -> Any:
        row = store.one("SELECT id FROM applicants WHERE inspection_id = ?", inspection_id)
        return bytes_of(row["id"], image_id) if row else not_found(inspection_id)
