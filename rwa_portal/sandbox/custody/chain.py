"""The chain, as a custodian's own node answers."""

from typing import Any

import httpx

ETHER = 10**18


class ChainSilent(Exception):
    """The node does not answer."""


class ChainRefused(Exception):
    """The node answered with an error."""


class Chain:
    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(timeout=10, trust_env=False)

    def call(self, method: str, *params: Any) -> Any:
        """
        :raises ChainSilent, ChainRefused:
        """
        try:
            answer = self._client.post(
                self.url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
            ).json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChainSilent(type(error).__name__) from None
        if answer.get("error"):
            raise ChainRefused(str(answer["error"].get("message")))
        return answer["result"]

    def nonce(self, address: str) -> int:
        return int(self.call("eth_getTransactionCount", address, "pending"), 16)

    def fees(self) -> tuple[int, int]:
        """Return the highest fee and the tip to bid, wei a unit of gas."""
        block = self.call("eth_getBlockByNumber", "latest", False)
        tip = int(self.call("eth_maxPriorityFeePerGas"), 16)
        return 2 * int(block["baseFeePerGas"], 16) + tip, tip

    def gas(self, sender: str, recipient: str, calldata: str) -> int:
        """Return the gas to give; a call that would revert is sent all the same, as custodians do."""
        try:
            asked = {"from": sender, "to": recipient, "data": calldata}
            return int(self.call("eth_estimateGas", asked, "pending"), 16) * 13 // 10
        except ChainRefused:
            return 1_000_000

    def fund(self, address: str) -> None:
        """Give a vault of the dev chain gas money."""
        if int(self.call("eth_getBalance", address, "latest"), 16) < ETHER:
            self.call("anvil_setBalance", address, hex(100 * ETHER))

    def send(self, raw: str) -> None:
        try:
            self.call("eth_sendRawTransaction", raw)
        except ChainRefused as refusal:
            if "already" not in str(refusal).lower() and "nonce too low" not in str(refusal).lower():
                raise

    def receipt(self, tx_hash: str) -> dict[str, Any] | None:
        return self.call("eth_getTransactionReceipt", tx_hash)
