"""
Anchorage, spoken exactly.

- A request is signed by Ed25519 over seconds, METHOD, path with query, body; nothing between.
- `idempotencyKey` is ours. There is no look-up by it: repeating the request is the look-up, and gets the
  first answer. So what was never answered counts as not found, and is repeated only after a fresh recheck.
- Its COMPLETED means signed and sent; the chain says the rest. It cannot be cancelled over the API.
"""

import time
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from eth_utils import keccak

from contracts.custody import AnswerUnknown, Progress, Refused, Request, Standing, VendorWallet
from contracts.custody.gas import simulate
from contracts.custody.line import KeyUnusable, Line, Said, VendorRefused, text, tx_hash, without_secrets

VENDOR = "Anchorage"
PAGE = 100
NETWORKS = {
    "ARBITRUM": 42161,
    "ARBITRUMSEP": 421614,
    "BASE": 8453,
    "BASESEP": 84532,
    "ANVIL": 31337,  # the sandbox's
}
PROGRESS = {
    "PENDING": Progress.IN_CUSTODY,
    "COMPLETED": Progress.BROADCAST,
    "FAILED": Progress.REJECTED,
}


class Anchorage:
    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._line = Line(VENDOR, settings.ANCHORAGE_BASE_URL, sign_now, transport)

    def submit(self, request: Request) -> Standing:
        if request.is_first:
            simulate(request)
        try:
            said = self._line.post("/v3/wallet-operations/create/propose-raw-transaction", _body(request))
        except VendorRefused as refusal:
            if refusal.status == 409 and request.is_first:
                raise AnswerUnknown(str(refusal)) from None  # its twin may be under way
            raise
        vendor_id = text(said, "walletOperationId", vendor=VENDOR)
        return Standing(vendor_id, "PENDING", Progress.IN_CUSTODY)

    def find(self, request: Request) -> Standing | None:
        return self.status(request) if request.vendor_id else None

    def status(self, request: Request) -> Standing | None:
        if not request.vendor_id:
            return None
        try:
            said = self._line.get(f"/v3/wallet-operations/{request.vendor_id}")
        except VendorRefused as refusal:
            if refusal.status == 404:
                return None
            raise AnswerUnknown(str(refusal)) from None
        operation = said.get("walletOperation")
        if text(operation, "walletOperationId", vendor=VENDOR) != request.vendor_id:
            raise AnswerUnknown(f"{VENDOR} answered about another operation")
        return _standing(operation or {})

    def cancel(self, request: Request) -> Standing | None:
        standing = self.status(request)
        if standing is not None and standing.progress == Progress.REJECTED and standing.tx_hash is None:
            return None  # for a reason that a person has looked into
        raise Refused(f"{VENDOR} cancels nothing over its API; reject it in its app, then look it up")

    def wallets(self) -> list[VendorWallet]:
        found: list[VendorWallet] = []
        after = ""
        while True:
            page = self._line.get(f"/v3/wallets?first={PAGE}" + (f"&after={after}" if after else ""))
            found += [_wallet(wallet) for wallet in page.get("wallets") or []]
            after = str((page.get("page") or {}).get("endCursor") or "")
            if not after:
                return found


def sign_now(request: httpx.Request) -> None:
    sign(request, ts=int(time.time()))


def sign(request: httpx.Request, *, ts: int) -> None:
    """Add the three headers to a request whose bytes are final."""
    signed = f"{ts}{request.method}".encode() + request.url.raw_path + request.content
    request.headers["Api-Access-Key"] = settings.ANCHORAGE_ACCESS_KEY
    request.headers["Api-Timestamp"] = str(ts)
    request.headers["Api-Signature"] = signing_key().sign(signed).hex()


def signing_key() -> Ed25519PrivateKey:
    """
    :raises KeyUnusable:
    """
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.ANCHORAGE_SIGNING_KEY))
    except ValueError:
        raise KeyUnusable("ANCHORAGE_SIGNING_KEY is no Ed25519 seed of 32 bytes in hex") from None


def _body(request: Request) -> dict[str, Any]:
    return {
        "sourceWalletId": request.wallet.vault,
        "idempotencyKey": str(request.external_id),
        "parameters": {
            "type": "ETH_SEND_TRANSACTION",
            "from": request.wallet.address,
            "to": request.to,
            "data": "0x" + request.calldata.hex(),
            "value": "0x0",
        },
    }


def _standing(said: Said) -> Standing:
    status = text(said, "status", vendor=VENDOR)
    progress = PROGRESS.get(status, Progress.UNKNOWN_WORD)
    named = tx_hash(said.get("expectedTransactionHash"), vendor=VENDOR)
    if progress == Progress.BROADCAST and named is None:
        named = _hash_of(said.get("signedTransaction"))
    if progress == Progress.BROADCAST and named is None:
        progress = Progress.IN_CUSTODY  # sent, but it does not say what
    reason = without_secrets(str(said.get("failureReason") or ""))
    return Standing(
        vendor_id=text(said, "walletOperationId", vendor=VENDOR),
        status=f"{status}: {reason}" if reason else status,
        progress=progress,
        tx_hash=named,
        reason=reason or status,
    )


def _hash_of(signed: Any) -> str | None:
    try:
        return "0x" + keccak(bytes.fromhex(str(signed or "").removeprefix("0x"))).hex() if signed else None
    except ValueError:
        raise AnswerUnknown(f"{VENDOR}'s signed transaction is malformed") from None


def _wallet(said: Any) -> VendorWallet:
    network = text(said, "networkId", vendor=VENDOR)
    deposit: Mapping[str, Any] = said.get("depositAddress") or {}
    return VendorWallet(
        vault=text(said, "walletId", vendor=VENDOR),
        name=str(said.get("walletName") or ""),
        address=text(deposit, "address", vendor=VENDOR),
        network=network,
        chain_id=NETWORKS.get(network),
    )
