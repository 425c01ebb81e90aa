from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody.fireblocks.answers import shown, status_of
from rwa_portal.sandbox.custody.fireblocks.signing import NoticeSigner
from rwa_portal.sandbox.custody.notices import Queue
from rwa_portal.sandbox.notices import Channel
from rwa_portal.sandbox.store import Row, as_json

RESEND_AFTER_S = (10, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400)


def channel(config: Custody, signer: NoticeSigner) -> Channel:
    return Channel(f"{config.webhook_url}/fireblocks", signer.headers, RESEND_AFTER_S)


def tell(queue: Queue, row: Row) -> None:
    """Write the notice of a transaction's change."""
    if row["vendor"] != "fireblocks":
        return
    event_ms = row["updated_ms"]
    is_new = row["stage"] == "WAITING" and row["created_ms"] == row["updated_ms"]
    kind = "transaction.created" if is_new else "transaction.status.updated"
    queue.put(
        "fireblocks",
        row["id"],
        f"{kind} {status_of(row)[0]}",
        lambda notice_id: as_json(
            {
                "id": notice_id,
                "eventType": kind,
                "eventVersion": 1,
                "resourceId": row["id"],
                "workspaceId": "sandbox-workspace",
                "createdAt": event_ms,
                "data": shown(row),
            }
        ).encode(),
        event_ms=event_ms,
    )
