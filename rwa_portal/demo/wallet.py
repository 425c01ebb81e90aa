"""An investor's own wallet and read-only eyes on the chain: what MetaMask and an explorer are to a person."""

from typing import Any

import httpx
from eth_abi import decode, encode
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils import function_signature_to_4byte_selector as selector
from eth_utils import to_checksum_address

from rwa_portal.demo.report import StepFailed, wait_for


class Chain:
    """Plain JSON-RPC."""

    def __init__(self, url: str) -> None:
        self._http, self._id = httpx.Client(base_url=url, timeout=30), 0

    def call(self, method: str, *params: Any) -> Any:
        self._id += 1
        body = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        answer = self._http.post("", json=body).json()
        if "error" in answer:
            raise ChainRefused(answer["error"].get("message", ""), answer["error"].get("data") or "")
        return answer["result"]

    def read(
        self, to: str, signature: str, *arguments: Any, returns: str = "uint256", block: str = "latest"
    ) -> Any:
        """Call a view: read(token, "balanceOf(address)", wallet)."""
        data = calldata(signature, *arguments)
        raw = self.call("eth_call", {"to": to, "data": data}, block)
        return decode([returns], bytes.fromhex(raw[2:]))[0]

    def block_number(self) -> int:
        return int(self.call("eth_blockNumber"), 16)


class ChainRefused(StepFailed):
    """The node or the contract said no; `data` is the custom error."""

    def __init__(self, message: str, data: str) -> None:
        super().__init__(message)
        self.data = data


class InvestorWallet:
    """A key that never leaves this process."""

    def __init__(self, chain: Chain) -> None:
        self._account, self._chain = Account.create(), chain
        self.address = self._account.address

    def sign_text(self, text: str) -> str:
        return "0x" + self._account.sign_message(encode_defunct(text=text)).signature.hex().removeprefix("0x")

    def sign_typed(self, typed: dict[str, Any]) -> str:
        message = encode_typed_data(full_message=typed)
        return "0x" + self._account.sign_message(message).signature.hex().removeprefix("0x")

    def send(self, to: str, data: str) -> dict[str, Any]:
        """
        Sign, send and wait for the receipt.

        :raises ChainRefused: when the contract refuses, before anything is sent
        """
        call = {"from": self.address, "to": to, "data": data}
        gas = int(self._chain.call("eth_estimateGas", call), 16)
        transaction = {
            "to": to_checksum_address(to), "data": data, "value": 0, "gas": gas * 12 // 10, "type": 2,
            "chainId": int(self._chain.call("eth_chainId"), 16),
            "nonce": int(self._chain.call("eth_getTransactionCount", self.address, "pending"), 16),
            "maxFeePerGas": 2 * int(self._chain.call("eth_gasPrice"), 16), "maxPriorityFeePerGas": 0,
        }  # fmt: skip
        raw = self._account.sign_transaction(transaction).raw_transaction
        tx_hash = self._chain.call("eth_sendRawTransaction", "0x" + raw.hex().removeprefix("0x"))
        receipt = wait_for("the receipt", lambda: self._chain.call("eth_getTransactionReceipt", tx_hash))
        return dict(receipt)  # type: ignore[call-overload]


def calldata(signature: str, *arguments: Any) -> str:
    """ABI-encode a call: calldata("transfer(address,uint256)", to, 5)."""
    types = signature[signature.index("(") + 1 : -1]
    return "0x" + (selector(signature) + encode(types.split(",") if types else [], list(arguments))).hex()
