"""Applicants and their reviews. Every change of a review is an event, and every event a notice."""

import json
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from rwa_portal.sandbox.notices import Sender
from rwa_portal.sandbox.store import Row, Store, as_json

CLIENT_ID = "sandbox-client"
LABELS = (
    "UNSATISFACTORY_PHOTOS",
    "BAD_PHOTO",
    "DOCUMENT_DAMAGED",
    "EXPIRATION_DATE",
    "PROBLEMATIC_APPLICANT_DATA",
    "FORGERY",
    "SANCTIONS",
    "FRAUDULENT_PATTERNS",
)


class ExternalIdTaken(Exception):
    """There is an applicant with this external id."""

    def __init__(self, applicant_id: str) -> None:
        super().__init__(applicant_id)
        self.applicant_id = applicant_id


class Applicants:
    def __init__(self, store: Store, sender: Sender) -> None:
        self.store, self.sender = store, sender

    def create(self, *, external_id: str, level: str, email: str = "", info: Any = None) -> Row:
        """
        :raises ExternalIdTaken: external ids are unique, which is all the idempotency there is
        """
        with self.store.change() as db:
            taken = db.execute("SELECT id FROM applicants WHERE external_id = ?", (external_id,)).fetchone()
            if taken:
                raise ExternalIdTaken(taken["id"])
            applicant_id = secrets.token_hex(12)
            db.execute(
                "INSERT INTO applicants (id, inspection_id, external_id, level, email, created_at, info)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (applicant_id, secrets.token_hex(12), external_id, level, email, _now(), as_json(info or {})),
            )
        self._tell(applicant_id, "applicantCreated")
        return self.get(applicant_id)

    def find(self, applicant_id: str) -> Row | None:
        return self.store.one("SELECT * FROM applicants WHERE id = ? AND NOT is_deleted", applicant_id)

    def get(self, applicant_id: str) -> Row:
        row = self.store.one("SELECT * FROM applicants WHERE id = ?", applicant_id)
        if row is None:
            raise KeyError(applicant_id)
        return row

    def by_external_id(self, external_id: str) -> Row | None:
        return self.store.one(
            "SELECT * FROM applicants WHERE external_id = ? AND NOT is_deleted", external_id
        )

    def submit(self, applicant_id: str, info: dict[str, str]) -> None:
        """The person has filled in everything and waits for the review."""
        self.store.write(
            "UPDATE applicants SET info = ?, status = 'pending', result = NULL, attempts = attempts + 1"
            " WHERE id = ?",
            as_json(info),
            applicant_id,
        )
        self._tell(applicant_id, "applicantPending")

    def review(self, applicant_id: str, result: dict[str, Any]) -> None:
        """Somebody, or ongoing monitoring, has decided; it may be decided again."""
        self.store.write(
            "UPDATE applicants SET status = 'completed', result = ?, review_date = ? WHERE id = ?",
            as_json(result),
            _now(),
            applicant_id,
        )
        self._tell(applicant_id, "applicantReviewed")

    def reset(self, applicant_id: str) -> None:
        with self.store.change() as db:
            db.execute(
                "UPDATE applicants SET status = 'init', result = NULL, review_date = NULL WHERE id = ?",
                (applicant_id,),
            )
            db.execute("DELETE FROM images WHERE applicant_id = ?", (applicant_id,))
        self._tell(applicant_id, "applicantReset")

    def set_active(self, applicant_id: str, *, active: bool) -> None:
        self.store.write("UPDATE applicants SET is_active = ? WHERE id = ?", int(active), applicant_id)
        self._tell(applicant_id, "applicantActivated" if active else "applicantDeactivated")

    def delete(self, applicant_id: str) -> None:
        self.store.write("UPDATE applicants SET is_deleted = 1, info = '{}' WHERE id = ?", applicant_id)
        self._tell(applicant_id, "applicantDeleted")

    def add_image(
        self, applicant_id: str, *, kind: str, country: str, content_type: str, content: bytes
    ) -> int:
        return self.store.write(
            "INSERT INTO images (applicant_id, kind, country, content_type, content, added_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            applicant_id,
            kind,
            country,
            content_type,
            content,
            _now(),
        )

    def _tell(self, applicant_id: str, event: str) -> None:
        row = self.get(applicant_id)
        event_ms = self._next_ms(applicant_id)
        at = datetime.fromtimestamp(event_ms / 1000, UTC)
        said: dict[str, Any] = {
            "applicantId": row["id"],
            "inspectionId": row["inspection_id"],
            "applicantType": "individual",
            "correlationId": f"req-{secrets.token_hex(8)}",
            "levelName": row["level"],
            "sandboxMode": True,
            "externalUserId": row["external_id"],
            "type": event,
        }
        if row["result"]:
            said["reviewResult"] = json.loads(row["result"])
        said |= {
            "reviewStatus": row["status"],
            "createdAt": at.strftime("%Y-%m-%d %H:%M:%S+0000"),
            "createdAtMs": f"{at:%Y-%m-%d %H:%M:%S}.{event_ms % 1000:03d}",
            "clientId": CLIENT_ID,
        }
        self.sender.write("sumsub", applicant_id, event, as_json(said).encode(), event_ms=event_ms)

    def _next_ms(self, applicant_id: str) -> int:
        # Two events of one person never share a millisecond: their order could not be told.
        last = self.store.one("SELECT max(event_ms) AS ms FROM notices WHERE subject = ?", applicant_id)
        return max(int(time.time() * 1000), ((last or {}).get("ms") or 0) + 1)


def result_of(
    answer: str, *, kind: str = "", labels: list[str] | None = None, public: str = "", internal: str = ""
) -> dict[str, Any]:
    """Write a review's result as the API and the notices show it."""
    result: dict[str, Any] = {"reviewAnswer": answer}
    if answer == "RED":
        if kind:
            result["reviewRejectType"] = kind
        result |= {"rejectLabels": labels or [], "buttonIds": []}
    if public:
        result["moderationComment"] = public
    if internal:
        result["clientComment"] = internal
    return result


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S+0000")
