"""A distribution's way from a draft to its snapshot."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django_fsm import can_proceed

from assets.models import Asset
from contracts import calls, operations, wallets
from contracts.calls import dividends as dividend_calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import facts_dividends as facts
from corporate_actions import kinds
from corporate_actions import queries_dividends as queries
from corporate_actions.actions.dividends_locks import lock_distribution
from corporate_actions.facts_dividends import DistributionNotDraft
from corporate_actions.models import DividendDistribution
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS, UnitsNotPositive, UnitsTooLarge
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

ENDED = (DividendDistribution.Status.CLOSED, DividendDistribution.Status.CANCELLED)


class AssetUnknown(RuleBroken):
    """There is no such asset on chain."""

    field = "asset_id"


class DistributionAlreadyOpen(RuleBroken):
    """The asset has another dividend for this pay date that is not at its end."""

    field = "distribution_date"


class PayDatePassed(RuleBroken):
    """The pay date lies in the past."""

    field = "distribution_date"


class ExpiryTooEarly(RuleBroken):
    """Claims must stay possible until after the pay date: choose a later expiry."""

    field = "expires_at"


class DeclarationUnderWay(DomainError):
    """The dividend is being declared. Stop that operation first, or wait for it and cancel the dividend."""


class SnapshotStands(DomainError):
    """The chain has not taken this dividend's snapshot back, or the dividend is open already."""


@dataclass(frozen=True)
class DistributionTerms:
    """What is paid, and when. `amount` is micro-USDC."""

    asset_id: UUID
    amount: int
    distribution_date: date
    expires_at: datetime


@action
def draft_distribution(*, terms: DistributionTerms, by: User, at: datetime) -> DividendDistribution:
    """
    Write a dividend down. Nothing goes to the chain until the treasurer declares it.

    :raises AssetUnknown, AssetPaysNothing, NoEligibleSupply: the asset has nobody to pay
    :raises DistributionAlreadyOpen: another one for this asset and date is not at its end
    :raises UnitsNotPositive, UnitsTooLarge, PayDatePassed, ExpiryTooEarly: a value breaks a rule
    """
    return _draft(terms, by=by, at=at)


@action
def discard_distribution(
    *, distribution_id: UUID, by: User, at: datetime, reason: str
) -> DividendDistribution:
    """
    Give a draft up. One that is declared is cancelled on chain instead: see cancel_distribution.

    :raises DistributionNotDraft:
    :raises DeclarationUnderWay: its snapshot may be taken any moment
    """
    distribution = lock_distribution(distribution_id)
    if not can_proceed(distribution.discard):
        raise DistributionNotDraft
    if queries.living_operation(queries.declare_key(distribution)):
        raise DeclarationUnderWay
    distribution.discard(at=at)
    history.save(distribution, by=by, reason="dividend.discarded")
    AuditEvent.record("dividend.discarded", subject=distribution, by=by, at=at, reason=reason)
    return distribution


@action
def declare_distribution(*, distribution_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask for the declaration, which takes the snapshot and fixes the amount.

    The distribution becomes SNAPSHOTTED later, when the indexer hears DividendDeclared.

    :raises DistributionNotDraft:
    :raises OperationUnderWay: it is being declared
    :raises AssetPaysNothing, NoEligibleSupply, ExpiryPassed: see facts_dividends.declare_facts
    """
    distribution = lock_distribution(distribution_id)
    operation = _declare(distribution, by=by, at=at)
    AuditEvent.record("dividend.declaration_asked", subject=distribution, by=by, at=at, reason=reason)
    return operation


@action
def order_distribution(*, terms: DistributionTerms, by: User, at: datetime) -> ChainOperation:
    """
    Draft a dividend, ask for its declaration, and have its funding follow by itself.

    The distributor gives a dividend its number when it is declared, and the funding must name that number:
    so approve and fund are asked for, in the same person's name, when DividendDeclared is confirmed.

    :raises DomainError: whatever draft_distribution and declare_distribution refuse
    """
    distribution = _draft(terms, by=by, at=at, funding_requested_by=by)
    operation = _declare(distribution, by=by, at=at)
    AuditEvent.record("dividend.ordered", subject=distribution, by=by, at=at)
    return operation


@action
def retake_snapshot(*, distribution_id: UUID, by: User, at: datetime, reason: str) -> DividendDistribution:
    """
    Make a dividend a draft again whose snapshot the chain has taken back, so that it can be declared anew.

    :raises SnapshotStands: or it has opened, or was never declared
    """
    distribution = lock_distribution(distribution_id)
    if not can_proceed(distribution.retake_snapshot) or queries.snapshot_stands(distribution):
        raise SnapshotStands
    distribution.retake_snapshot()
    history.save(distribution, by=by, reason="dividend.snapshot_lost")
    AuditEvent.record("dividend.snapshot_lost", subject=distribution, by=by, at=at, reason=reason)
    return distribution


def _draft(
    terms: DistributionTerms, *, by: User, at: datetime, funding_requested_by: User | None = None
) -> DividendDistribution:
    asset = Asset.objects.select_for_update(of=("self",)).filter(pk=terms.asset_id).first()
    if asset is None or asset.token_address is None:
        raise AssetUnknown
    facts.refuse_asset(asset)
    _refuse_terms(terms, at=at)
    others = DividendDistribution.objects.filter(asset=asset, distribution_date=terms.distribution_date)
    if others.exclude(status__in=ENDED).exists():
        raise DistributionAlreadyOpen
    distribution = DividendDistribution(
        asset=asset,
        amount=terms.amount,
        distribution_date=terms.distribution_date,
        expires_at=terms.expires_at.replace(microsecond=0),  # the chain counts whole seconds
        drafted_by=by,
        created_at=at,
        funding_requested_by=funding_requested_by,
    )
    history.save(distribution, by=by, reason="dividend.drafted")
    AuditEvent.record("dividend.drafted", subject=distribution, by=by, at=at)
    return distribution


def _refuse_terms(terms: DistributionTerms, *, at: datetime) -> None:
    if terms.amount <= 0:
        raise UnitsNotPositive(field="amount")
    if terms.amount > MAX_UNITS:
        raise UnitsTooLarge(field="amount")
    if terms.distribution_date < at.date():
        raise PayDatePassed
    if terms.expires_at.date() <= terms.distribution_date:
        raise ExpiryTooEarly


def _declare(distribution: DividendDistribution, *, by: User, at: datetime) -> ChainOperation:
    call = declaration(distribution)
    return operations.enqueue(
        operations.Call(
            kinds.DECLARE_DIVIDEND, call.to, call.calldata, facts.declare_facts(distribution, at=at)
        ),
        key=queries.declare_key(distribution),
        subject=distribution,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
    )


def declaration(distribution: DividendDistribution) -> calls.Encoded:
    return dividend_calls.declare(
        queries.token_of(distribution.asset), distribution.amount, int(distribution.expires_at.timestamp())
    )
