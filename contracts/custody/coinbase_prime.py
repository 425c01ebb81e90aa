"""
Coinbase Prime, spoken exactly.

- A request is signed by HMAC over seconds, METHOD, path without query, body; the key is a plain string.
- There is no id of ours in it: a repeat is a second transaction. So the nonce is ours, committed with the
  unsigned payload: of two transactions with one nonce the chain takes one. Before a repeat the wallet's
  transactions are searched for that nonce.
- Gas is Prime's to set when it signs: an approval may take hours.
- It has no cancel and no notices. Its DONE is its own opinion: our receipts decide.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import httpx
import rlp
from django.conf import settings
from eth_utils import keccak, to_canonical_address

from contracts.custody import (
    AnswerUnknown,
    NeedsAPerson,
    Progress,
    Refused,
    Request,
    Standing,
    VendorWallet,
    lanes,
)
from contracts.custody.gas import Fees, current_fees, estimate_gas
from contracts.custody.lanes import Payload, nonces_used
from contracts.custody.line import KeyUnusable, Line, Said, VendorRefused, text, tx_hash
from contracts.models import Attempt
from indexer import rpc
from rwa_portal.core.actions import refuse_transaction

VENDOR = "Coinbase Prime"
PAGE = 100
PAGES_AT_MOST = 20
PREFIX = "TRANSACTION_"
NETWORKS = {
    ("arbitrum", "mainnet"): 42161,
    ("arbitrum", "sepolia"): 421614,
    ("base", "mainnet"): 8453,
    ("base", "sepolia"): 84532,
    ("anvil", "devnet"): 31337,  # the sandbox's
}
IN_CUSTODY = {
    "CREATED",
    "REQUESTED",
    "APPROVED",
    "GASSING",
    "GASSED",
    "PROVISIONED",
    "PLANNED",
    "CONSTRUCTED",
}
SENT = {"PROCESSING", "RESTORED", "BROADCASTING", "DELAYED", "DONE"}
OVER = {"CANCELLED", "REJECTED", "EXPIRED", "FAILED"}
SUPERSEDED = "RETRIED"


class CoinbasePrime:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._line = Line(VENDOR, settings.PRIME_BASE_URL, sign_now, transport)

    def submit(self, request: Request) -> Standing:
        refuse_transaction()
        attempt = Attempt.objects.get(external_id=request.external_id)
        if attempt.payload is None:
            attempt = _commit(request)
        wallet = f"{_portfolio()}/wallets/{request.wallet.vault}"
        said = self._line.post(f"{wallet}/onchain_transaction", _body(request, bytes(attempt.payload or b"")))
        return Standing(text(said, "transaction_id", vendor=VENDOR), "REQUESTED", Progress.IN_CUSTODY)

    def find(self, request: Request) -> Standing | None:
        refuse_transaction()
        attempt = Attempt.objects.get(external_id=request.external_id)
        if attempt.payload is None:
            return None  # it never got as far as a nonce
        try:
            used = nonces_used(request.wallet.address)
        except rpc.RpcError as error:
            raise AnswerUnknown(str(error)) from error
        standing = self._search(request, attempt.nonce or 0)
        if standing is None and used > (attempt.nonce or 0):
            raise NeedsAPerson(f"another transaction of its wallet has used nonce {attempt.nonce}")
        return standing

    def status(self, request: Request) -> Standing | None:
        if not request.vendor_id:
            return self.find(request)
        try:
            said = self._line.get(f"{_portfolio()}/transactions/{request.vendor_id}")
        except VendorRefused as refusal:
            if refusal.status == 404:
                return None
            raise AnswerUnknown(str(refusal)) from None
        transaction = said.get("transaction")
        if text(transaction, "id", vendor=VENDOR) != request.vendor_id:
            raise AnswerUnknown(f"{VENDOR} answered about another transaction")
        standing = _standing(transaction or {})
        return self.find(request) if standing.status == SUPERSEDED else standing

    def cancel(self, request: Request) -> Standing | None:
        if self._has_failed(request):
            return None  # for a reason that a person has looked into
        raise Refused(f"{VENDOR} cancels nothing over its API; reject it there, then look it up")

    def _has_failed(self, request: Request) -> bool:
        if not request.vendor_id:
            return False
        said = self._line.get(f"{_portfolio()}/transactions/{request.vendor_id}").get("transaction") or {}
        status = text(said, "status", vendor=VENDOR).removeprefix(PREFIX)
        return status in OVER and _hash_in(said, said.get("onchain_details") or {}) is None

    def wallets(self) -> list[VendorWallet]:
        return [_wallet(wallet) for wallet in self._all(f"{_portfolio()}/wallets?type=ONCHAIN&", "wallets")]

    def _search(self, request: Request, nonce: int) -> Standing | None:
        """Look for a call of ours among the wallet's newest; a living one wins over a failed one."""
        listed = f"{_portfolio()}/wallets/{request.wallet.vault}/transactions?sort_direction=DESC&"
        others = _of_other_attempts(request, nonce)
        found: Standing | None = None
        for said in self._all(listed, "transactions"):
            if not _is_ours(said, request, nonce) or said.get("id") in others:
                continue
            standing = _standing(said)
            if standing.progress != Progress.REJECTED and standing.status != SUPERSEDED:
                return standing
            found = found or (None if standing.status == SUPERSEDED else standing)
        return found

    def _all(self, target: str, name: str) -> Iterator[Any]:
        cursor = ""
        for _ in range(PAGES_AT_MOST):
            try:
                page = self._line.get(f"{target}limit={PAGE}" + (f"&cursor={cursor}" if cursor else ""))
            except VendorRefused as refusal:
                raise AnswerUnknown(str(refusal)) from None
            listed = page.get(name)
            if not isinstance(listed, list):
                raise AnswerUnknown(f"{VENDOR}'s answer lacks {name}")
            yield from listed
            pagination = page.get("pagination") or {}
            cursor = str(pagination.get("next_cursor") or "")
            if not pagination.get("has_next") or not cursor:
                return


