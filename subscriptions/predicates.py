"""
Orders, payments and refunds against what the escrows have said.

- Facts are read where replay has just rebuilt them, up to the last event that has taken effect.
- Rows are read in parts, so memory does not grow with the number of orders.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from assets.models import Asset
from indexer.findings import Finding, Kind
from indexer.models import EventLog
from indexer.queries import heard
from subscriptions.models import OrderFact, Payment, PaymentStatus, Refund, Status, Subscription

AT_ONCE = 1000
Kinds = OrderFact.Kind
UNFUNDED = {Status.REQUESTED, Status.UNDERPAID, Status.EXPIRED, Status.REJECTED, Status.REFUNDED}
FUNDED = {Status.PAID, Status.APPROVED, Status.HELD, Status.EXPIRED, Status.REJECTED}
NEXT_STEP = "Only the chain's events write this: find out who did, and compare the row with its history."
ONCE = [Kinds.FUNDED, Kinds.SETTLED, Kinds.MINTED, Kinds.REFUNDED]

Facts = dict[str, list[OrderFact]]
Difference = tuple[str, object, object]  # column, expected, found


def orders_as_said() -> Iterator[Finding]:
    """MINTED exactly with one OrderSettled, paid with one OrderFunded, REFUNDED when the money went back."""
    orders = Subscription.objects.select_related("wallet").order_by("id").iterator(chunk_size=AT_ONCE)
    while part := list(islice(orders, AT_ONCE)):
        facts: dict[str | None, Facts] = defaultdict(lambda: defaultdict(list))
        for fact in OrderFact.objects.filter(order_id__in=[order.order_id for order in part]).order_by("seq"):
            facts[fact.order_id][fact.kind].append(fact)
        for order in part:
            yield from _order(order, facts[order.order_id])


def payments_as_said() -> Iterator[Finding]:
    """Each confirmed transfer into an escrow is exactly one payment, used and returned as the escrow says."""
    escrows = set(Asset.objects.on_chain().values_list("escrow_address", flat=True))
    logs = heard("USDC.Transfer").filter(decoded_payload__to__in=list(escrows))
    transfers = logs.exclude(decoded_payload__value="0").iterator(chunk_size=AT_ONCE)
    while part := list(islice(transfers, AT_ONCE)):
        yield from _missing_payments(part)
    payments = Payment.objects.order_by("id").iterator(chunk_size=AT_ONCE)
    while rows := list(islice(payments, AT_ONCE)):
        yield from _payments(rows)


def refunds_as_said() -> Iterator[Finding]:
    """Each refund of an escrow is booked once, with its amount and its payee."""
    said = OrderFact.objects.filter(kind__in=[Kinds.REFUNDED, Kinds.PAYMENT_RETURNED])
    known = set(Asset.objects.on_chain().values_list("escrow_address", flat=True))
    booked = {refund.pk: refund for refund in Refund.objects.all()}
    for fact in said.filter(source__in=known).order_by("seq").iterator(chunk_size=AT_ONCE):
        refund = booked.pop(fact.pk, None)
        found = (refund.amount, refund.payee) if refund else "no refund"
        if found != (fact.amount, fact.party):
            yield _finding("refund", fact.pk, "amount", (fact.amount, fact.party), found, fact.tx_hash)
    for refund in booked.values():
        yield _finding("refund", refund.pk, "", "no refund", refund.amount, refund.tx_hash)


def _order(order: Subscription, facts: Facts) -> Iterator[Finding]:
    for kind in ONCE:
        if len(facts[kind]) > 1:
            evidence = {"facts": [str(fact.pk) for fact in facts[kind]]}
            subject = f"subscriptions_subscription:{order.pk}:{kind}"
            yield Finding(Kind.DUPLICATE_CREDIT, subject, "1", str(len(facts[kind])), evidence, NEXT_STEP)
    last = max((fact for each in facts.values() for fact in each), key=lambda fact: fact.seq, default=None)
    for column, expected, found in _differences(order, facts):
        tx_hash = last.tx_hash if last else None
        yield _finding("subscription", order.pk, column, expected, found, tx_hash)


def _differences(order: Subscription, facts: Facts) -> Iterator[Difference]:
    funded, settled, minted = (_first(facts[kind]) for kind in (Kinds.FUNDED, Kinds.SETTLED, Kinds.MINTED))
    refunded = _first(facts[Kinds.REFUNDED])
    allowed = _statuses(funded, settled, refunded)
    if order.status not in allowed:
        yield "status", " or ".join(sorted(allowed)), order.status
    for column, fact in (("payment_tx_hash", funded), ("mint_tx_hash", settled)):
        expected, found = fact.tx_hash if fact else None, getattr(order, column)
        if expected != found:
            yield column, expected, found
    if funded and funded.amount != order.payment_due:
        yield "payment_due", funded.amount, order.payment_due
    if minted and (minted.units, minted.party) != (order.amount_requested, order.wallet.address):
        yield "amount_requested", f"{minted.units} to {minted.party}", order.amount_requested
    if refunded and order.refund_tx_hash != refunded.tx_hash:
        yield "refund_tx_hash", refunded.tx_hash, order.refund_tx_hash
    if order.status == Status.REFUNDED and not refunded:
        left = order.payments.exclude(status=PaymentStatus.RETURNED).count()
        if left:
            yield "status", "its money went back", f"REFUNDED, but {left} of its payments did not"


def _statuses(funded: OrderFact | None, settled: OrderFact | None, refunded: OrderFact | None) -> set[Status]:
    if settled:
        return {Status.MINTED}
    if refunded:
        return {Status.REFUNDED}
    return FUNDED if funded else UNFUNDED


def _missing_payments(transfers: Sequence[EventLog]) -> Iterator[Finding]:
    booked = Payment.objects.filter(tx_hash__in=[log.tx_hash for log in transfers])
    by_place = {(payment.tx_hash, payment.log_index): payment for payment in booked}
    for log in transfers:
        payment, said = by_place.get((log.tx_hash, log.log_index)), log.decoded_payload or {}
        expected = (int(said["value"]), said["from"], said["to"])
        found = (payment.amount, payment.payer, payment.escrow) if payment else "no payment"
        if expected != found:
            yield _finding("payment", log.pk, "amount", expected, found, log.tx_hash)


def _payments(rows: Sequence[Payment]) -> Iterator[Finding]:
    logs = heard("USDC.Transfer").filter(tx_hash__in=[payment.tx_hash for payment in rows])
    known = set(logs.values_list("tx_hash", "log_index"))
    sums: Counter[tuple[str | None, str]] = Counter()
    for fact in OrderFact.objects.filter(receipt__in=[payment.receipt for payment in rows]):
        sums[fact.receipt, fact.kind] += fact.amount or 0
    for payment in rows:
        if (payment.tx_hash, payment.log_index) not in known:
            yield _finding("payment", payment.pk, "", "no payment", payment.amount, payment.tx_hash)
        for column, kind in (
            ("amount_allocated", Kinds.ALLOCATED),
            ("amount_returned", Kinds.PAYMENT_RETURNED),
        ):
            expected, found = sums[payment.receipt, kind], getattr(payment, column)
            if expected != found:
                yield _finding("payment", payment.pk, column, expected, found, payment.tx_hash)


def _first(facts: Sequence[OrderFact]) -> OrderFact | None:
    return facts[0] if facts else None


def _finding(
    name: str, row_id: object, column: str, expected: object, found: object, tx_hash: str | None
) -> Finding:
    subject = f"subscriptions_{name}:{row_id}:{column}"
    evidence = {"table": f"subscriptions_{name}", "id": str(row_id), "column": column, "tx": tx_hash}
    return Finding(Kind.TAMPERED_ROW, subject, _text(expected), _text(found), evidence, NEXT_STEP)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
