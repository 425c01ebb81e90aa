"""Assets on offer, orders and payments in any state. Rows are written directly; interfaces have tests."""

import uuid
from datetime import timedelta

from cchecksum import to_checksum_address
from django.conf import settings
from django.db.models import Max
from eth_account import Account

from assets.models import Asset, CustodyProof, Issuer
from contracts import calls
from contracts.models import ChainOperation, CustodyWallet, Deployment, Purpose
from indexer import registry as indexer
from indexer.models import Cursor
from indexer.registry import Event
from investors.models import Wallet
from rwa_portal.core.models import AuditEvent, Document, IdempotencyKey, User
from subscriptions import actions, queries
from subscriptions.models import OrderFact, Payment, PaymentStatus, Refund, Status, Subscription
from tests.investors.factories import make_investor, make_wallet
from tests.people import AT

REASON = "Papers checked."
DAY = timedelta(days=1)
HASH = "0x" + "ab" * 32
BUYER = Account.from_key("0x" + "07" * 32)
SUITE = ["IssuanceModule", "AssetFactory", "ComplianceModule", "USDC"]
_numbers = iter(range(1, 10**9))


def number() -> int:
    return next(_numbers)


def new_address() -> str:
    return to_checksum_address(f"0x{number():040x}")


def hash_of(text: object) -> str:
    return "0x" + uuid.uuid5(uuid.NAMESPACE_OID, str(text)).hex * 2


def deploy_suite() -> None:
    for at, name in enumerate(SUITE, 1):
        Deployment.objects.create(
            network="dev",
            chain_id=settings.CHAIN.chain_id,
            name=name,
            address=f"0x{at:040x}",
            abi_version="v1",
            code_hash=HASH,
            block_number=1,
            deployed_at=AT,
            eip712_name="USD Coin" if name == "USDC" else "",
            eip712_version="2" if name == "USDC" else "",
        )


def custody_wallet(purpose: Purpose, owner_id: uuid.UUID | None = None) -> CustodyWallet:
    address = new_address()
    return CustodyWallet.objects.create(
        address=address, vendor="local", purpose=purpose, owner_id=owner_id, created_at=AT
    )


def make_issuer() -> Issuer:
    person, identity = User.objects.create_user(f"issuer-{number()}@portal.example"), uuid.uuid4()
    return Issuer.objects.create(
        id=identity,
        legal_name="Beispiel GmbH",
        registration_number=f"HRB {number()}",
        jurisdiction_code="DE",
        custody_wallet=custody_wallet(Purpose.ISSUER, identity),
        custodian_wallet=custody_wallet(Purpose.CUSTODIAN, identity),
        status=Issuer.Status.REGISTERED,
        submitted_by=person,
        submitted_at=AT,
        created_at=AT,
    )


def make_asset(**columns) -> Asset:
    """HAUS: 1,000.00 units under the cap, 100 USDC each, at least 0.10 an order."""
    issuer = columns.pop("issuer", None) or make_issuer()
    return Asset.objects.create(
        **{
            "issuer": issuer,
            "asset_type": "REAL_ESTATE",
            "name": "Beispielhaus",
            "symbol": "HAUS",
            "decimals": 2,
            "supply_cap": 100_000,
            "unit_price": 100_000_000,
            "min_units": 10,
            "opens_at": AT - DAY,
            "closes_at": AT + 30 * DAY,
            "pay_to": "0x" + "aa" * 20,
            "terms": {"jurisdictions": {"RETAIL": ["DE"]}, "max_holders": None},
            "status": Asset.Status.ACTIVE,
            "metadata_uri": "https://portal.example/metadata/x.json",
            "metadata_hash": HASH,
            "token_address": new_address(),
            "escrow_address": new_address(),
            "deployed_at": AT - DAY,
            "created_by": issuer.submitted_by,
            "created_at": AT - DAY,
            "submitted_by": issuer.submitted_by,
            "submitted_at": AT - DAY,
            "approved_at": AT - DAY,
            **columns,
        }
    )


def make_proof(asset: Asset, **columns) -> CustodyProof:
    verifier = User.objects.create_user(f"verifier-{number()}@portal.example")
    document = Document.objects.create(
        owner_id=asset.pk,
        sealed_name=b"",
        content_type="application/pdf",
        size_bytes=1,
        sha256="00" * 32,
        uploaded_by=verifier,
        uploaded_at=AT,
    )
    return CustodyProof.objects.create(
        **{
            "asset": asset,
            "document": document,
            "file_name": "certificate.pdf",
            "custodian_reference": "C-1",
            "proof_hash": hash_of(number()),
            "units": asset.supply_cap,
            "expiry_at": AT + 180 * DAY,
            "recorded_by": asset.created_by,
            "recorded_at": AT - DAY,
            "verified_by": verifier,
            "verified_at": AT - DAY,
            "attested_at": AT - DAY,
            "attest_tx_hash": HASH,
            "status": CustodyProof.Status.VALID,
            **columns,
        }
    )


def make_buyer(address: str | None = None, **columns) -> Wallet:
    """A verified investor's primary wallet, on the allowlist."""
    investor = make_investor(**columns)
    return make_wallet(
        investor, address or new_address(), allowlisted_at=AT - DAY, profile_valid_until=AT + 300 * DAY
    )


def place(asset: Asset, wallet: Wallet, units: int = 250) -> Subscription:
    order = actions.OrderRequest(wallet.investor_id, asset.pk, units, HASH, wallet.pk)
    return actions.request_subscription(order=order, by=wallet.investor.user, at=AT)


