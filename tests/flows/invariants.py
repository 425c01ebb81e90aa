"""
What must hold when nothing moves any more, whatever the flow was. Numbers as in the acceptance scenarios.

- I1: on chain, in orders and in holdings there are equally many units.
- I2: an escrow holds what its orders and payments say, to the millionth.
- Of a dividend, what is paid, held, outstanding and left over is what was funded, and it is in the pot.
- I3: an order is minted at most once; what was sent is what other people consented to.
- I4: each change of a life cycle has exactly one row in the sealed trail.
- I5: replay finds all as the events say, and reconciling all as the chain says.
- I6: nothing that leaves the sealed columns names a person.
- No event is parked, every confirmed call has had its effect, and no incident is open but an expected one.
"""

import re
from collections import Counter

from django.db.models import Sum

from assets.models import Asset, CustodyProof, Issuer
from contracts import deployments
from contracts.models import ChainOperation, OperationEvent
from contracts.operations import Call
from corporate_actions import queries_dividends as dividends
from corporate_actions.models import DividendDistribution, Redemption
from indexer import reconciling, replay, reports
from indexer.models import EventLog, Holding, Incident, ReactionFailure
from investors.models import Investor
from rwa_portal.core import approvals, audit
from rwa_portal.core.models import Approval, AuditEvent, AuditSeal, User
from subscriptions.models import OrderFact, Payment, Refund, Subscription
from subscriptions.queries import expected_in_escrow
from tests.flows.world import World
from tests.investors.factories import PERSON

LIFE_CYCLES = {
    Issuer: "status",
    Asset: "status",
    CustodyProof: "status",
    Investor: "kyc_status",
    Subscription: "status",
    DividendDistribution: "status",
    Redemption: "settlement_status",
}
SENT = ("BROADCAST", "MINED", "CONFIRMED", "REVERTED")


def check(world: World, *, said: str) -> None:
    for asset in Asset.objects.exclude(token_address=None):
        units_agree(world, asset)
        if not world.escrow_was_reorganised:
            escrow_agrees(world, asset)
    pots_agree(world)
    orders_are_minted_once()
    operations_have_consent(world)
    everything_has_taken_effect(world)
    books_hold(world)
    trail_is_whole(world)
    nothing_names_a_person(world, said)


def units_agree(world: World, asset: Asset) -> None:
    minted = Subscription.objects.filter(asset=asset, status="MINTED")
    burned = Redemption.objects.filter(asset=asset, settlement_status="SETTLED")
    held = Holding.objects.filter(token=asset.token_address)
    supply = world.node.supply(asset.token_address)
    issued = _sum(minted, "amount_requested") - _sum(burned, "amount")
    assert (issued, _sum(held, "units")) == (supply, supply)
    locked = Redemption.objects.filter(asset=asset, settlement_status__in=["PENDING", "HELD"])
    for holder in Holding.objects.filter(token=asset.token_address).values_list("wallet", flat=True):
        asked = _sum(locked.filter(wallet__address=holder), "amount")
        assert asked == world.node.locked(asset.token_address, holder)
    assert supply <= asset.supply_cap


def escrow_agrees(world: World, asset: Asset) -> None:
    facts = OrderFact.objects.filter(source=asset.escrow_address)
    funded = _sum(facts.filter(kind="FUNDED"), "amount")
    released = _sum(facts.filter(kind__in=["SETTLED", "REFUNDED"]), "amount")
    plain = Payment.objects.filter(asset=asset).exclude(status="FUNDED")
    unidentified = sum(payment.amount_left for payment in plain)
    holds = world.node.usdc(asset.escrow_address)
    assert holds == funded - released + unidentified
    assert holds == expected_in_escrow(asset).total
    received = _sum(Payment.objects.filter(asset=asset), "amount")
    refunded = _sum(Refund.objects.filter(asset=asset), "amount")
    settled = _sum(facts.filter(kind="SETTLED"), "amount")
    assert holds == received - refunded - settled


def pots_agree(world: World) -> None:
    """Every millionth that was funded is paid, held, outstanding, residual, swept, waiting or returned."""
    still_there = 0
    for distribution in DividendDistribution.objects.exclude(number=None):
        sums = dividends.totals(distribution)
        rest = sums.outstanding + sums.residual + sums.waiting
        assert sums.paid + sums.held + rest + sums.swept + sums.returned == sums.funded, distribution
        shares = dividends.entitlements(distribution)
        assert sum(share.paid for share in shares) == sums.paid
        assert sum(share.units for share in shares) == distribution.eligible_units
        still_there += sums.held + rest
    assert world.node.usdc(deployments.address("DividendDistributor")) == still_there


