"""
Fireblocks, spoken exactly.

- A request carries an RS256 token over path with query, a fresh nonce and the SHA-256 of the sent bytes.
- `externalTxId` is ours and unique for ever. A repeat is refused with 1438 and then looked up; one that is
  taken and leads nowhere was burnt by a request that failed.
- Its COMPLETED is its own opinion: our receipts decide.
"""

import hashlib
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
from django.conf import settings

from contracts.custody import (
    AnswerUnknown,
    NeedsAPerson,
    Progress,
    Refused,
    Request,
    Standing,
    VendorWallet,
    jose,
)
from contracts.custody.gas import simulate
from contracts.custody.line import Line, Said, VendorRefused, text, tx_hash

VENDOR = "Fireblocks"
TOKEN_LIFE_S = 55
ID_TAKEN = 1438
PAGE = 200
BASE_ASSETS = {
    42161: "ETH-AETH",
    421614: "ETH-AETH_SEPOLIA",
    8453: "BASECHAIN_ETH",
    84532: "BASECHAIN_ETH_TEST5",
    31337: "ANVIL_ETH",  # the sandbox's
}
IN_CUSTODY = {
    "SUBMITTED",
    "PENDING_AML_SCREENING",
    "PENDING_ENRICHMENT",
    "PENDING_AUTHORIZATION",
    "QUEUED",
    "PENDING_3RD_PARTY_MANUAL_APPROVAL",
    "PENDING_SIGNATURE",
    "PENDING_3RD_PARTY",
    "CANCELLING",  # it may still complete
}
SENT = {"BROADCASTING", "CONFIRMING", "COMPLETED"}
OVER = {"CANCELLED", "BLOCKED", "REJECTED", "FAILED", "TIMEOUT"}
BEFORE_SIGNING = {  # a failure for one of these reasons has sent nothing
    "AUTHORIZATION_FAILED",
    "API_CALL_LIMIT",
    "BLOCKED_BY_POLICY",
    "CANCELLED_BY_USER",
    "CANCELLED_BY_USER_REQUEST",
    "FAIL_ON_LOW_FEE",
    "GAS_LIMIT_TOO_LOW",
    "INSUFFICIENT_FUNDS",
    "INSUFFICIENT_FUNDS_FOR_FEE",
    "INVALID_CONTRACT_CALL_DATA",
    "MAX_FEE_EXCEEDED",
    "NONCE_ALLOCATION_FAILED",
    "REJECTED_BY_USER",
    "SIGNING_ERROR",
}


class Fireblocks:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._line = Line(VENDOR, settings.FIREBLOCKS_BASE_URL, sign_now, transport)

    def submit(self, request: Request) -> Standing:
        if request.is_first:
            simulate(request)
        try:
            said = self._line.post("/v1/transactions", _body(request))
        except VendorRefused as refusal:
            if refusal.code == ID_TAKEN:
                return self._adopt(request, refusal)
            raise
        return _standing({**said, "status": said.get("status") or "SUBMITTED"})

    def find(self, request: Request) -> Standing | None:
        said = self._get(f"/v1/transactions/external_tx_id/{request.external_id}")
        return None if said is None else _own(said, request)

    def status(self, request: Request) -> Standing | None:
        if not request.vendor_id:
            return self.find(request)
        said = self._get(f"/v1/transactions/{request.vendor_id}")
        return None if said is None else _own(said, request)

    def cancel(self, request: Request) -> Standing | None:
        said = self._get(f"/v1/transactions/external_tx_id/{request.external_id}")
        if said is None:
            raise AnswerUnknown(f"{VENDOR} does not know it; look it up again")
        if said.get("status") in OVER and not said.get("txHash"):
            return None  # it failed for a reason that a person has looked into
        self._line.post(f"/v1/transactions/{text(said, 'id', vendor=VENDOR)}/cancel", {})
        return self.status(request)

    def wallets(self) -> list[VendorWallet]:
        asset, found, after = base_asset(), [], ""
        while True:
            page = self._line.get(
                f"/v1/vault/accounts_paged?assetId={asset}&limit={PAGE}"
                + (f"&after={after}" if after else "")
            )
            found += [self._wallet(account, asset) for account in page.get("accounts") or []]
            after = str((page.get("paging") or {}).get("after") or "")
            if not after:
                return found

    def _wallet(self, account: Any, asset: str) -> VendorWallet:
        vault = text(account, "id", vendor=VENDOR)
        said = self._line.get(f"/v1/vault/accounts/{vault}/{asset}/addresses_paginated")
        first = (said.get("addresses") or [None])[0]
        return VendorWallet(
            vault=vault,
            name=str(account.get("name") or ""),
            address=text(first, "address", vendor=VENDOR),
            network=asset,
            chain_id=next((chain for chain, known in BASE_ASSETS.items() if known == asset), None),
        )

    def _get(self, target: str) -> Said | None:
        try:
            return self._line.get(target)
        except VendorRefused as refusal:
            if refusal.status == 404:
                return None
            raise AnswerUnknown(str(refusal)) from None

    def _adopt(self, request: Request, refusal: VendorRefused) -> Standing:
        standing = self.find(request)
        if standing is not None:
            return standing
        if request.is_first:
            raise AnswerUnknown("the external id is taken, but leads nowhere yet")
        raise Refused("its external id was used up by a request that failed and made nothing") from refusal


