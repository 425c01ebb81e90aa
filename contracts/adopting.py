"""
A call that its custodian gave up, or cannot speak of, may have been sent all the same.

Only a transaction of the same wallet to the same contract with the same calldata is taken for it, and only
one that no request of ours has claimed. Its receipt then decides, as ever.
"""

from datetime import datetime, timedelta
from uuid import UUID

from contracts.models import ChainOperation, State
from contracts.operations import lock, save
from contracts.queries import unclaimed_transactions
from contracts.registry import hooks
from indexer import rpc
from rwa_portal.core.actions import action

CLOCKS_DIFFER = timedelta(minutes=1)  # the chain's time and ours


def find(operation: ChainOperation) -> str | None:
    """
    Look among the transactions that caused the event a call must cause.

    :raises rpc.RpcError:
    """
    expected = hooks(operation.kind).expects
    if expected is None:
        return None
    since = operation.requested_at - CLOCKS_DIFFER
    hashes = unclaimed_transactions(event=expected, since=since)
    asked = [("eth_getTransactionByHash", [tx_hash]) for tx_hash in hashes]
    for tx_hash, said in zip(hashes, rpc.client().batch(asked), strict=True):
        if said and _is_the_call(operation, said):
            return tx_hash
    return None


@action
def adopt(*, operation_id: UUID, tx_hash: str, at: datetime) -> None:
    """Take a transaction found on the chain for what a call that needs review was sent as."""
    operation = lock(operation_id)
    if operation.state != State.NEEDS_REVIEW or operation.tx_hash is not None:
        return
    attempt = operation.attempts.filter(is_void=False).order_by("-number").first()
    if attempt is None:
        return
    attempt.tx_hash = tx_hash
    attempt.save(update_fields=["tx_hash"])
    operation.record_broadcast(tx_hash)
    save(operation, at=at, note="found on the chain")


def _is_the_call(operation: ChainOperation, said: dict[str, str]) -> bool:
    sent = (said["from"].lower(), (said["to"] or "").lower(), said["input"].lower())
    calldata = "0x" + bytes(operation.calldata).hex()
    return sent == (operation.wallet.address.lower(), operation.to.lower(), calldata)
