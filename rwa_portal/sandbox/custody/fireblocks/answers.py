from typing import Any

from flask import Response, jsonify

from rwa_portal.sandbox.store import Row

ASSET, ASSET_ELSEWHERE = "ANVIL_ETH", "ETH_TEST5"
STATUS = {
    "WAITING": "PENDING_AUTHORIZATION",
    "APPROVED": "PENDING_SIGNATURE",
    "SIGNED": "BROADCASTING",
    "SENT": "CONFIRMING",
    "DONE": "COMPLETED",
}
FAILURES = {  # status, sub-status
    "policy": ("BLOCKED", "BLOCKED_BY_POLICY"),
    "user": ("REJECTED", "REJECTED_BY_USER"),
    "cancelled": ("CANCELLED", "CANCELLED_BY_USER_REQUEST"),
    "signing": ("FAILED", "SIGNING_ERROR"),
    "reverted": ("FAILED", "SMART_CONTRACT_EXECUTION_FAILED"),
    "dropped": ("FAILED", "DROPPED_BY_BLOCKCHAIN"),
}
UNKNOWN = "PENDING_MOON_PHASE"


def refused(status: int, message: str, code: int = 0) -> Response:
    answer = jsonify({"message": message, "code": code})
    answer.status_code = status
    answer.headers["X-Request-ID"] = "sandbox"
    return answer


def status_of(row: Row) -> tuple[str, str]:
    if row["stage"] == "FAILED":
        return FAILURES.get(row["reason"], ("FAILED", "INTERNAL_ERROR"))
    if row["fault"] == "unknown_status" and row["stage"] == "APPROVED":
        return UNKNOWN, ""
    return STATUS[row["stage"]], "CONFIRMED" if row["stage"] == "DONE" else ""


def shown(row: Row) -> dict[str, Any]:
    """Write a transaction as the API and the notices show it."""
    status, sub_status = status_of(row)
    is_named = row["stage"] in ("SENT", "DONE") or row["reason"] in ("reverted", "dropped")
    said: dict[str, Any] = {
        "id": row["id"],
        "externalTxId": row["external_id"],
        "status": status,
        "subStatus": sub_status,
        "txHash": row["tx_hash"] if is_named else "",
        "operation": "CONTRACT_CALL",
        "assetId": ASSET,
        "source": {"type": "VAULT_ACCOUNT", "id": row["vault"], "name": row["vault"]},
        "destinationAddress": row["recipient"],
        "amount": "0",
        "numOfConfirmations": 1 if row["stage"] == "DONE" else 0,
        "networkRecords": [],
        "signedBy": [],
        "rejectedBy": "",
        "createdBy": "sandbox-api-user",
        "createdAt": row["created_ms"],
        "lastUpdated": row["updated_ms"],
        "extraParameters": {"contractCallData": row["calldata"]},
    }
    if row["replaced_hash"]:
        said["replacedTxHash"] = row["replaced_hash"]
    if row["block_number"] is not None:
        said["blockInfo"] = {"blockHeight": str(row["block_number"]), "blockHash": row["block_hash"]}
    if row["reason"] == "reverted":
        said["errorDescription"] = "execution reverted"
    return said
