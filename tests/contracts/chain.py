"""What tests do to a real anvil."""

import time
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings

from contracts.custody import local
from contracts.custody.local import Fees
from indexer import rpc


def call(method: str, *params):
    return rpc.client().call(method, list(params))


def mine(blocks: int = 1) -> None:
    for _ in range(blocks):
        call("evm_mine")


def wait_for_pool() -> None:
    """The dev chain answers a little before it has mined."""
    until = time.monotonic() + 5
    while int(call("txpool_status")["pending"], 16) and time.monotonic() < until:
        time.sleep(0.01)


def receipt(tx_hash: str):
    wait_for_pool()
    return call("eth_getTransactionReceipt", tx_hash)


def nonce_of(address: str) -> int:
    wait_for_pool()
    return int(call("eth_getTransactionCount", address, "latest"), 16)


@contextmanager
def not_mining():
    """Let transactions wait in the pool."""
    call("evm_setAutomine", False)
    try:
        yield
    finally:
        call("evm_setAutomine", True)


def parameters(url: str):
    return replace(settings.CHAIN, chain_id=31337, rpc_urls=(url,), rule="blocks", confirmations=2)


def send_first(wallet, encoded) -> None:
    """Send a call of a custody wallet with fees that put it before everything that waits."""
    _send(wallet, {"to": encoded.to, "data": encoded.calldata, "gas": 300_000}, Fees(10**12, 10**11))


def spend_nonce(wallet) -> None:
    """Use the wallet's next nonce behind the portal's back."""
    _send(wallet, {"to": wallet.address, "data": b"", "gas": 21_000}, Fees(10**12, 10**11))


def _send(wallet, transaction, fees) -> None:
    local.fund(wallet.address)
    key = local.account(wallet.pk)
    payload = local.sign(
        key, transaction, nonce=int(call("eth_getTransactionCount", wallet.address, "latest"), 16), fees=fees
    )
    call("eth_sendRawTransaction", "0x" + payload.raw.hex())
