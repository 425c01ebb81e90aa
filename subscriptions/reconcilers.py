"""What an escrow holds on chain, against what its orders and payments say."""

from collections.abc import Iterator

from django.db.models import QuerySet, Sum

from assets.models import Asset
from contracts import deployments
from contracts.reads import Question, ask_all
from indexer.findings import Finding, Kind
from indexer.models import Block, EventLog
from subscriptions.models import OrderFact, Payment

Kinds = OrderFact.Kind
OUT = [Kinds.SETTLED, Kinds.REFUNDED, Kinds.PAYMENT_RETURNED]
LOOK = "Compare the USDC Transfers into and out of the escrow with its payments, orders and refunds."


def escrows(block: Block) -> Iterator[Finding]:
    """Each escrow holds what was paid in and is neither settled, refunded, returned nor rescued."""
    assets = list(Asset.objects.on_chain().filter(deployed_at__lte=block.at).order_by("id"))
    if not assets:
        return
    usdc = deployments.address("USDC")
    questions = [Question(usdc, "FiatTokenV2_2", "balanceOf", (asset.escrow_address,)) for asset in assets]
    for asset, balance in zip(assets, ask_all(questions, block=block), strict=True):
        paid_in, paid_out = _booked_in(asset, block), _paid_out(asset, block)
        if paid_in - paid_out != balance:
            yield _escrow(asset, block, balance=str(balance), paid_in=paid_in, paid_out=paid_out)


def _escrow(asset: Asset, block: Block, *, balance: str, paid_in: int, paid_out: int) -> Finding:
    found, escrow = str(paid_in - paid_out), str(asset.escrow_address)
    return Finding(
        Kind.UNKNOWN,
        f"escrow:{escrow}",
        balance,
        found,
        {"asset": str(asset.pk), "escrow": escrow, "paid_in": str(paid_in), "paid_out": str(paid_out)},
        LOOK,
        reread=lambda: _said_to_come_in(asset, block) - _paid_out(asset, block),
        summary=f"Escrow {escrow} holds {balance} micro-USDC on chain, {found} in our books.",
    )


def _booked_in(asset: Asset, block: Block) -> int:
    return _sum(Payment.objects.filter(escrow=asset.escrow_address, block_number__lte=block.number))


def _said_to_come_in(asset: Asset, block: Block) -> int:
    """Sum the transfers into the escrow from the events, whatever was booked."""
    logs = EventLog.objects.confirmed_at(block.number).filter(abi="USDC", event_name="Transfer")
    into = logs.filter(decoded_payload__to=asset.escrow_address)
    return sum(int(value) for value in into.values_list("decoded_payload__value", flat=True).iterator())


def _paid_out(asset: Asset, block: Block) -> int:
    facts = OrderFact.objects.filter(source=asset.escrow_address, block_number__lte=block.number)
    return _sum(facts.filter(kind__in=OUT)) + _rescued(asset, block)


def _rescued(asset: Asset, block: Block) -> int:
    logs = EventLog.objects.confirmed_at(block.number).filter(abi="Escrow", event_name="Rescued")
    here = logs.filter(address=asset.escrow_address, decoded_payload__token=deployments.address("USDC"))
    return sum(int(value) for value in here.values_list("decoded_payload__amount", flat=True))


def _sum(rows: QuerySet) -> int:
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)
