"""Holders, redemptions in any state, and what the chain says of them. Rows are written directly."""

import io
import uuid
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from pypdf import PdfWriter

from assets.models import Asset
from contracts import operations
from contracts.models import ChainOperation, Deployment
from corporate_actions import actions
from corporate_actions.models import (
    EndedBecause,
    FinalRedemption,
    HeldBecause,
    Method,
    OffChainSettlement,
    Redemption,
    SettlementStatus,
)
from indexer import registry
from indexer.models import Holding
from indexer.registry import Event
from investors.models import Wallet
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent, Document, IdempotencyKey, User
from tests.people import AT
from tests.subscriptions.factories import (
    HASH,
    event,
    hash_of,
    make_asset,
    make_buyer,
    new_address,
    number,
)

REASON = "Papers checked."
DAY = timedelta(days=1)
USDC = 1_000_000
MODULE = f"0x{90:040}"
SUITE = {"RedemptionModule": MODULE, "ComplianceModule": f"0x{91:040}", "USDC": f"0x{92:040}"}


def deploy_suite() -> None:
    for name, address in SUITE.items():
        Deployment.objects.create(
            network="dev",
            chain_id=settings.CHAIN.chain_id,
            name=name,
            address=address,
            abi_version="v1",
            code_hash=HASH,
            block_number=1,
            deployed_at=AT,
        )


def hold_units(asset: Asset, wallet: Wallet, units: int) -> None:
    """Say, as the indexer does, how many units a wallet has."""
    Holding.objects.update_or_create(
        chain_id=settings.CHAIN.chain_id,
        token=asset.token_address,
        wallet=wallet.address,
        defaults={"units": units, "updated_block": 1},
    )


def make_holder(asset: Asset, units: int = 2000) -> Wallet:
    """20.00 units of HAUS in the primary wallet of a verified investor."""
    wallet = make_buyer()
    hold_units(asset, wallet, units)
    return wallet


def ask(asset: Asset, wallet: Wallet, units: int = 500, **changes) -> Redemption:
    """5.00 units for at least 450 USDC, as the investor asks for it."""
    given = {"min_payment": 450 * USDC, **changes}
    wanted = actions.RedemptionRequest(wallet.investor_id, asset.pk, units, wallet_id=wallet.pk, **given)
    return actions.request_redemption(wanted=wanted, by=wallet.investor.user, at=AT)


def redemption_in(status: str, asset: Asset, wallet: Wallet, units: int = 500, **columns) -> Redemption:
    """Write a redemption straight into a state, with what that state needs."""
    given: dict[str, object] = {"settlement_status": status, "min_payment": 450 * USDC, "lock_by": AT + DAY}
    if status != SettlementStatus.REQUESTED:
        given |= {"number": number(), "locked_at": AT, "lock_tx_hash": HASH, "due_at": AT + 5 * DAY}
    if status == SettlementStatus.HELD:
        given |= {"held_because": HeldBecause.BY_OFFICER, "held_at": AT}
    if status == SettlementStatus.SETTLED:
        given |= {"payment": 450 * USDC, "payee": wallet.address, "settled_at": AT}
        given["burn_tx_hash"] = hash_of(number())
    if status == SettlementStatus.CANCELLED:
        given |= {"ended_because": EndedBecause.BY_HOLDER, "cancelled_at": AT, "cancel_tx_hash": HASH}
    if columns.get("method") == Method.OFF_CHAIN:
        given["min_payment"] = 0
    return Redemption.objects.create(
        **{
            "investor": wallet.investor,
            "wallet": wallet,
            "asset": asset,
            "amount": units,
            "requested_by": wallet.investor.user,
            "created_at": AT,
            **given,
            **columns,
        }
    )


