"""
What the distributor says moves dividends and their holders' claims.

- SNAPSHOTTED by DividendDeclared, FUNDING by DividendFunded, ACTIVE by DividendOpened, CLOSED by
  DividendSwept alone.
- Locks like an action: the asset, then its distribution. Each event may come again.
- A dividend that nobody here declared raises, and the indexer parks the event for a person to see.
"""

from django.db.models import Q

from assets.models import Asset
from contracts.encoding import explain_revert
from contracts.models import ChainOperation
from corporate_actions import kinds, operations_dividends
from corporate_actions import queries_dividends as queries
from corporate_actions.models import ClaimState, DividendClaim, DividendDistribution
from indexer.registry import Event
from investors.models import Wallet
from rwa_portal.core import history
from rwa_portal.core.models import AuditEvent, User

Status = DividendDistribution.Status


class DistributionUnknown(Exception):
    """The chain speaks of a dividend that nobody here declared."""


def react_dividend_declared(event: Event) -> None:
    """Record the snapshot; if its funding was asked for with it, ask the treasury for that now."""
    if DividendDistribution.objects.filter(snapshot_event=event.id).exists():
        return
    distribution = _lock(_declared_as(event))
    distribution.record_snapshot(event)
    _save(distribution, "dividend.snapshotted", event)
    if distribution.funding_requested_by is not None:
        operations_dividends.ask_for_funding(
            distribution,
            amount=distribution.missing,
            by=distribution.funding_requested_by,
            at=event.block_at,
        )


def react_dividend_funded(event: Event) -> None:
    """Take over how much is there. A top-up leaves it FUNDING."""
    distribution, total = _numbered(event), int(event.payload["total"])
    if total <= distribution.total_funded:
        return
    if distribution.status == Status.SNAPSHOTTED:
        distribution.record_funding(total=total)
        _save(distribution, "dividend.funded", event)
    else:
        distribution.total_funded = total
        _save(distribution, "dividend.topped_up", event)


def react_dividend_opened(event: Event) -> None:
    """Mark it ACTIVE: holders can claim."""
    distribution = _numbered(event)
    if distribution.opened_at is not None:
        return
    distribution.record_opening(tx_hash=event.tx_hash, at=event.block_at)
    _save(distribution, "dividend.opened", event)


def react_dividend_swept(event: Event) -> None:
    """Mark it CLOSED, with what went to the unclaimed account."""
    distribution = _numbered(event)
    if distribution.status == Status.CLOSED:
        return
    distribution.record_sweep(
        to=event.payload["to"], amount=int(event.payload["amount"]), tx_hash=event.tx_hash, at=event.block_at
    )
    _save(distribution, "dividend.swept", event)


def react_dividend_cancelled(event: Event) -> None:
    """Mark it CANCELLED, with what went back to its funder."""
    distribution = _numbered(event)
    if distribution.status == Status.CANCELLED:
        return
    distribution.record_cancellation(returned=int(event.payload["returned"]), at=event.block_at)
    _save(distribution, "dividend.cancelled", event)


def react_dividend_claimed(event: Event) -> None:
    """Mark a holder's claim PAID, whoever made the call."""
    distribution, claim = _claim_of(event)
    payee, amount = event.payload["to"], int(event.payload["amount"])
    if claim is None:
        claim = _new_claim(distribution, event, amount=amount, state=ClaimState.PAID, payee=payee)
    elif claim.state != ClaimState.PAID:
        claim.record_payment(payee=payee, amount=amount)
    else:
        return
    _save_claim(claim, "dividend_claim.paid", event)


def react_dividend_held(event: Event) -> None:
    """Mark a holder's claim HELD: it stays out of the sweep."""
    distribution, claim = _claim_of(event)
    amount = int(event.payload["amount"])
    if claim is None:
        claim = _new_claim(distribution, event, amount=amount, state=ClaimState.HELD)
    elif claim.state == ClaimState.SKIPPED:
        claim.record_hold(amount=amount)
    else:
        return
    _save_claim(claim, "dividend_claim.held", event)


