"""Anchorage's API as far as contract calls need it. A repeated key repeats the first answer."""

import base64
import re
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody.anchorage.signing import Gate, NoticeSigner, refused
from rwa_portal.sandbox.custody.book import Book, ExternalIdTaken
from rwa_portal.sandbox.custody.faulty import answered, as_response
from rwa_portal.sandbox.custody.notices import Queue
from rwa_portal.sandbox.custody.vaults import Vault, Vaults
from rwa_portal.sandbox.store import Row, as_json

VENDOR = "anchorage"
NETWORK, NETWORK_ELSEWHERE = "ANVIL", "ETHHOODI"
UNKNOWN = "CONTEMPLATING"
DATA = re.compile(r"0x([0-9a-f]{2})*")


def blueprint(config: Custody, book: Book, vaults: Vaults, signer: NoticeSigner) -> Blueprint:
    api = Blueprint("anchorage", __name__)
    gate = Gate(config)
    api.before_request(lambda: gate.check(request))
    _create_route(api, config, book, vaults)
    _read_routes(api, book, vaults)

    @api.get("/v2/webhook/validation-key")
    def validation_key() -> Any:
        return jsonify({"value": signer.public_hex()})

    return api


def _create_route(api: Blueprint, config: Custody, book: Book, vaults: Vaults) -> None:
    def taken(row: Row) -> Any:
        return as_response(jsonify({"walletOperationId": row["id"]}), 202)

    @api.post("/v3/wallet-operations/create/propose-raw-transaction")
    def propose() -> Any:
        said: Any = request.get_json(silent=True)
        wrong = _what_is_wrong(said, vaults)
        if wrong:
            return refused(400, wrong)
        key, asked = str(said["idempotencyKey"]), said["parameters"]
        try:
            return answered(
                book,
                VENDOR,
                key,
                hang_s=config.hang_s,
                refused=refused,
                create=lambda: book.create(
                    VENDOR,
                    external_id=key,
                    vault=said["sourceWalletId"],
                    recipient=asked["to"],
                    calldata=asked["data"],
                ),
                shown=taken,
            )
        except ExternalIdTaken as again:
            row = again.row
            if row is None:
                return refused(409, "This idempotency key belongs to a request that failed")
            same = (row["vault"], row["recipient"], row["calldata"])
            if same != (said["sourceWalletId"], asked["to"], asked["data"]):
                return refused(409, "This idempotency key belongs to another request")
            return taken(row)


def _what_is_wrong(said: Any, vaults: Vaults) -> str:
    try:
        vault, asked = vaults.find(VENDOR, said["sourceWalletId"]), said["parameters"]
        key, sender, recipient, data = said["idempotencyKey"], asked["from"], asked["to"], asked["data"]
    except (KeyError, TypeError):
        return "sourceWalletId, idempotencyKey and parameters are required"
    if asked.get("type") != "ETH_SEND_TRANSACTION" or asked.get("value") != "0x0":
        return "Only ETH_SEND_TRANSACTION without value is known here"
    if vault is None or vault.is_elsewhere:
        return "The wallet is unknown, or its network takes no raw transactions"
    if sender != vault.address or not 0 < len(str(key)) <= 128:
        return "from is not the wallet's address, or the key is too long"
    if not re.fullmatch("0x[0-9a-fA-F]{40}", str(recipient)) or not DATA.fullmatch(str(data)):
        return "to or data is malformed"
    return ""


def _read_routes(api: Blueprint, book: Book, vaults: Vaults) -> None:
    @api.get("/v3/wallet-operations/<operation_id>")
    def one(operation_id: str) -> Any:
        row = book.get(operation_id)
        return jsonify({"walletOperation": shown(row)}) if row else refused(404, "No such operation")

    @api.get("/v3/wallet-operations")
    def listed() -> Any:
        rows = book.of_vault(VENDOR, request.args.get("walletId", ""))[:100]
        return jsonify({"walletOperations": [shown(row) for row in rows], "page": {"endCursor": None}})

    @api.get("/v3/wallets")
    def wallets() -> Any:
        mine = vaults.of(VENDOR)
        after, first = request.args.get("after", ""), min(int(request.args.get("first", "100")), 100)
        begin = next((n + 1 for n, vault in enumerate(mine) if vault.id == after), 0)
        page = mine[begin : begin + first]
        end = page[-1].id if page and begin + first < len(mine) else None
        return jsonify({"wallets": [_wallet(vault) for vault in page], "page": {"endCursor": end}})


def _wallet(vault: Vault) -> dict[str, Any]:
    return {
        "walletId": vault.id,
        "walletName": vault.name,
        "networkId": NETWORK_ELSEWHERE if vault.is_elsewhere else NETWORK,
        "vaultId": "sandbox-vault",
        "isArchived": False,
        "depositAddress": {"address": vault.address},
    }


def shown(row: Row) -> dict[str, Any]:
    said: dict[str, Any] = {
        "walletOperationId": row["id"],
        "networkId": NETWORK,
        "status": _status(row),
        "createdAt": datetime.fromtimestamp(row["created_ms"] / 1000, UTC).isoformat(timespec="milliseconds"),
    }
    if row["stage"] in ("SENT", "DONE") or row["reason"] in ("reverted", "dropped", "internal"):
        said |= {"expectedTransactionHash": row["tx_hash"], "signedTransaction": row["raw"]}
    if said["status"] == "FAILED":
        said["failureReason"] = row["reason"]
    return said


def _status(row: Row) -> str:
    if row["fault"] == "unknown_status" and row["stage"] == "APPROVED":
        return UNKNOWN
    # What the chain made of it is not this vendor's business: sent is completed.
    if row["stage"] in ("SENT", "DONE") or row["reason"] == "reverted":
        return "COMPLETED"
    return "FAILED" if row["stage"] == "FAILED" else "PENDING"


def tell(queue: Queue, row: Row) -> None:
    """Write a notice of a change: off at first, since the vendor does not say whether it writes any."""
    if row["vendor"] != VENDOR or queue.sender.store.switch("notices.anchorage") != "on":
        return
    payload = base64.b64encode(as_json({"walletOperationId": row["id"]}).encode()).decode()
    kind = "wallet-operation.updated"
    queue.put(
        VENDOR,
        row["id"],
        kind,
        lambda notice_id: as_json(
            {
                "payload": payload,
                "timestamp": int(time.time()),
                "message_id": notice_id,
                "event_type": kind,
            }
        ).encode(),
        event_ms=row["updated_ms"],
    )