def sign_now(request: httpx.Request) -> None:
    sign(request, iat=int(time.time()), nonce=str(uuid.uuid4()))


def sign(request: httpx.Request, *, iat: int, nonce: str) -> None:
    """Add the two headers to a request whose bytes are final."""
    key = jose.private_key(settings.FIREBLOCKS_PRIVATE_KEY, setting="FIREBLOCKS_PRIVATE_KEY")
    token = jose.sign_rs256(claims_of(request, iat=iat, nonce=nonce), key)
    request.headers["X-API-Key"] = settings.FIREBLOCKS_API_KEY
    request.headers["Authorization"] = f"Bearer {token}"


def claims_of(request: httpx.Request, *, iat: int, nonce: str) -> dict[str, Any]:
    return {
        "uri": request.url.raw_path.decode(),
        "nonce": nonce,
        "iat": iat,
        "exp": iat + TOKEN_LIFE_S,
        "sub": settings.FIREBLOCKS_API_KEY,
        "bodyHash": hashlib.sha256(request.content).hexdigest(),
    }


def base_asset() -> str:
    """
    :raises Refused: for a chain the vendor does not know
    """
    try:
        return BASE_ASSETS[settings.CHAIN.chain_id]
    except KeyError:
        raise Refused(f"{VENDOR} has no base asset for chain {settings.CHAIN.chain_id}") from None


def _body(request: Request) -> dict[str, Any]:
    listed = settings.FIREBLOCKS_CONTRACT_WALLETS.get(request.to)
    one_time = {"type": "ONE_TIME_ADDRESS", "oneTimeAddress": {"address": request.to}}
    return {
        "operation": "CONTRACT_CALL",
        "assetId": base_asset(),
        "source": {"type": "VAULT_ACCOUNT", "id": request.wallet.vault},
        "destination": {"type": "CONTRACT", "id": listed} if listed else one_time,
        "amount": "0",
        "externalTxId": str(request.external_id),
        "feeLevel": "MEDIUM",
        "extraParameters": {"contractCallData": "0x" + request.calldata.hex()},
    }


def _own(said: Said, request: Request) -> Standing:
    if said.get("externalTxId") != str(request.external_id):
        raise AnswerUnknown(f"{VENDOR} answered about another transaction")
    return _standing(said)


def _standing(said: Said) -> Standing:
    status, sub_status = text(said, "status", vendor=VENDOR), str(said.get("subStatus") or "")
    named = tx_hash(said.get("txHash"), vendor=VENDOR)
    if status in ("FAILED", "TIMEOUT") and named is None and sub_status not in BEFORE_SIGNING:
        why = f"{VENDOR} says {status} {sub_status[:40]}, which leaves open whether it was sent"
        raise NeedsAPerson(f"{why}: ask the chain first")
    is_shown = sub_status and sub_status != "CONFIRMED"
    return Standing(
        vendor_id=text(said, "id", vendor=VENDOR),
        status=f"{status}: {sub_status}" if is_shown else status,
        progress=progress_of(status, sub_status, named),
        tx_hash=named,
        reason=sub_status or status,
        at=_moment(said.get("lastUpdated")),
    )


def progress_of(status: str, sub_status: str, named: str | None) -> Progress:
    """Put Fireblocks' word into ours. Mined and reverted is sent: the receipt says the rest."""
    if status in SENT or (sub_status == "SMART_CONTRACT_EXECUTION_FAILED" and named):
        return Progress.BROADCAST if named else Progress.IN_CUSTODY
    if status in IN_CUSTODY:
        return Progress.IN_CUSTODY
    return Progress.REJECTED if status in OVER else Progress.UNKNOWN_WORD


def _moment(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int) and value > 0 else None
