"""Assets with holders, and dividends in any state. Rows are written directly; interfaces have tests."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import Max

from contracts.models import ChainOperation, Deployment
from corporate_actions import actions
from corporate_actions.models import DividendClaim, DividendDistribution
from indexer import registry as indexer
from indexer.models import Block, Cursor, EventLog, Holding, HoldingChange
from indexer.registry import Event
from rwa_portal.core.models import AuditEvent, IdempotencyKey
from tests.people import AT
from tests.subscriptions.factories import hash_of, make_asset, make_buyer, new_address, number

REASON = "Papers checked."
DAY = timedelta(days=1)
USDC = 10**6
AMOUNT = 1000 * USDC
PAY_DATE = (AT + DAY).date()
EXPIRES_AT = AT + 30 * DAY
DISTRIBUTOR, FACTORY, PAYMENT_TOKEN, TREASURY = (f"0x{at:040d}" for at in (11, 12, 13, 14))
SUITE = {
    "DividendDistributor": DISTRIBUTOR,
    "AssetFactory": FACTORY,
    "USDC": PAYMENT_TOKEN,
    "RedemptionModule": f"0x{15:040x}",
}
RECORD_BLOCK = 100


def deploy_suite() -> None:
    for name, address in SUITE.items():
        Deployment.objects.create(
            network="dev",
            chain_id=settings.CHAIN.chain_id,
            name=name,
            address=address,
            abi_version="v1",
            code_hash=hash_of(name),
            block_number=1,
            deployed_at=AT,
        )
    confirmed_until(RECORD_BLOCK + 100)


def confirmed_until(block_number: int) -> None:
    position = {"head_number": block_number, "head_at": AT, "confirmed_number": block_number}
    Cursor.objects.update_or_create(
        chain_id=settings.CHAIN.chain_id, defaults={"renewed_at": AT, "polled_at": AT, **position}
    )


def give(asset, wallet: str, units: int, block: int = 50) -> None:
    """Say that a wallet holds units since a block."""
    place = {"chain_id": settings.CHAIN.chain_id, "token": asset.token_address, "wallet": wallet}
    Holding.objects.update_or_create(**place, defaults={"units": units, "updated_block": block})
    HoldingChange.objects.update_or_create(**place, block_number=block, defaults={"units": units})


def asset_held_by(*units: int, **columns):
    """An asset and its holders' wallets, each with its units; the holders are verified investors."""
    asset = make_asset(**columns)
    wallets = [make_buyer() for _ in units]
    for wallet, held in zip(wallets, units, strict=True):
        give(asset, wallet.address, held)
    return asset, wallets


def terms(asset, **changes) -> actions.DistributionTerms:
    given = {"amount": AMOUNT, "distribution_date": PAY_DATE, "expires_at": EXPIRES_AT, **changes}
    return actions.DistributionTerms(asset_id=asset.pk, **given)


def drafted(asset, by, **changes) -> DividendDistribution:
    return actions.draft_distribution(terms=terms(asset, **changes), by=by, at=AT)


def snapshotted(asset, by, **changes) -> DividendDistribution:
    distribution = drafted(asset, by, **changes)
    actions.declare_distribution(distribution_id=distribution.pk, by=by, at=AT, reason=REASON)
    hear(declared(distribution))
    return again(distribution)


def opened(asset, by, **changes) -> DividendDistribution:
    distribution = snapshotted(asset, by, **changes)
    hear(funded(distribution, distribution.amount), said(distribution, "Opened"))
    return again(distribution)


def again(distribution: DividendDistribution) -> DividendDistribution:
    return DividendDistribution.objects.select_related("asset").get(pk=distribution.pk)


