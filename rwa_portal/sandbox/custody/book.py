"""
Every custodian's transactions, in one book. A vendor's API turns a row into that vendor's words.

- A stage is one of STAGES; `reason` says why one FAILED. `updated_ms` grows with every change.
- Policy, per vendor: "auto" approves, "manual" waits for the console, "reject" refuses.
- A fault is asked for by the console or by POST /custody/faults, and taken by the next requests.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any

from rwa_portal.sandbox.store import Row, Store

STAGES = ("WAITING", "APPROVED", "SIGNED", "SENT", "DONE", "FAILED")
OVER = ("DONE", "FAILED")
ANSWERS = {
    "timeout_after_accept": "take the request, then do not answer",
    "error_after_accept": "take the request, then answer 500",
    "duplicate_id": "answer 500, make nothing, and count the id as used for ever",
    "refuse": "answer 400 and make nothing",
}
BEHAVIOURS = {
    "stuck": "wait for an approval that does not come",
    "reject": "refuse by policy",
    "reject_after_signing": "sign it, then refuse and send nothing",
    "fail_after_broadcast": "say that it failed, although it was sent",
    "replaced": "name one transaction, then send another with a higher fee",
    "dropped": "sign it, say it was dropped, and send nothing",
    "unknown_status": "use a status nobody has heard of, then go on",
}
POLICIES = ("auto", "manual", "reject")


class ExternalIdTaken(Exception):
    """There is, or was, a request with this id."""

    def __init__(self, row: Row | None) -> None:
        super().__init__()
        self.row = row


class Book:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._tell: list[Callable[[Row], None]] = []

    def listen(self, heard: Callable[[Row], None]) -> None:
        """Call this after every change of a transaction."""
        self._tell.append(heard)

    def create(self, vendor: str, *, external_id: str | None, **known: Any) -> Row:
        """
        :raises ExternalIdTaken:
        """
        now = _now_ms()
        row = {
            "id": str(uuid.uuid4()),
            "vendor": vendor,
            "external_id": external_id,
            "stage": "WAITING",
            "fault": self.take(vendor, BEHAVIOURS) or "",
            "created_ms": now,
            "updated_ms": now,
            "due_at": 0.0,
            **known,
        }
        with self.store.change() as db:
            taken = db.execute(
                "SELECT * FROM transactions WHERE vendor = ? AND external_id = ?", (vendor, external_id)
            ).fetchone()
            burnt = db.execute(
                "SELECT 1 FROM burnt_ids WHERE vendor = ? AND external_id = ?", (vendor, external_id)
            ).fetchone()
            if taken or burnt:
                raise ExternalIdTaken(dict(taken) if taken else None)
            names = ", ".join(row)
            places = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO transactions ({names}) VALUES ({places})", tuple(row.values()))  # noqa: S608
        return self._changed(row["id"])

    def burn(self, vendor: str, external_id: str) -> None:
        self.store.write("INSERT OR IGNORE INTO burnt_ids VALUES (?, ?)", vendor, external_id)

    def get(self, transaction_id: str) -> Row | None:
        return self.store.one("SELECT * FROM transactions WHERE id = ?", transaction_id)

    def by_external_id(self, vendor: str, external_id: str) -> Row | None:
        sql = "SELECT * FROM transactions WHERE vendor = ? AND external_id = ?"
        return self.store.one(sql, vendor, external_id)

    def of_vault(self, vendor: str, vault: str) -> list[Row]:
        sql = "SELECT * FROM transactions WHERE vendor = ? AND vault = ? ORDER BY created_ms DESC, rowid DESC"
        return self.store.all(sql, vendor, vault)

    def living(self) -> list[Row]:
        return self.store.all(
            "SELECT * FROM transactions WHERE stage NOT IN ('DONE', 'FAILED') AND due_at <= ?"
            " ORDER BY created_ms, rowid",
            time.time(),
        )

    def move(self, row: Row, stage: str, **changes: Any) -> Row:
        """Bring a transaction to a stage, unless it is over."""
        changes = {**changes, "stage": stage}
        names = ", ".join(f"{name} = ?" for name in changes)
        self.store.write(
            f"UPDATE transactions SET {names}, updated_ms = max(updated_ms + 1, ?)"  # noqa: S608
            " WHERE id = ? AND stage NOT IN ('DONE', 'FAILED')",
            *changes.values(),
            _now_ms(),
            row["id"],
        )
        return self._changed(row["id"])

    def cancel(self, row: Row) -> bool:
        """Stop it, if it was not signed."""
        if row["stage"] not in ("WAITING", "APPROVED"):
            return False
        self.move(row, "FAILED", reason="cancelled")
        return True

    # Policy and faults

    def policy(self, vendor: str) -> str:
        return self.store.switch(f"policy.{vendor}") or "auto"

    def set_policy(self, vendor: str, policy: str) -> None:
        self.store.set_switch(f"policy.{vendor}", policy)

    def order_fault(self, vendor: str, name: str, times: int = 1) -> None:
        self.store.write("INSERT INTO faults (vendor, name, times) VALUES (?, ?, ?)", vendor, name, times)

    def take(self, vendor: str, among: dict[str, str]) -> str | None:
        """Take the oldest fault that was ordered of these kinds."""
        places = ", ".join("?" * len(among))
        with self.store.change() as db:
            found = db.execute(
                f"SELECT id, name FROM faults WHERE vendor = ? AND times > 0 AND name IN ({places})"  # noqa: S608
                " ORDER BY id",
                (vendor, *among),
            ).fetchone()
            if found is None:
                return None
            db.execute("UPDATE faults SET times = times - 1 WHERE id = ?", (found["id"],))
        return str(found["name"])

    def _changed(self, transaction_id: str) -> Row:
        row = self.get(transaction_id)
        if row is None:
            raise KeyError(transaction_id)
        for heard in self._tell:
            heard(row)
        return row


def _now_ms() -> int:
    return int(time.time() * 1000)
