"""What every encoded call is made of."""

from typing import NamedTuple

from contracts import deployments
from contracts.encoding import encode_call


class Encoded(NamedTuple):
    """Whom to call, and with exactly which bytes."""

    to: str
    calldata: bytes


def call(contract: str, function: str, *arguments: object) -> Encoded:
    """
    Call a contract that stands once on a chain.

    :raises contracts.deployments.ContractNotDeployed:
    """
    return call_at(deployments.address(contract), contract, function, *arguments)


def call_at(to: str, contract: str, function: str, *arguments: object) -> Encoded:
    """Call a contract of which there are many, a token or an escrow."""
    return Encoded(to, encode_call(contract, function, *arguments))


def raw_bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def bytes32(text: str) -> bytes:
    word = raw_bytes(text)
    if len(word) != 32:
        raise ValueError("not 32 bytes")
    return word