def final_in(status: str, asset: Asset | None = None, **columns) -> FinalRedemption:
    asset = asset or make_asset(status="REDEEMED")
    given: dict[str, object] = {"status": status}
    if status != "DUE":
        given |= {"price": 90 * USDC, "expires_at": AT + 30 * DAY}
    if status in ("OPEN", "SWEPT"):
        given |= {"funded": 1800 * USDC, "opened_at": AT, "open_tx_hash": HASH}
    if status == "SWEPT":
        given |= {"swept": 0, "swept_to": new_address(), "swept_at": AT, "sweep_tx_hash": HASH}
    return FinalRedemption.objects.create(**{"asset": asset, "created_at": AT, **given, **columns})


def pdf(text: str = "transfer order") -> io.BytesIO:
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Title": text})
    writer.write(file)
    file.seek(0)
    return file


def outside(**changes) -> actions.OffChain:
    given = {
        "amount": Decimal("455.50"),
        "currency": "EUR",
        "reference": "E2E-0001",
        "file": pdf(),
        "file_name": "order.pdf",
        **changes,
    }
    return actions.OffChain(**given)


def record(redemption: Redemption, by: User, **changes) -> OffChainSettlement:
    return actions.record_settlement(
        redemption_id=redemption.pk, outside=outside(**changes), by=by, at=AT, reason=REASON
    )


def asked_on_chain(redemption: Redemption, chain_id: int | None = None, **changes: str) -> Event:
    """RedemptionRequested with the terms of a redemption of ours."""
    return event(
        "RedemptionModule.RedemptionRequested",
        MODULE,
        **{
            "id": str(chain_id or number()),
            "token": redemption.asset.token_address,
            "holder": redemption.wallet.address,
            "amount": str(redemption.amount),
            "minPayment": str(redemption.min_payment),
            **changes,
        },
    )


def settled_on_chain(redemption: Redemption, payment: int = 450 * USDC) -> Event:
    return event(
        "RedemptionModule.RedemptionSettled",
        MODULE,
        id=str(redemption.number),
        token=redemption.asset.token_address,
        holder=redemption.wallet.address,
        to=redemption.wallet.address,
        amount=str(redemption.amount),
        payment=str(payment),
    )


def cancelled_on_chain(redemption: Redemption, by: str) -> Event:
    return event("RedemptionModule.RedemptionCancelled", MODULE, id=str(redemption.number), by=by)


def frozen(asset: Asset, wallet: Wallet, units: int) -> Event:
    return event("AssetToken.Frozen", asset.token_address, account=wallet.address, amount=str(units))


def wholly_frozen(asset: Asset, wallet: Wallet, *, is_frozen: bool = True) -> Event:
    said = {"account": wallet.address, "isFrozen": is_frozen, "by": MODULE}
    return event("AssetToken.AddressFrozen", asset.token_address, **said)


def project(event: Event) -> None:
    """Confirm an event without letting it move a life cycle."""
    for projection in registry.projections_of(event.full_name):
        projection([event])


def fail(operation: ChainOperation, reason: str) -> None:
    """End an operation as the custodian's refusal does."""

    def end() -> None:
        current = operations.lock(operation.pk)
        current.cancel(reason)
        operations.end(current, reason=reason, at=AT)

    action(end)()


def confirm(operation: ChainOperation) -> None:
    columns = {"state": "CONFIRMED", "tx_hash": HASH, "block_number": 1, "block_hash": HASH}
    ChainOperation.objects.filter(pk=operation.pk).update(**columns)


def written() -> tuple[object, ...]:
    """Everything an action could leave behind."""
    models = (ChainOperation, AuditEvent, Document, IdempotencyKey, OffChainSettlement)
    histories = (Redemption.history, FinalRedemption.history, OffChainSettlement.history)
    rows = list(Redemption.objects.order_by("pk").values_list("pk", "settlement_status"))
    return (
        rows,
        list(FinalRedemption.objects.order_by("pk").values_list("pk", "status")),
        *(model.objects.count() for model in models),
        *(kept.count() for kept in histories),
    )


def some_id() -> uuid.UUID:
    return uuid.uuid4()