def event(
    name: str,
    address: str,
    *,
    block: int | None = None,
    log_index: int = 5,
    tx_hash: str | None = None,
    **payload,
) -> Event:
    """A confirmed event, with the log and the block it comes from."""
    abi, short = name.split(".")
    seq = number() + 10**6
    block_number = block or RECORD_BLOCK + 1 + seq % 50
    row = Block.objects.filter(number=block_number, is_canonical=True).first() or Block.objects.create(
        hash=hash_of(f"block {block_number} {seq}"),
        chain_id=settings.CHAIN.chain_id,
        number=block_number,
        parent_hash=hash_of("parent"),
        at=AT,
        is_canonical=True,
    )
    log = EventLog.objects.create(
        id=uuid.uuid4(),
        seq=seq,
        chain_id=settings.CHAIN.chain_id,
        block=row,
        block_number=block_number,
        log_index=log_index,
        tx_hash=tx_hash or hash_of(seq),
        address=address,
        abi=abi,
        abi_version="v1",
        event_name=short,
        decoded_payload=payload,
        parties=[],
        topics=b"",
        data=b"",
        processed_at=AT,
    )
    return Event(
        id=log.pk,
        seq=seq,
        abi=abi,
        name=short,
        address=address,
        tx_hash=log.tx_hash,
        log_index=log_index,
        block_number=block_number,
        block_at=AT,
        payload=payload,
    )


def project(*events: Event) -> None:
    for each in events:
        for projection in indexer.projections_of(each.full_name):
            projection([each])


def hear(*events: Event) -> None:
    """As the indexer does with confirmed logs: facts of all of them first, then what moves life cycles."""
    project(*events)
    for each in events:
        if indexer.has_reaction(each.full_name):
            indexer.dispatch(each)


def declared(distribution: DividendDistribution, *, chain_number: int | None = None, **place) -> Event:
    operation = ChainOperation.objects.filter(subject=distribution.pk).order_by("-requested_at").first()
    asset = distribution.asset
    holdings = Holding.objects.filter(token=asset.token_address)
    tx_hash = hash_of(operation.pk) if operation else None
    if operation is not None and operation.tx_hash is None:
        operation.tx_hash = tx_hash
        operation.save()
    return event(
        "DividendDistributor.DividendDeclared",
        DISTRIBUTOR,
        **{"block": RECORD_BLOCK, "tx_hash": tx_hash, **place},
        id=str(chain_number or number()),
        token=asset.token_address,
        snapshotId="1",
        amount=str(distribution.amount),
        expiry=str(int(distribution.expires_at.timestamp())),
        eligible=str(sum(holding.units for holding in holdings)),
    )


def said(distribution: DividendDistribution, what: str, **payload: str) -> Event:
    payload = {"id": str(distribution.number), **payload}
    return event(f"DividendDistributor.Dividend{what}", DISTRIBUTOR, **payload)


def funded(distribution: DividendDistribution, amount: int) -> Event:
    total = again(distribution).total_funded + amount
    return said(distribution, "Funded", funder=TREASURY, added=str(amount), total=str(total))


def claimed(distribution: DividendDistribution, wallet: str, amount: int) -> Event:
    token = distribution.asset.token_address
    return said(distribution, "Claimed", token=token, holder=wallet, to=wallet, amount=str(amount))


def held(distribution: DividendDistribution, wallet: str, amount: int) -> Event:
    return said(distribution, "Held", holder=wallet, amount=str(amount))


def skipped(distribution: DividendDistribution, wallet: str, reason: str = "0x") -> Event:
    return said(distribution, "ClaimSkipped", holder=wallet, reason=reason)


def swept(distribution: DividendDistribution, amount: int, to: str | None = None) -> Event:
    return said(distribution, "Swept", to=to or TREASURY, amount=str(amount))


def cancelled(distribution: DividendDistribution, returned: int) -> Event:
    return said(distribution, "Cancelled", to=TREASURY, returned=str(returned))


def unclaimed_account_set(asset, account: str) -> Event:
    return event("AssetFactory.UnclaimedAccountSet", FACTORY, token=asset.token_address, account=account)


def moved(asset, from_: str, to: str, units: int, *, block: int, log_index: int) -> Event:
    payload = {"from": from_, "to": to, "value": str(units)}
    place = {"block": block, "log_index": log_index}
    return event("AssetToken.Transfer", asset.token_address, **place, **payload)


def written() -> tuple[object, ...]:
    """Everything an action could leave behind."""
    models = (DividendDistribution, DividendClaim, ChainOperation, AuditEvent, IdempotencyKey)
    statuses = tuple(DividendDistribution.objects.order_by("pk").values_list("pk", "status", "total_funded"))
    histories = DividendDistribution.history.aggregate(last=Max("history_id"))["last"]
    return (*(model.objects.count() for model in models), statuses, histories)


__all__ = ["make_buyer", "new_address"]
