"""USDC out of nothing, by the account that stands for Circle. Chain 31337 only."""

from time import monotonic, sleep
from typing import Any

from django.conf import settings

from contracts import deployments
from contracts.custody import local
from contracts.encoding import encode_call
from indexer import rpc
from rwa_portal.core.errors import DomainError

WITHIN_S = 30


class OnlyOnTheDevChain(DomainError):
    """Test money exists on chain 31337 only."""


class NotMinted(DomainError):
    """The dev chain did not mine the transaction in time, or it reverted."""


def mint(*, to: str, amount: int) -> str:
    """
    Give an address micro-USDC and return the transaction's hash. Waits until it is mined.

    :raises OnlyOnTheDevChain:
    :raises NotMinted:
    """
    if not settings.CHAIN.is_dev:
        raise OnlyOnTheDevChain
    circle = local.account("circle")
    local.fund(circle.address)
    usdc = deployments.address("USDC")
    allow = encode_call("FiatTokenV2_2", "configureMinter", circle.address, 2**256 - 1)
    give = encode_call("FiatTokenV2_2", "mint", to, amount)
    nonce = int(rpc.client().call("eth_getTransactionCount", [circle.address, "pending"]), 16)
    fees = local.current_fees()
    hashes = []
    for offset, data in enumerate((allow, give)):
        call: dict[str, Any] = {"to": usdc, "data": data, "gas": 200_000}
        payload = local.sign(circle, call, nonce=nonce + offset, fees=fees)
        hashes.append(rpc.client().call("eth_sendRawTransaction", ["0x" + payload.raw.hex()]))
    _wait(hashes[-1])
    return hashes[-1]


def _wait(tx_hash: str) -> None:
    until = monotonic() + WITHIN_S
    while monotonic() < until:
        receipt = rpc.client().call("eth_getTransactionReceipt", [tx_hash])
        if receipt:
            if int(receipt["status"], 16) != 1:
                raise NotMinted
            return
        sleep(0.1)
    raise NotMinted
