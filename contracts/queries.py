"""What pages ask about operations, and operations about the chain's record here. No writes."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from eth_utils import keccak

from contracts import deployments
from contracts.deployment_plan import ROLES
from contracts.encoding import Described, describe_call
from contracts.models import Attempt, ChainOperation, CustodyWallet, Deployment, RoleFact
from indexer.models import Cursor, EventLog, ReactionFailure, Watched
from indexer.registry import has_reaction
from rwa_portal.core.errors import DomainError


class TimelockNotHeard(DomainError):
    """The indexer has not heard yet how long the timelock waits; ask again once it has caught up."""


def event_has_taken_effect(*, tx_hash: str, name: str) -> bool:
    """Whether a transaction's event is confirmed here and its consumer has run."""
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    if cursor is None:
        return False
    abi, event_name = name.split(".")
    reached = Q(block_number__lte=cursor.confirmed_number or 0)
    if has_reaction(name):
        reached &= Q(block_number__lt=cursor.reacted_number) | Q(
            block_number=cursor.reacted_number, log_index__lte=cursor.reacted_index
        )
    logs = EventLog.objects.canonical().filter(reached, tx_hash=tx_hash, abi=abi, event_name=event_name)
    parked = ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE)
    return logs.exclude(pk__in=parked.values("event")).exists()


def timelock_delay() -> timedelta:
    """
    How long the timelock makes everybody wait, as it has said itself in the newest canonical block.

    :raises TimelockNotHeard:
    :raises contracts.deployments.ContractNotDeployed:
    """
    said = EventLog.objects.canonical().filter(
        address=deployments.address("Timelock"), abi="UpgradeTimelock", event_name="MinDelayChange"
    )
    newest = said.order_by("-block_number", "-log_index").first()
    if newest is None or newest.decoded_payload is None:
        raise TimelockNotHeard
    return timedelta(seconds=int(newest.decoded_payload["newDuration"]))


def unclaimed_transactions(*, event: str, since: datetime) -> list[str]:
    """List the newest transactions with an event ("Escrow.OrderSettled") that no request of ours claims."""
    abi, name = event.split(".")
    logs = EventLog.objects.canonical().filter(abi=abi, event_name=name, block__at__gte=since)
    claimed = Attempt.objects.exclude(tx_hash=None).values("tx_hash")
    newest = logs.exclude(tx_hash__in=claimed).order_by("-block_number", "-log_index")
    return list(dict.fromkeys(newest.values_list("tx_hash", flat=True)[:50]))


def contract_at(address: str) -> str:
    """What people call the contract at an address: "Escrow", "USDC"; empty if it is none of ours."""
    here = {"chain_id": settings.CHAIN.chain_id, "address": address}
    deployed = Deployment.objects.filter(**here).values_list("name", flat=True).first()
    return deployed or Watched.objects.filter(**here).values_list("abi", flat=True).first() or ""


def describe(operation: ChainOperation) -> Described | None:
    """Decode what an operation calls; None if no contract of ours has such a function."""
    name = contract_at(operation.to)
    abi = {"USDC": "FiatTokenV2_2", "Timelock": "UpgradeTimelock"}.get(name, name)
    described = describe_call(bytes(operation.calldata), abi or None)
    return replace(described, contract=name or described.contract) if described else None


@cache
def role_names() -> dict[str, str]:
    """Platform roles by the word the chain knows them by."""
    known = {"0x" + keccak(role.encode()).hex(): role.value for role in ROLES}
    return {"0x" + "00" * 32: "DEFAULT_ADMIN", **known}


def with_roles(wallets: QuerySet[CustodyWallet]) -> QuerySet[CustodyWallet]:
    """Add `roles_held`, the role words each wallet holds at the confirmed block."""
    held = RoleFact.objects.filter(
        chain_id=settings.CHAIN.chain_id, account=OuterRef("address"), is_held=True
    )
    return wallets.annotate(roles_held=ArraySubquery(held.values("role")))
