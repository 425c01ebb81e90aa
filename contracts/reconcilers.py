"""What the chain says of tokens, holdings, roles and operations, against our rows of them."""

from collections.abc import Iterator
from functools import partial

from django.conf import settings

from contracts import deployments
from contracts.models import ChainOperation, RoleFact, State
from contracts.queries import event_has_taken_effect
from contracts.reads import Question, ask_all
from contracts.registry import hooks, kinds
from indexer.findings import Finding, Kind
from indexer.models import Block, EventLog
from indexer.queries import held_at, total_held_at, wallets_after
from rwa_portal.core.chain_values import ZERO_ADDRESS

AT_ONCE = 500  # wallets read and asked for together
LOOK = "Compare the token's Transfers on chain with the event log: something is missing from it."


def tokens_at(block: Block) -> list[str]:
    """Return every token that the factory had deployed by the end of a block."""
    logs = EventLog.objects.confirmed_at(block.number).filter(abi="AssetFactory", event_name="AssetDeployed")
    return list(logs.order_by("seq").values_list("decoded_payload__token", flat=True))


def supplies(block: Block) -> Iterator[Finding]:
    """Each token's supply is what its holders have together."""
    tokens = tokens_at(block)
    answers = ask_all([Question(token, "AssetToken", "totalSupply") for token in tokens], block=block)
    for token, supply in zip(tokens, answers, strict=True):
        held = total_held_at(token, block.number)
        if held != supply:
            yield Finding(
                Kind.UNKNOWN,
                f"supply:{token}",
                str(supply),
                str(held),
                {"token": token},
                LOOK,
                reread=partial(total_held_at, token, block.number),
                summary=f"The chain's supply of {token} is {supply}, our holdings sum to {held}.",
            )


def holdings(block: Block) -> Iterator[Finding]:
    """Every wallet that holds or ever held a token has on chain what our row says."""
    for token in tokens_at(block):
        wallet = ZERO_ADDRESS
        while wallets := wallets_after(token, wallet, limit=AT_ONCE):
            yield from _holdings(token, wallets, block)
            wallet = wallets[-1]


def _holdings(token: str, wallets: list[str], block: Block) -> Iterator[Finding]:
    held = held_at(token, block.number, wallets)
    questions = [Question(token, "AssetToken", "balanceOf", (wallet,)) for wallet in wallets]
    for wallet, balance in zip(wallets, ask_all(questions, block=block), strict=True):
        units = held.get(wallet, 0)
        if units != balance:
            yield _holding(token, wallet, balance=str(balance), units=str(units), block=block)


def _holding(token: str, wallet: str, *, balance: str, units: str, block: Block) -> Finding:
    return Finding(
        Kind.UNKNOWN,
        f"indexer_holding:{block.chain_id}:{token}:{wallet}",
        balance,
        units,
        {"token": token, "wallet": wallet},
        LOOK,
        reread=lambda: held_at(token, block.number, [wallet]).get(wallet, 0),
        summary=f"{wallet} has {balance} units of {token} on chain, {units} in our row.",
    )


def roles(block: Block) -> Iterator[Finding]:
    """Every role ever granted is held on chain exactly where our row says so."""
    facts = list(RoleFact.objects.filter(updated_block__lte=block.number).order_by("role", "account"))
    if not facts:
        return
    registry = deployments.address("RoleRegistry")
    questions = [
        Question(registry, "RoleRegistry", "hasRole", (bytes.fromhex(fact.role[2:]), fact.account))
        for fact in facts
    ]
    for fact, is_held in zip(facts, ask_all(questions, block=block), strict=True):
        if fact.is_held != is_held:
            evidence = {"role": fact.role, "account": fact.account}
            subject = f"contracts_rolefact:{block.chain_id}:{fact.role}:{fact.account}"
            yield Finding(
                Kind.UNKNOWN,
                subject,
                str(is_held),
                str(fact.is_held),
                evidence,
                LOOK,
                reread=partial(_is_held, fact),
            )


def _is_held(fact: RoleFact) -> bool:
    same = {"chain_id": settings.CHAIN.chain_id, "role": fact.role, "account": fact.account}
    return RoleFact.objects.filter(**same, is_held=True).exists()


def effects(block: Block) -> Iterator[Finding]:
    """Every confirmed operation's event has taken effect here by the end of the block it is in."""
    expecting = [kind for kind in kinds() if hooks(kind).expects]
    waiting = ChainOperation.objects.filter(
        state=State.CONFIRMED, settled_at=None, kind__in=expecting, block_number__lte=block.number
    )
    for operation in waiting.order_by("block_number", "id"):
        name = hooks(operation.kind).expects or ""
        if not event_has_taken_effect(tx_hash=operation.tx_hash or "", name=name):
            evidence = {"operation": str(operation.pk), "kind": operation.kind, "tx": operation.tx_hash}
            yield Finding(
                Kind.INDEXER_LAG,
                f"operation:{operation.pk}",
                f"{name} has taken effect",
                "no effect",
                evidence,
                "See the parked events; compare the transaction's events with what the indexer has stored.",
            )