def order_in(status: str, asset: Asset, wallet: Wallet, officer: User, units: int = 250) -> Subscription:
    """Write an order straight into a state, with what that state needs."""
    columns: dict[str, object] = {"status": status}
    if status in (Status.PAID, Status.APPROVED, Status.MINTED, Status.HELD):
        columns |= {"payment_tx_hash": HASH, "paid_at": AT}
    if status in (Status.APPROVED, Status.MINTED):
        columns |= {"approved_by": officer, "approved_at": AT}
    if status == Status.MINTED:
        columns |= {"mint_tx_hash": HASH, "minted_at": AT}
    if status == Status.REFUNDED:
        columns |= {"refund_tx_hash": HASH, "refunded_at": AT}
    identity = uuid.uuid4()
    return Subscription.objects.create(
        **{
            "id": identity,
            "investor": wallet.investor,
            "wallet": wallet,
            "asset": asset,
            "amount_requested": units,
            "payment_due": units * 1_000_000,
            "pay_by": AT + 3 * DAY,
            "settle_by": AT + 17 * DAY,
            "terms_hash": HASH,
            "order_id": hash_of(identity),
            "requested_by": wallet.investor.user,
            "created_at": AT - DAY,
            **columns,
        }
    )


def make_payment(asset: Asset, payer: str, amount: int, **columns) -> Payment:
    identity, tx_hash = uuid.uuid4(), hash_of(number())
    return Payment.objects.create(
        **{
            "id": identity,
            "asset": asset,
            "escrow": asset.escrow_address,
            "payer": payer,
            "amount": amount,
            "tx_hash": tx_hash,
            "log_index": 0,
            "receipt": calls.receipt_id(tx_hash, 0),
            "block_number": number(),
            "received_at": AT,
            **columns,
        }
    )


def linked_payment(order: Subscription, amount: int, a: User, b: User, **columns) -> Payment:
    people = {"proposed_by": a, "proposed_at": AT, "linked_by": b, "linked_at": AT}
    given = {"subscription": order, "status": PaymentStatus.LINKED, **people, **columns}
    return make_payment(order.asset, given.pop("payer", order.wallet.address), amount, **given)


def event(name: str, address: str, tx_hash: str | None = None, log_index: int = 1, **payload: str) -> Event:
    abi, short = name.split(".")
    seq = number()
    return Event(
        id=uuid.uuid4(),
        seq=seq,
        abi=abi,
        name=short,
        address=address,
        tx_hash=tx_hash or hash_of(seq),
        log_index=log_index,
        block_number=seq,
        block_at=AT,
        payload=payload,
    )


def hear(*events: Event) -> None:
    """As the indexer does with confirmed logs: facts of all of them first, then what moves life cycles."""
    for each in events:
        for projection in indexer.projections_of(each.full_name):
            projection([each])
    react(*events)


def react(*events: Event) -> None:
    for each in events:
        if indexer.has_reaction(each.full_name):
            indexer.dispatch(each)


def transfer(asset: Asset, payer: str, amount: int, **place: object) -> Event:
    payload = {"from": payer, "to": asset.escrow_address, "value": str(amount)}
    return event("USDC.Transfer", f"0x{4:040x}", **place, **payload)


def funded(order: Subscription, *, method: str = "1", **place: object) -> Event:
    asked = queries.order_of(order)
    return event(
        "Escrow.OrderFunded",
        order.asset.escrow_address,
        **place,
        orderId=order.order_id,
        buyer=asked.buyer,
        payer=asked.buyer,
        method=method,
        units=str(asked.units),
        payment=str(asked.payment),
        payBy=str(asked.pay_by),
        settleBy=str(asked.settle_by),
        termsHash=asked.terms_hash,
        salt=asked.salt,
    )


def settled(order: Subscription) -> Event:
    payload = {"payTo": order.asset.pay_to, "payment": str(order.payment_due)}
    return event("Escrow.OrderSettled", order.asset.escrow_address, orderId=order.order_id, **payload)


def refunded(order: Subscription) -> Event:
    payload = {"to": order.wallet.address, "payment": str(order.payment_due), "cancelled": False}
    return event("Escrow.OrderRefunded", order.asset.escrow_address, orderId=order.order_id, **payload)


def allocated(payment: Payment, order: Subscription, amount: int) -> Event:
    payload = {"orderId": order.order_id, "amount": str(amount), "remaining": str(payment.amount - amount)}
    return event("Escrow.Allocated", payment.escrow, receipt=payment.receipt, **payload)


def returned(payment: Payment, amount: int) -> Event:
    payload = {"to": payment.payer, "amount": str(amount)}
    return event("Escrow.PaymentReturned", payment.escrow, receipt=payment.receipt, **payload)


def chain_read_until(moment) -> None:
    """Say that the indexer has read the chain up to a block of this time."""
    Cursor.objects.update_or_create(
        chain_id=settings.CHAIN.chain_id,
        defaults={
            "renewed_at": AT,
            "polled_at": AT,
            "head_number": 5,
            "head_at": moment,
            "confirmed_number": 3,
        },
    )


def written() -> tuple[object, ...]:
    """Everything an action could leave behind."""
    models = (Subscription, Payment, Refund, OrderFact, ChainOperation, AuditEvent, IdempotencyKey)
    counts = tuple(model.objects.count() for model in models)
    statuses = tuple(Subscription.objects.order_by("pk").values_list("pk", "status"))
    payments = tuple(Payment.objects.order_by("pk").values_list("pk", "status", "proposed_order"))
    return (*counts, Subscription.history.aggregate(last=Max("history_id")), statuses, payments)