def react_dividend_claim_skipped(event: Event) -> None:
    """Keep why a holder of a batch could not be paid. It says nothing new of one who is paid or held."""
    distribution, claim = _claim_of(event)
    reason = explain_revert(bytes.fromhex(event.payload["reason"].removeprefix("0x")))[:200]
    if claim is None:
        row = queries.entitlement(distribution, event.payload["holder"])
        if row is None or row.gross == 0:
            return  # somebody else's batch named a stranger
        claim = _new_claim(distribution, event, amount=row.gross, state=ClaimState.SKIPPED)
        claim.reason = reason
    elif claim.state == ClaimState.SKIPPED:
        claim.record_skip(reason=reason)
    else:
        return
    _save_claim(claim, "dividend_claim.skipped", event)


def _declared_as(event: Event) -> DividendDistribution:
    """
    Find the draft whose declaration this is: by its transaction, else by its terms.

    :raises DistributionUnknown:
    """
    drafts = DividendDistribution.objects.filter(
        status=Status.DRAFT, asset__token_address=event.payload["token"]
    )
    declaring = ChainOperation.objects.filter(kind=kinds.DECLARE_DIVIDEND)
    sent = declaring.filter(Q(tx_hash=event.tx_hash) | Q(attempts__tx_hash=event.tx_hash))
    found = drafts.filter(pk__in=sent.values("subject")).first()
    if found is None:  # a custodian may replace a transaction by one whose hash it has not told yet
        alike = drafts.filter(amount=int(event.payload["amount"]), pk__in=declaring.values("subject"))
        expiry = int(event.payload["expiry"])
        found = next((d for d in alike.order_by("created_at") if d.expires_at.timestamp() == expiry), None)
    if found is None:
        raise DistributionUnknown(f"{event.payload['id']}: {event.tx_hash}")
    return found


def _numbered(event: Event) -> DividendDistribution:
    """
    :raises DistributionUnknown:
    """
    found = DividendDistribution.objects.filter(number=int(event.payload["id"])).first()
    if found is None:
        raise DistributionUnknown(f"{event.payload['id']}: {event.tx_hash}")
    return _lock(found)


def _lock(distribution: DividendDistribution) -> DividendDistribution:
    Asset.objects.select_for_update(of=("self",)).get(pk=distribution.asset_id)
    rows = DividendDistribution.objects.select_for_update(of=("self",)).select_related("asset")
    return rows.get(pk=distribution.pk)


def _claim_of(event: Event) -> tuple[DividendDistribution, DividendClaim | None]:
    distribution = _numbered(event)
    claims = distribution.claims.select_for_update(of=("self",))
    return distribution, claims.filter(wallet=event.payload["holder"]).first()


def _new_claim(
    distribution: DividendDistribution,
    event: Event,
    *,
    amount: int,
    state: ClaimState,
    payee: str | None = None,
) -> DividendClaim:
    holder = event.payload["holder"]
    wallet = Wallet.objects.filter(address=holder).first()
    return DividendClaim(
        id=event.id,
        distribution=distribution,
        wallet=holder,
        investor_id=wallet.investor_id if wallet else None,
        amount=amount,
        state=state,
        payee=payee,
    )


def _save_claim(claim: DividendClaim, kind: str, event: Event) -> None:
    claim.tx_hash, claim.block_number, claim.said_at = event.tx_hash, event.block_number, event.block_at
    claim.save()
    AuditEvent.record(kind, subject=claim, by=User.service("chain"), at=event.block_at)


def _save(distribution: DividendDistribution, kind: str, event: Event) -> None:
    chain = User.service("chain")
    history.save(distribution, by=chain, reason=kind)
    AuditEvent.record(kind, subject=distribution, by=chain, at=event.block_at)
