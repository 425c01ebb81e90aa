"""
A signer for chain 31337 only: every custody wallet has a key derived from LOCAL_SIGNER_SEED and its id.

- Keys live in memory while a transaction is signed; they are neither stored nor logged.
- What is signed is committed with its nonce before it is sent, so a second try sends the same bytes.
- A call that would revert is refused before it takes a nonce.
"""

import base64
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from eth_account import Account
from eth_account.signers.local import LocalAccount

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
from contracts.models import Attempt
from indexer import rpc
from rwa_portal.core.actions import refuse_transaction

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
ETHER = 10**18
PLAIN_TRANSFER_GAS = 21_000


class LocalSignerRefused(ImproperlyConfigured):
    """The local signer signs for chain 31337 only, and needs LOCAL_SIGNER_SEED."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def account(name: UUID | str) -> LocalAccount:
    """
    The key of a custody wallet, or of a named account of the dev chain ("deployer").

    :raises LocalSignerRefused: on any other chain
    """
    if not settings.CHAIN.is_dev or not settings.LOCAL_SIGNER_SEED:
        raise LocalSignerRefused
    # 48 bytes modulo the order leave no bias that matters (RFC 9380, section 5).
    derived = HKDF(hashes.SHA256(), 48, salt=None, info=f"rwa-portal/local-signer/{name}".encode())
    number = int.from_bytes(derived.derive(base64.b64decode(settings.LOCAL_SIGNER_SEED)), "big")
    return Account.from_key((number % (CURVE_ORDER - 1) + 1).to_bytes(32, "big"))


def address_of(name: UUID | str) -> str:
    return account(name).address


class LocalSigner:
    """A custodian in this process."""

    def submit(self, request: Request) -> Standing:
        refuse_transaction()
        attempt = Attempt.objects.get(external_id=request.external_id)
        if attempt.payload is None:
            attempt = _prepare(request)
        else:
            _fund_again(request.wallet.address)
        return broadcast(attempt)

    def find(self, request: Request) -> Standing | None:
        refuse_transaction()
        attempt = Attempt.objects.get(external_id=request.external_id)
        if attempt.payload is None:
            return None  # it never got as far as a nonce
        try:
            used = nonces_used(request.wallet.address)
            if is_known(attempt):
                return standing_of(attempt)
        except rpc.RpcError as error:
            raise AnswerUnknown(str(error)) from error
        if used > (attempt.nonce or 0):
            raise NeedsAPerson(f"another transaction of its wallet has used nonce {attempt.nonce}")
        return None

    def status(self, request: Request) -> Standing | None:
        return self.find(request)

    def wallets(self) -> list[VendorWallet]:
        return []  # made when they are asked for

    def cancel(self, request: Request) -> Standing | None:
        refuse_transaction()
        attempt = Attempt.objects.get(external_id=request.external_id)
        if attempt.payload is None:
            return None
        try:
            if nonces_used(request.wallet.address) > (attempt.nonce or 0):
                raise Refused("its nonce is used already: see what the chain did")
            fees = current_fees().doubled()
        except rpc.RpcError as error:
            raise AnswerUnknown(str(error)) from error
        own = {"to": request.wallet.address, "data": b"", "gas": PLAIN_TRANSFER_GAS}
        void = lanes.commit_void(
            external_id=request.external_id,
            chain_id=request.chain_id,
            address=request.wallet.address,
            build=lambda nonce: sign(account(request.wallet.pk), own, nonce=nonce, fees=fees),
        )
        return broadcast(void)


def _fund_again(address: str) -> None:
    """A reorganisation of the dev chain takes the gas money back, too."""
    try:
        fund(address)
    except rpc.RpcError as error:
        raise AnswerUnknown(str(error)) from error


def broadcast(attempt: Attempt) -> Standing:
    """
    Send what was committed; sending it again is harmless.

    :raises AnswerUnknown: it may or may not be out
    """
    refuse_transaction()
    try:
        rpc.client().call("eth_sendRawTransaction", ["0x" + bytes(attempt.payload or b"").hex()])
    except rpc.RpcRefused as refusal:
        # "already known" or "nonce too low": a transaction that the node has is sent, whatever it says.
        if not _is_known_or_silent(attempt):
            raise AnswerUnknown(refusal.reason) from refusal
    except rpc.RpcError as error:
        raise AnswerUnknown(str(error)) from error
    return standing_of(attempt)


def standing_of(attempt: Attempt) -> Standing:
    return Standing(str(attempt.external_id), "BROADCAST", Progress.BROADCAST, attempt.tx_hash)


def is_known(attempt: Attempt) -> bool:
    """Whether the node has the transaction, mined or waiting."""
    return rpc.client().call("eth_getTransactionByHash", [attempt.tx_hash]) is not None


def sign(key: LocalAccount, call: dict[str, Any], *, nonce: int, fees: Fees) -> Payload:
    signed = key.sign_transaction(
        {
            "type": 2,
            "chainId": settings.CHAIN.chain_id,
            "nonce": nonce,
            "value": 0,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.tip,
            **call,
        }
    )
    return Payload(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())


def fund(address: str) -> None:
    """Give an account of the dev chain gas money. Anvil's own call; no other chain has it."""
    if not settings.CHAIN.is_dev:
        raise LocalSignerRefused
    client = rpc.client()
    if int(client.call("eth_getBalance", [address, "latest"]), 16) < ETHER:
        client.call("anvil_setBalance", [address, hex(100 * ETHER)])


def _prepare(request: Request) -> Attempt:
    key = account(request.wallet.pk)
    if key.address != request.wallet.address:
        raise Refused("LOCAL_SIGNER_SEED is not the one this wallet was made with")
    call: dict[str, Any] = {"to": request.to, "data": request.calldata}
    try:
        fund(key.address)
        gas, fees = estimate_gas(key.address, call), current_fees()
        used = nonces_used(key.address)
    except rpc.RpcError as error:
        raise AnswerUnknown(str(error)) from error
    return lanes.commit_payload(
        external_id=request.external_id,
        chain_id=request.chain_id,
        address=key.address,
        used=used,
        build=lambda nonce: sign(key, {**call, "gas": gas}, nonce=nonce, fees=fees),
    )


def _is_known_or_silent(attempt: Attempt) -> bool:
    try:
        return is_known(attempt)
    except rpc.RpcError:
        return False
