"""Fireblocks' API as the vendor documents it: same paths, same bodies, same refusals."""

import re
from typing import Any

from flask import Blueprint, jsonify, request

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody.book import Book, ExternalIdTaken
from rwa_portal.sandbox.custody.faulty import answered
from rwa_portal.sandbox.custody.fireblocks.answers import ASSET, ASSET_ELSEWHERE, refused, shown
from rwa_portal.sandbox.custody.fireblocks.signing import Gate, NoticeSigner
from rwa_portal.sandbox.custody.vaults import Vault, Vaults

VENDOR = "fireblocks"
TAKEN = "The external tx id that was provided in the request, already exists"
DATA = re.compile(r"0x([0-9a-f]{2})*")


def blueprint(config: Custody, book: Book, vaults: Vaults, signer: NoticeSigner) -> Blueprint:
    api = Blueprint("fireblocks", __name__)
    gate = Gate(config)

    @api.before_request
    def check() -> Any:
        return None if request.path.startswith("/.well-known") else gate.check(request)

    @api.get("/.well-known/jwks.json")
    def jwks() -> Any:
        answer = jsonify(signer.jwks())
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer

    _create_route(api, config, book, vaults)
    _read_routes(api, book)
    _vault_routes(api, vaults)
    return api


def _create_route(api: Blueprint, config: Custody, book: Book, vaults: Vaults) -> None:
    @api.post("/v1/transactions")
    def create() -> Any:
        said: Any = request.get_json(silent=True)
        wrong = _what_is_wrong(said, vaults)
        if wrong:
            return refused(400, wrong, 1400)
        external_id = str(said["externalTxId"]) if said.get("externalTxId") else None
        try:
            return answered(
                book,
                VENDOR,
                external_id,
                hang_s=config.hang_s,
                refused=refused,
                create=lambda: book.create(
                    VENDOR,
                    external_id=external_id,
                    vault=said["source"]["id"],
                    recipient=said["destination"]["oneTimeAddress"]["address"],
                    calldata=said["extraParameters"]["contractCallData"],
                ),
                shown=lambda row: jsonify({"id": row["id"], "status": "SUBMITTED"}),
            )
        except ExternalIdTaken:
            return refused(400, TAKEN, 1438)

    @api.post("/v1/transactions/<transaction_id>/cancel")
    def cancel(transaction_id: str) -> Any:
        row = book.get(transaction_id)
        if row is None:
            return refused(404, "Not found", 1404)
        if not book.cancel(row):
            return refused(400, "The transaction can no longer be cancelled", 1430)
        return jsonify({"success": True})


def _what_is_wrong(said: Any, vaults: Vaults) -> str:
    if not isinstance(said, dict) or said.get("operation") != "CONTRACT_CALL":
        return "Only CONTRACT_CALL is known here"
    try:
        source, address = said["source"], said["destination"]["oneTimeAddress"]["address"]
        vault, data = vaults.find(VENDOR, source["id"]), said["extraParameters"]["contractCallData"]
        is_complete = source["type"] == "VAULT_ACCOUNT" and said["destination"]["type"] == "ONE_TIME_ADDRESS"
    except (KeyError, TypeError):
        return "source, destination and extraParameters.contractCallData are required"
    if not is_complete or vault is None:
        return "Unknown source or destination"
    if said.get("assetId") != (ASSET_ELSEWHERE if vault.is_elsewhere else ASSET):
        return "The vault has no wallet of this asset"
    if not re.fullmatch("0x[0-9a-fA-F]{40}", str(address)) or not DATA.fullmatch(str(data)):
        return "The address or the call data is malformed"
    return "" if said.get("amount") == "0" else "amount is required, as a string"


def _read_routes(api: Blueprint, book: Book) -> None:
    @api.get("/v1/transactions/external_tx_id/<external_id>")
    def by_external_id(external_id: str) -> Any:
        row = book.by_external_id(VENDOR, external_id)
        return jsonify(shown(row)) if row else refused(404, "Not found", 1404)

    @api.get("/v1/transactions/<transaction_id>")
    def one(transaction_id: str) -> Any:
        row = book.get(transaction_id)
        return jsonify(shown(row)) if row else refused(404, "Not found", 1404)


def _vault_routes(api: Blueprint, vaults: Vaults) -> None:
    @api.get("/v1/vault/accounts_paged")
    def accounts() -> Any:
        asset = request.args.get("assetId", "")
        limit, after = min(int(request.args.get("limit", "100")), 500), int(request.args.get("after") or "0")
        mine = [vault for vault in vaults.of(VENDOR) if not asset or asset == asset_of(vault)]
        page = mine[after : after + limit]
        paging = {"after": str(after + limit)} if after + limit < len(mine) else {}
        return jsonify(
            {
                "accounts": [
                    {"id": vault.id, "name": vault.name, "assets": [{"id": asset_of(vault)}]}
                    for vault in page
                ],
                "paging": paging,
            }
        )

    @api.get("/v1/vault/accounts/<vault_id>/<asset>/addresses_paginated")
    def addresses(vault_id: str, asset: str) -> Any:
        vault = vaults.find(VENDOR, vault_id)
        if vault is None or asset != asset_of(vault):
            return refused(404, "Not found", 1404)
        return jsonify({"addresses": [{"assetId": asset, "address": vault.address, "tag": ""}], "paging": {}})


def asset_of(vault: Vault) -> str:
    return ASSET_ELSEWHERE if vault.is_elsewhere else ASSET
