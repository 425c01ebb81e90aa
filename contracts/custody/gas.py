"""What a call costs, and whether it would work: asked of our own node, whoever signs."""

from dataclasses import dataclass
from typing import Any

from contracts.custody import AnswerUnknown, Refused, Request
from contracts.encoding import explain_revert
from indexer import rpc

GAS_MARGIN_PERCENT = 30  # a snapshot taken in between makes a transfer dearer


@dataclass(frozen=True)
class Fees:
    """Wei a unit of gas (EIP-1559)."""

    max_fee: int
    tip: int

    def doubled(self) -> "Fees":
        # A node takes a replacement from 10 % more on; doubling passes every node's rule.
        return Fees(2 * self.max_fee, 2 * self.tip)


def current_fees() -> Fees:
    """Twice the base fee, so that six full blocks in a row do not stop a transaction."""
    block, tip = rpc.client().batch(
        [("eth_getBlockByNumber", ["latest", False]), ("eth_maxPriorityFeePerGas", [])]
    )
    return Fees(2 * int(block["baseFeePerGas"], 16) + int(tip, 16), int(tip, 16))


def estimate_gas(sender: str, call: dict[str, Any]) -> int:
    """
    Simulate a call on what is waiting to be mined, and say what gas to give it.

    :raises Refused: it would revert; the message is the decoded reason
    """
    asked = {**call, "from": sender, "data": "0x" + call["data"].hex()}
    try:
        gas = int(rpc.client().call("eth_estimateGas", [asked, "pending"]), 16)
    except rpc.RpcRefused as refusal:
        if isinstance(refusal.data, str):
            raise Refused(explain_revert(bytes.fromhex(refusal.data.removeprefix("0x")))) from refusal
        raise
    return gas * (100 + GAS_MARGIN_PERCENT) // 100


def simulate(request: Request) -> None:
    """
    Make sure, before a custodian is asked for the first time, that the call would work.

    :raises Refused: it would revert; the message is the decoded reason
    :raises AnswerUnknown: our node does not say
    """
    try:
        estimate_gas(request.wallet.address, {"to": request.to, "data": request.calldata})
    except rpc.RpcError as error:
        raise AnswerUnknown(str(error)) from error
