"""What tests do to a real anvil."""

from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings

from indexer import rpc


def call(method: str, *params):
    return rpc.client().call(method, list(params))


def mine(blocks: int = 1) -> None:
    for _ in range(blocks):
        call("evm_mine")


def receipt(tx_hash: str):
    return call("eth_getTransactionReceipt", tx_hash)


def nonce_of(address: str) -> int:
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