def sign_now(request: httpx.Request) -> None:
    sign(request, ts=int(time.time()))


def sign(request: httpx.Request, *, ts: int) -> None:
    """Add the four headers to a request whose bytes are final."""
    if not settings.PRIME_SIGNING_KEY:
        raise KeyUnusable("PRIME_SIGNING_KEY is empty")
    path = request.url.raw_path.partition(b"?")[0]
    signed = f"{ts}{request.method}".encode() + path + request.content
    mac = hmac.new(settings.PRIME_SIGNING_KEY.encode(), signed, hashlib.sha256).digest()
    request.headers["X-CB-ACCESS-KEY"] = settings.PRIME_ACCESS_KEY
    request.headers["X-CB-ACCESS-PASSPHRASE"] = settings.PRIME_PASSPHRASE
    request.headers["X-CB-ACCESS-TIMESTAMP"] = str(ts)
    request.headers["X-CB-ACCESS-SIGNATURE"] = base64.b64encode(mac).decode()


def unsigned(request: Request, *, nonce: int, gas: int, fees: Fees) -> bytes:
    """Write an unsigned EIP-1559 transaction: type byte, then RLP of its nine fields."""
    fields = [
        request.chain_id,
        nonce,
        fees.tip,
        fees.max_fee,
        gas,
        to_canonical_address(request.to),
        0,
        request.calldata,
        [],
    ]
    return b"\x02" + rlp.encode(fields)


def _commit(request: Request) -> Attempt:
    try:
        gas = estimate_gas(request.wallet.address, {"to": request.to, "data": request.calldata})
        fees, used = current_fees(), nonces_used(request.wallet.address)
    except rpc.RpcError as error:
        raise AnswerUnknown(str(error)) from error
    return lanes.commit_payload(
        external_id=request.external_id,
        chain_id=request.chain_id,
        address=request.wallet.address,
        used=used,
        build=lambda nonce: Payload(unsigned(request, nonce=nonce, gas=gas, fees=fees), None),
    )


def _body(request: Request, payload: bytes) -> dict[str, Any]:
    return {
        "raw_unsigned_txn": payload.hex(),
        "rpc": {"skip_broadcast": False, "url": ""},
        "evm_params": {
            "disable_dynamic_gas": False,
            "disable_dynamic_nonce": True,
            "replaced_transaction_id": "",
            "chain_id": str(request.chain_id),
            "network_name": "",
        },
    }


def _portfolio() -> str:
    return f"/v1/portfolios/{settings.PRIME_PORTFOLIO_ID}"


def _is_ours(said: Any, request: Request, nonce: int) -> bool:
    details = said.get("onchain_details") if isinstance(said, dict) else None
    if not isinstance(details, dict):
        return False
    recipient = str(details.get("destination_address") or "").lower()
    return str(details.get("nonce")) == str(nonce) and recipient == request.to.lower()


def _of_other_attempts(request: Request, nonce: int) -> set[str]:
    """A refused call leaves its nonce to the next one; its transaction must not pass for that one's."""
    same = Attempt.objects.filter(operation__wallet=request.wallet, nonce=nonce)
    others = same.exclude(external_id=request.external_id).exclude(vendor_id="")
    return set(others.values_list("vendor_id", flat=True))


def _standing(said: Said) -> Standing:
    status = text(said, "status", vendor=VENDOR).removeprefix(PREFIX)
    details: Said = said.get("onchain_details") or {}
    named = _hash_in(said, details)
    reason = str(details.get("failure_reason") or "")[:200]
    if status == "FAILED" and named is None:
        raise NeedsAPerson(
            f"{VENDOR} says FAILED, which leaves open whether it was sent: ask the chain first"
        )
    return Standing(
        vendor_id=text(said, "id", vendor=VENDOR),
        status=f"{status}: {reason}" if reason and status in OVER else status,
        progress=progress_of(status, named),
        tx_hash=named,
        reason=reason or status,
    )


def progress_of(status: str, named: str | None) -> Progress:
    """Put Prime's word, without its prefix, into ours."""
    if status in SENT:
        return Progress.BROADCAST if named else Progress.IN_CUSTODY
    if status in IN_CUSTODY or status == SUPERSEDED:
        return Progress.IN_CUSTODY
    return Progress.REJECTED if status in OVER else Progress.UNKNOWN_WORD


def _hash_in(said: Said, details: Said) -> str | None:
    ids = said.get("blockchain_ids") or []
    if ids:
        return tx_hash(ids[-1], vendor=VENDOR)
    signed = str(details.get("signed_transaction") or "").removeprefix("0x")
    try:
        return "0x" + keccak(bytes.fromhex(signed)).hex() if signed else None
    except ValueError:
        raise AnswerUnknown(f"{VENDOR}'s signed transaction is malformed") from None


def _wallet(said: Any) -> VendorWallet:
    network = (said.get("network") or {}) if isinstance(said, dict) else {}
    name, kind = str(network.get("id") or ""), str(network.get("type") or "")
    return VendorWallet(
        vault=text(said, "id", vendor=VENDOR),
        name=str(said.get("name") or ""),
        address=text(said, "address", vendor=VENDOR),
        network=f"{name}-{kind}",
        chain_id=NETWORKS.get((name, kind)),
    )
