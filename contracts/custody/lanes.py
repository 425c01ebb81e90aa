"""
Numbering transactions ourselves, for custodians that do not.

- A lane's row is its lock: two workers never get one nonce.
- Nonce, payload and hash are committed together, before anything is sent; what is sent again is exactly that.
- The nonce of a call that its custodian refused is given to the next one: a gap would stop the lane for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from contracts.custody import AnswerUnknown
from contracts.models import Attempt, ChainOperation, NonceLane, State
from indexer import rpc
from rwa_portal.core.actions import action


@dataclass(frozen=True)
class Payload:
    """A transaction ready to be sent, or to be signed by others: then its hash is not known yet."""

    raw: bytes
    tx_hash: str | None


@action
def commit_payload(
    *, external_id: UUID, chain_id: int, address: str, used: int, build: Callable[[int], Payload]
) -> Attempt:
    """
    Give an attempt the next nonce and keep what was built with it; the same again if it has one.

    `used` is how many nonces the chain counts for the address: a lane that lags behind catches up.

    :raises AnswerUnknown: if the operation is no longer this worker's to send, after it slept too long
    """
    operation_id = Attempt.objects.values_list("operation_id", flat=True).get(external_id=external_id)
    if ChainOperation.objects.select_for_update().get(pk=operation_id).state != State.SUBMITTING:
        raise AnswerUnknown("somebody else has taken the operation over")
    lane = _lock(chain_id, address)
    attempt = Attempt.objects.get(external_id=external_id)
    if attempt.payload is None:
        attempt.nonce = _free(lane, used)
        _keep(attempt, build(attempt.nonce))
        lane.next_nonce = max(lane.next_nonce, attempt.nonce + 1)
        lane.save(update_fields=["next_nonce"])
    return attempt


@action
def commit_void(
    *, external_id: UUID, chain_id: int, address: str, build: Callable[[int], Payload]
) -> Attempt:
    """Keep an empty transaction with the nonce of an attempt that must not happen; once."""
    _lock(chain_id, address)
    attempt = Attempt.objects.get(external_id=external_id)
    void = Attempt.objects.filter(operation=attempt.operation_id, is_void=True, nonce=attempt.nonce).first()
    if void is None:
        number = attempt.number + 1
        void = Attempt(
            operation_id=attempt.operation_id,
            number=number,
            external_id=uuid5(attempt.operation_id, str(number)),
            nonce=attempt.nonce,
            is_void=True,
        )
        _keep(void, build(attempt.nonce or 0))
    return void


def _lock(chain_id: int, address: str) -> NonceLane:
    name = {"chain_id": chain_id, "address": address}
    NonceLane.objects.get_or_create(**name, defaults={"next_nonce": 0})
    return NonceLane.objects.select_for_update(of=("self",)).get(**name)


def nonces_used(address: str) -> int:
    """
    Ask the chain how many transactions of an address it holds.

    :raises rpc.RpcError:
    """
    return int(rpc.client().call("eth_getTransactionCount", [address, "latest"]), 16)


def _free(lane: NonceLane, used: int) -> int:
    """Return the lowest nonce that nothing living holds and the chain has not seen."""
    given = Attempt.objects.filter(
        operation__wallet__address=lane.address, operation__chain_id=lane.chain_id, nonce__gte=used
    )
    over = (State.REJECTED, State.CANCELLED)
    living = set(given.exclude(operation__state__in=over).values_list("nonce", flat=True))
    refused = given.filter(operation__state__in=over).values_list("nonce", flat=True)
    free = [nonce for nonce in refused if nonce is not None and nonce not in living]
    return min(free, default=max(lane.next_nonce, used))


def _keep(attempt: Attempt, payload: Payload) -> None:
    attempt.payload, attempt.tx_hash = payload.raw, payload.tx_hash
    attempt.save()
