"""
A token's stop, its way back, and its end; and what the clock says of an asset's maturity.

- The status of an asset follows the chain (react_status_changed); here people only ask for the calls.
- A stop is one call of the pauser's wallet. Everything after it is the timelock's: a call scheduled now
  and another that executes it once the delay has passed.
- One such wish at a time: a second one waits until the first has taken effect or failed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from assets import notices, queries
from assets.models import Asset
from contracts import calls, operations, wallets
from contracts.calls import Encoded, governance
from contracts.models import FAILED, ChainOperation, Purpose
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User

SPARE = timedelta(seconds=2)  # a chain's clock may run behind ours


class AssetNotDue(DomainError):
    """The asset has no maturity date, it lies ahead, or the clock has noted it already."""


@action
def pause_asset(*, asset_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Stop the token: no transfers, orders or new redemptions, until it is resumed.

    The asset becomes PAUSED later, when the indexer hears StatusChanged.

    :raises AssetNotActive, StatusCallUnderWay: see assets.queries
    """
    asset = _lock(asset_id)
    facts = queries.pause_facts(asset)
    queries.refuse_second_status_call(asset)
    operation = operations.enqueue(
        _call(queries.PAUSE, governance.pause(facts["token"]), facts),
        key=_key(asset, queries.PAUSE),
        subject=asset,
        wallet=wallets.platform(Purpose.PAUSER),
        by=by,
        at=at,
    )
    AuditEvent.record("asset.pause_asked", subject=asset, by=by, at=at, reason=reason)
    return operation


@action
def resume_asset(*, asset_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Schedule with the timelock that the token moves again, and execute it once the delay has passed.

    The asset becomes ACTIVE later, when the indexer hears StatusChanged. Returns the call that executes.

    :raises AssetNotPaused, StatusCallUnderWay: see assets.queries
    :raises TimelockNotHeard: see contracts.queries
    """
    asset = _lock(asset_id)
    operation = _by_timelock(asset, queries.RESUME, governance.unpause, by=by, at=at)
    AuditEvent.record("asset.resume_asked", subject=asset, by=by, at=at, reason=reason)
    return operation


@action
def mark_redeemed(*, asset_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Schedule with the timelock that the token is closed for ever, and execute it once the delay has passed.

    The asset becomes REDEEMED later, when the indexer hears StatusChanged. Returns the call that executes.

    :raises AssetNotPaused, StatusCallUnderWay: see assets.queries
    :raises TimelockNotHeard: see contracts.queries
    """
    asset = _lock(asset_id)
    operation = _by_timelock(asset, queries.MARK_REDEEMED, governance.mark_redeemed, by=by, at=at)
    AuditEvent.record("asset.mark_redeemed_asked", subject=asset, by=by, at=at, reason=reason)
    return operation


@action
def note_maturity(*, asset_id: UUID, by: User, at: datetime) -> Asset:
    """
    Note that the asset has fallen due, and tell its issuer and the staff who close assets, once.

    :raises AssetNotDue:
    """
    asset = _lock(asset_id)
    if not Asset.objects.falling_due(at).filter(pk=asset.pk).exists():
        raise AssetNotDue
    asset.matured_at = at
    history.save(asset, by=by, reason="asset.matured")
    AuditEvent.record("asset.matured", subject=asset, by=by, at=at)
    notices.asset_matured(asset)
    return asset


def _by_timelock(
    asset: Asset, kind: str, inner: Callable[[str], Encoded], *, by: User, at: datetime
) -> ChainOperation:
    facts, scheduling = queries.scheduling_facts(asset), queries.SCHEDULED_BY[kind]
    queries.refuse_second_status_call(asset)
    call, salt, delay_s = inner(facts["token"]), calls.word_of(uuid4()), int(facts["delay_s"])
    signer = wallets.platform(Purpose.GOVERNANCE)
    ask = partial(operations.enqueue, subject=asset, wallet=signer, by=by, at=at)
    first = ask(
        _call(scheduling, governance.schedule(call, salt=salt, delay_s=delay_s), facts),
        key=_key(asset, scheduling),
    )
    return ask(
        _call(kind, governance.execute(call, salt=salt), queries.timelock_facts(asset)),
        key=_key(asset, kind),
        after=first,
        wait=timedelta(seconds=delay_s) + SPARE,
    )


def _call(kind: str, encoded: Encoded, facts: Mapping[str, str]) -> operations.Call:
    return operations.Call(kind, encoded.to, encoded.calldata, facts)


def _key(asset: Asset, kind: str) -> str:
    """One a time round: a token can be stopped and resumed again and again. The asset is locked."""
    before = ChainOperation.objects.filter(subject=asset.pk, kind=kind).exclude(state__in=FAILED)
    return f"asset:{asset.pk}:{kind.rpartition('.')[2]}:{before.count() + 1}"


def _lock(asset_id: UUID) -> Asset:
    return Asset.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=asset_id)
