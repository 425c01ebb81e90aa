"""Coinbase Prime's API as far as contract calls need it. It has no idempotency: what comes twice is made."""

from datetime import UTC, datetime
from typing import Any

import rlp
from eth_utils import to_checksum_address
from flask import Blueprint, jsonify, request

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody.book import Book
from rwa_portal.sandbox.custody.faulty import answered
from rwa_portal.sandbox.custody.prime.signing import Gate, refused
from rwa_portal.sandbox.custody.vaults import Vault, Vaults
from rwa_portal.sandbox.store import Row

VENDOR = "prime"
STATUS = {
    "WAITING": "CREATED",
    "APPROVED": "APPROVED",
    "SIGNED": "CONSTRUCTED",
    "SENT": "BROADCASTING",
    "DONE": "DONE",
}
FAILURES = {"policy": "REJECTED", "user": "REJECTED", "cancelled": "CANCELLED"}
NETWORK = {"id": "anvil", "type": "devnet"}
NETWORK_ELSEWHERE = {"id": "ethereum", "type": "hoodi"}


def blueprint(config: Custody, book: Book, vaults: Vaults) -> Blueprint:
    api = Blueprint("prime", __name__, url_prefix=f"/v1/portfolios/{config.prime_portfolio}")
    gate = Gate(config)
    api.before_request(lambda: gate.check(request))
    _create_route(api, config, book, vaults)
    _transaction_routes(api, config, book)
    _wallet_routes(api, vaults)
    return api


def _create_route(api: Blueprint, config: Custody, book: Book, vaults: Vaults) -> None:
    @api.post("/wallets/<wallet_id>/onchain_transaction")
    def create(wallet_id: str) -> Any:
        said, vault = request.get_json(silent=True), vaults.find(VENDOR, wallet_id)
        if vault is None or vault.is_elsewhere:
            return refused(404, "wallet not found on this network")
        try:
            known = _unpacked(said, config.chain_id)
        except (KeyError, TypeError, ValueError, rlp.DecodingError) as error:
            return refused(400, f"raw_unsigned_txn or evm_params is not valid: {error}")
        return answered(
            book,
            VENDOR,
            None,
            hang_s=config.hang_s,
            refused=refused,
            create=lambda: book.create(VENDOR, external_id=None, vault=wallet_id, **known),
            shown=lambda row: jsonify({"transaction_id": row["id"]}),
        )


def _unpacked(said: Any, chain_id: int) -> dict[str, Any]:
    raw = bytes.fromhex(said["raw_unsigned_txn"])
    params = said["evm_params"]
    if raw[:1] != b"\x02" or params["chain_id"] != str(chain_id):
        raise ValueError("an EIP-1559 payload of another chain or type")
    fields = rlp.decode(raw[1:])
    if len(fields) != 9 or fields[8]:
        raise ValueError("nine fields, the last empty, are expected")
    number = [int.from_bytes(field, "big") for field in fields[:5]]
    if number[0] != chain_id or fields[6]:
        raise ValueError("another chain, or a value")
    known: dict[str, Any] = {
        "recipient": to_checksum_address("0x" + fields[5].hex()),
        "calldata": "0x" + fields[7].hex(),
    }
    if params.get("disable_dynamic_nonce"):
        known["nonce"] = number[1]
    if params.get("disable_dynamic_gas"):
        known |= {"tip": number[2], "max_fee": number[3], "gas": number[4]}
    return known


def _transaction_routes(api: Blueprint, config: Custody, book: Book) -> None:
    @api.get("/transactions/<transaction_id>")
    def one(transaction_id: str) -> Any:
        row = book.get(transaction_id)
        return jsonify({"transaction": shown(row, config)}) if row else refused(404, "transaction not found")

    @api.get("/wallets/<wallet_id>/transactions")
    def listed(wallet_id: str) -> Any:
        rows, after = book.of_vault(VENDOR, wallet_id), request.args.get("cursor", "")
        limit = min(int(request.args.get("limit", "25")), 500)
        begin = next((n + 1 for n, row in enumerate(rows) if row["id"] == after), 0)
        page = rows[begin : begin + limit]
        has_next = begin + limit < len(rows)
        return jsonify(
            {
                "transactions": [shown(row, config) for row in page],
                "pagination": {
                    "next_cursor": page[-1]["id"] if page and has_next else "",
                    "sort_direction": "DESC",
                    "has_next": has_next,
                },
            }
        )


def _wallet_routes(api: Blueprint, vaults: Vaults) -> None:
    @api.get("/wallets")
    def wallets() -> Any:
        mine, after = vaults.of(VENDOR), request.args.get("cursor", "")
        limit = min(int(request.args.get("limit", "25")), 100)
        begin = next((n + 1 for n, vault in enumerate(mine) if vault.id == after), 0)
        page, has_next = mine[begin : begin + limit], begin + limit < len(mine)
        return jsonify(
            {
                "wallets": [_wallet(vault) for vault in page],
                "pagination": {"next_cursor": page[-1].id if page and has_next else "", "has_next": has_next},
            }
        )


def _wallet(vault: Vault) -> dict[str, Any]:
    return {
        "id": vault.id,
        "name": vault.name,
        "symbol": "ETH",
        "type": "ONCHAIN",
        "address": vault.address,
        "network": NETWORK_ELSEWHERE if vault.is_elsewhere else NETWORK,
    }


def shown(row: Row, config: Custody) -> dict[str, Any]:
    is_signed = row["stage"] in ("SENT", "DONE") or row["reason"] in ("reverted", "dropped")
    details: dict[str, Any] = {
        "chain_id": str(config.chain_id),
        "nonce": "" if row["nonce"] is None else str(row["nonce"]),
        "destination_address": row["recipient"],
        "skip_broadcast": False,
        "signing_status": "SIGNED" if is_signed else "UNSIGNED",
        "replaced_transaction_id": "",
        "failure_reason": row["reason"],
    }
    if is_signed:
        details["signed_transaction"] = row["raw"].removeprefix("0x")
    at = {
        name: datetime.fromtimestamp(row[name] / 1000, UTC).isoformat()
        for name in ("created_ms", "updated_ms")
    }
    return {
        "id": row["id"],
        "wallet_id": row["vault"],
        "portfolio_id": config.prime_portfolio,
        "type": "ONCHAIN_TRANSACTION",
        "status": f"TRANSACTION_{_status(row)}",
        "symbol": "ETH",
        "created_at": at["created_ms"],
        "completed_at": at["updated_ms"] if row["stage"] == "DONE" else None,
        "amount": "0",
        "blockchain_ids": [row["tx_hash"]] if is_signed else [],
        "network_info": NETWORK,
        "onchain_details": details,
    }


def _status(row: Row) -> str:
    if row["fault"] == "unknown_status" and row["stage"] == "APPROVED":
        return "MEDITATING"
    if row["stage"] == "FAILED":
        return FAILURES.get(row["reason"], "FAILED")
    return STATUS[row["stage"]]
