import json
import secrets
from typing import Any

from flask import Response, jsonify, request

from rwa_portal.sandbox.store import Row
from rwa_portal.sandbox.sumsub.applicants import CLIENT_ID


def refused(status: int, description: str) -> Response:
    """Answer as Sumsub does when it will not."""
    answer = jsonify(
        {"description": description, "code": status, "correlationId": f"req-{secrets.token_hex(8)}"}
    )
    answer.status_code = status
    return answer


def shown(row: Row) -> dict[str, Any]:
    """The full applicant: its review is nested."""
    return {
        "id": row["id"],
        "createdAt": row["created_at"],
        "clientId": CLIENT_ID,
        "inspectionId": row["inspection_id"],
        "externalUserId": row["external_id"],
        "email": row["email"],
        "info": json.loads(row["info"]),
        "type": "individual",
        "review": {**review(row), "levelName": row["level"]},
    }


def review(row: Row) -> dict[str, Any]:
    """The review alone: flat, and without words that have not been said."""
    said: dict[str, Any] = {
        "reviewId": row["inspection_id"][::-1],
        "attemptId": f"att-{row['attempts']}",
        "attemptCnt": row["attempts"],
        "createDate": row["created_at"],
        "reviewStatus": row["status"],
    }
    if row["review_date"]:
        said["reviewDate"] = row["review_date"]
    if row["result"]:
        said["reviewResult"] = json.loads(row["result"])
    return said


def asked() -> dict[str, Any]:
    said = request.get_json(silent=True)
    return said if isinstance(said, dict) else {}


def not_found(what: str) -> Response:
    return refused(404, f"Entity '{what}' not found")