def orders_are_minted_once() -> None:
    for order in Subscription.objects.all():
        mints = ChainOperation.objects.filter(kind="subscriptions.mint", subject=order.pk, state="CONFIRMED")
        facts = OrderFact.objects.filter(kind="MINTED", order_id=order.order_id)
        assert mints.count() == facts.count() == (order.status == "MINTED")
        for fact in facts:
            assert (fact.units, fact.party) == (order.amount_requested, order.wallet.address)


def operations_have_consent(world: World) -> None:
    for operation in ChainOperation.objects.all():
        call = Call(operation.kind, operation.to, bytes(operation.calldata), operation.facts)
        assert call.digest == operation.digest
        given = Approval.objects.filter(subject=operation.pk)
        assert operation.requested_by_id not in given.values_list("by", flat=True)
        if operation.state not in SENT or not operation.tx_hash:
            continue
        assert given.filter(digest=operation.digest).count() >= approvals.needed(operation.kind)
        to, data = world.node.input_of(operation.tx_hash)
        assert (to, data) == (operation.to.lower(), "0x" + bytes(operation.calldata).hex())


def everything_has_taken_effect(world: World) -> None:
    assert list(ReactionFailure.objects.exclude(status="DONE").values_list("subject", "error")) == []
    assert not ChainOperation.objects.filter(state="CONFIRMED", settled_at=None).exists()
    expected = ["DEEP_REORG"] if world.escrow_was_reorganised else []
    assert list(Incident.objects.filter(closed_at=None).values_list("kind", flat=True)) == expected


def books_hold(world: World) -> None:
    if world.escrow_was_reorganised:
        return  # the books rest on a block that the chain has taken back
    report = replay.examine()
    assert report.is_clean, "\n".join(reports.replay_as_text(report))
    outcome = reconciling.compare()
    assert outcome.all == []


def trail_is_whole(world: World) -> None:
    for model, field in LIFE_CYCLES.items():
        for row in model.objects.all():
            changes, before = Counter(), None
            for version in row.history.order_by("history_id"):
                after = getattr(version, field)
                if after != before:
                    changes[version.history_change_reason, after] += 1
                before = after
            events = AuditEvent.objects.filter(subject=row.pk, kind__in=[kind for kind, _ in changes])
            assert Counter((event.kind, event.facts[field]) for event in events) == changes, row
            assert before == getattr(row, field)
    for payment in Payment.objects.exclude(status="UNMATCHED"):
        events = AuditEvent.objects.filter(subject=payment.pk)
        assert [event.facts["status"] for event in events].count(payment.status) >= 1, payment
    audit.seal(every=True)
    audit.write_checkpoint(at=world.now())
    assert audit.verify(at=world.now()).faults == []
    assert AuditSeal.objects.count() == AuditEvent.objects.count()


def nothing_names_a_person(world: World, said: str) -> None:
    names = [PERSON.given_names, PERSON.family_names, PERSON.residential_address, "1987-06-05"]
    secrets = [*names, *User.objects.exclude(email=None).values_list("email", flat=True)]
    told = [said]
    for model, fields in {
        AuditEvent: ("kind", "facts"),
        ChainOperation: ("key", "facts", "failure", "vendor_status"),
        OperationEvent: ("note",),
        EventLog: ("decoded_payload",),
        Incident: ("summary", "subject"),
        ReactionFailure: ("error", "subject"),
    }.items():
        told += [str(row) for row in model.objects.values_list(*fields)]
    public = [bytes(data) for data in EventLog.objects.values_list("data", flat=True)]
    public += [bytes(data) for data in ChainOperation.objects.values_list("calldata", flat=True)]
    for secret in secrets:
        for word in {secret, *secret.split()}:
            if len(word) < 5:
                continue
            assert not any(_says(text, word) for text in told), word
            assert not any(word.encode() in data for data in public), word


def _says(text: str, word: str) -> bool:
    """Whether the text holds the word; a post code's digits inside a hash or an id are no post code."""
    if not word.isdigit():
        return word in text
    return re.search(rf"(?<![0-9A-Za-z]){word}(?![0-9A-Za-z])", text) is not None


def _sum(rows, field: str) -> int:
    return int(rows.aggregate(sum=Sum(field))["sum"] or 0)
