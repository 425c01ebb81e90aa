"""The dev chain as the flows use it: a block comes when asked for or with a transaction, a second apart."""

from contextlib import contextmanager

from eth_account.signers.local import LocalAccount

from contracts import reads
from contracts.calls import Encoded
from contracts.custody import local
from contracts.custody.local import Fees
from contracts.encoding import explain_revert
from contracts.models import CustodyWallet
from indexer import rpc
from tests.contracts import chain

URGENT = Fees(10**12, 10**11)  # mined before everything that waits in the pool


class Refused(Exception):
    """The chain refuses a call; the message is the decoded reason."""


class Node:
    def __init__(self) -> None:
        chain.call("anvil_setBlockTimestampInterval", 1)

    def close(self) -> None:
        chain.call("anvil_removeBlockTimestampInterval")

    def head(self) -> int:
        return int(chain.call("eth_blockNumber"), 16)

    def time(self) -> int:
        return int(chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def mine(self, blocks: int = 1) -> None:
        chain.wait_for_pool()
        chain.call("anvil_mine", hex(blocks))

    def jump(self, seconds: int) -> None:
        chain.call("evm_setNextBlockTimestamp", self.time() + seconds)
        chain.call("evm_mine")

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by empty ones; what was in them is lost, as when no node kept it."""
        chain.wait_for_pool()
        chain.call("anvil_reorg", depth, [])

    def sign(self, key: LocalAccount, call: Encoded, *, nonce: int | None = None, fees: Fees | None = None):
        local.fund(key.address)
        nonce = chain.nonce_of(key.address) if nonce is None else nonce
        what = {"to": call.to, "data": call.calldata, "gas": 1_000_000}
        return local.sign(key, what, nonce=nonce, fees=fees or local.current_fees())

    def send(self, key: LocalAccount, call: Encoded) -> dict:
        """
        Send a call from outside the portal and wait until it is mined.

        :raises Refused: before it is sent, if it would revert
        """
        self.try_call(key.address, call)
        return self.send_raw(self.sign(key, call))

    def send_raw(self, payload) -> dict:
        tx_hash = chain.call("eth_sendRawTransaction", "0x" + payload.raw.hex())
        receipt = chain.receipt(tx_hash)
        assert receipt["status"] == "0x1", tx_hash
        return receipt

    def send_as(self, wallet: CustodyWallet, call: Encoded) -> dict:
        """Send a call of a custody wallet behind the portal's back."""
        return self.send(local.account(wallet.pk), call)

    def overtake_as(self, wallet: CustodyWallet, call: Encoded) -> None:
        """Put a call of a custody wallet before everything that waits in the pool."""
        payload = self.sign(local.account(wallet.pk), call, fees=URGENT)
        chain.call("eth_sendRawTransaction", "0x" + payload.raw.hex())

    def try_call(self, sender: str, call: Encoded) -> None:
        """
        :raises Refused:
        """
        asked = {"from": sender, "to": call.to, "data": "0x" + call.calldata.hex()}
        try:
            chain.call("eth_call", asked, "latest")
        except rpc.RpcRefused as refusal:
            if not isinstance(refusal.data, str):
                raise
            raise Refused(explain_revert(bytes.fromhex(refusal.data.removeprefix("0x")))) from None

    @contextmanager
    def not_mining(self):
        """Let transactions wait in the pool; mine them at the end."""
        with chain.not_mining():
            yield
            chain.call("evm_mine")

    def supply(self, token: str) -> int:
        return reads.total_supply(token)

    def locked(self, token: str, holder: str) -> int:
        return int(reads.ask(token, "AssetToken", "lockedOf", holder))

    def usdc(self, address: str) -> int:
        return reads.usdc_balance(address)

    def input_of(self, tx_hash: str) -> tuple[str, str]:
        found = chain.call("eth_getTransactionByHash", tx_hash)
        return found["to"], found["input"]
