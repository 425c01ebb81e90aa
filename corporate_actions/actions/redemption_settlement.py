from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO
from uuid import UUID

from contracts import operations, wallets
from contracts.calls import redemptions as calls
from contracts.models import ChainOperation, Purpose
from corporate_actions import kinds
from corporate_actions import queries_redemptions as queries
from corporate_actions.actions.redemption_locks import lock_redemption
from corporate_actions.models import (
    FinalRedemption,
    Method,
    OffChainSettlement,
    Redemption,
    SettlementStage,
    SettlementStatus,
)
from rwa_portal.core import documents, history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import MAX_UNITS
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User


class RedemptionNotPending(DomainError):
    """Only a redemption whose units are locked, and which is not held, can be settled."""


class SettlementUnderWay(DomainError):
    """Its settlement was asked for already, or is confirmed."""


class CancellationUnderWay(DomainError):
    """Its cancellation was asked for already, or is confirmed."""


class HolderNotPayable(DomainError):
    """The holder is frozen or sanctioned; the chain would refuse to burn and to pay."""


class PaymentBelowMinimum(RuleBroken):
    """The payment is below the least the holder has asked for."""

    field = "payment"


class PaymentTooLarge(RuleBroken):
    """The payment is more than the chain can note."""

    field = "payment"


class SettledOutsideTheChain(DomainError):
    """This redemption is settled outside the chain: record the document instead of paying USDC."""


class SettledInUsdc(DomainError):
    """This redemption is paid in USDC; nothing is recorded outside the chain."""


class SettlementRecordedAlready(DomainError):
    """A settlement was recorded already; confirm or decline that one."""


class SettlementNotRecorded(DomainError):
    """Nobody has recorded a settlement that waits for a second person."""


class SettlementNotConfirmed(DomainError):
    """Two people must agree on the settlement before the units are burned."""


class SecondPersonNeeded(DomainError):
    """Another person must confirm what you recorded."""


class CurrencyMalformed(RuleBroken):
    """A currency is three capital letters of ISO 4217: EUR, USD, XAU."""

    field = "currency"


class SettledAmountWrong(RuleBroken):
    """The amount must be above zero, with at most eight decimals."""

    field = "amount"


class ReferenceMissing(RuleBroken):
    """Give the bank's or the vault's own reference, in at most 140 characters."""

    field = "reference"


@dataclass(frozen=True)
class OffChain:
    """What was paid or delivered outside the chain, and the paper that shows it."""

    amount: Decimal
    currency: str
    reference: str
    file: BinaryIO
    file_name: str


@action
def settle_redemption(
    *, redemption_id: UUID, payment: int, by: User, at: datetime, reason: str
) -> ChainOperation:
    """
    Pay the holder micro-USDC from the treasury and burn the units: an allowance, then the settlement.

    SETTLED comes later, when the indexer hears RedemptionSettled; if the call fails it stays PENDING and says
    why.

    :raises RedemptionNotPending, SettledOutsideTheChain, HolderNotPayable: it cannot be paid now
    :raises SettlementUnderWay, CancellationUnderWay: something was asked for already
    :raises PaymentBelowMinimum, PaymentTooLarge: the contract would refuse it
    """
    redemption = lock_redemption(redemption_id)
    _refuse_unsettleable(redemption)
    if redemption.method == Method.OFF_CHAIN:
        raise SettledOutsideTheChain
    if payment < max(redemption.min_payment, 1):
        least = queries.shown_usdc(max(redemption.min_payment, 1))
        raise PaymentBelowMinimum(f"The holder has asked for at least {least}.")
    if payment > MAX_UNITS:
        raise PaymentTooLarge

    allowed = allow_module(redemption, payment, by=by, at=at)
    operation = _settle(redemption, payment, after=allowed, by=by, at=at)
    AuditEvent.record("redemption.settlement_asked", subject=redemption, by=by, at=at, reason=reason)
    return operation


@action
def record_settlement(
    *, redemption_id: UUID, outside: OffChain, by: User, at: datetime, reason: str
) -> OffChainSettlement:
    """
    Show what a holder was paid or given outside the chain. Nothing is burned until another person agrees.

    :raises RedemptionNotPending, SettledInUsdc, SettlementRecordedAlready: nothing is to be recorded now
    :raises SettledAmountWrong, CurrencyMalformed, ReferenceMissing: what is said of it is not whole
    :raises core.documents.NotAPdf, FileTooLarge, FileEmpty: of the document
    """
    redemption = lock_redemption(redemption_id)
    _refuse_unsettleable(redemption)
    if redemption.method != Method.OFF_CHAIN:
        raise SettledInUsdc
    if queries.standing_settlement(redemption) is not None:
        raise SettlementRecordedAlready
    _refuse_vague(outside)

    document = documents.store(
        outside.file, name=outside.file_name, owner_id=redemption.investor_id, by=by, at=at
    )
    settlement = OffChainSettlement(
        redemption=redemption,
        amount=outside.amount,
        currency=outside.currency,
        reference=outside.reference.strip(),
        document=document,
        recorded_by=by,
        recorded_at=at,
    )
    history.save(settlement, by=by, reason="settlement.recorded")
    AuditEvent.record("settlement.recorded", subject=settlement, by=by, at=at, reason=reason)
    return settlement


@action
def confirm_settlement(*, redemption_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Agree, as a second person, with what was recorded, and have the units burned without a payment on chain.

    :raises SettlementNotRecorded, SecondPersonNeeded:
    :raises RedemptionNotPending, HolderNotPayable, SettlementUnderWay, CancellationUnderWay: not now
    """
    redemption = lock_redemption(redemption_id)
    settlement = _recorded(redemption)
    if settlement.recorded_by_id == by.pk:
        raise SecondPersonNeeded
    _refuse_unsettleable(redemption)

    settlement.confirm(by=by, at=at)
    history.save(settlement, by=by, reason="settlement.confirmed")
    AuditEvent.record("settlement.confirmed", subject=settlement, by=by, at=at, reason=reason)
    return _settle(redemption, 0, after=None, by=by, at=at)


@action
def decline_settlement(*, redemption_id: UUID, by: User, at: datetime, reason: str) -> OffChainSettlement:
    """
    Take what was recorded off the table, one's own record included; another can then be recorded.

    :raises SettlementNotRecorded:
    """
    settlement = _recorded(lock_redemption(redemption_id))

    settlement.decline(by=by, at=at)
    history.save(settlement, by=by, reason="settlement.declined")
    AuditEvent.record("settlement.declined", subject=settlement, by=by, at=at, reason=reason)
    return settlement


@action
def burn_settled_redemption(*, redemption_id: UUID, by: User, at: datetime, reason: str) -> ChainOperation:
    """
    Ask again for the burn of what was settled outside the chain, after an earlier attempt has failed.

    :raises SettlementNotConfirmed: two people have not agreed
    :raises RedemptionNotPending, HolderNotPayable, SettlementUnderWay, CancellationUnderWay: not now
    """
    redemption = lock_redemption(redemption_id)
    settlement = queries.standing_settlement(redemption)
    if settlement is None or settlement.status != SettlementStage.CONFIRMED:
        raise SettlementNotConfirmed
    _refuse_unsettleable(redemption)

    operation = _settle(redemption, 0, after=None, by=by, at=at)
    AuditEvent.record("redemption.settlement_asked", subject=redemption, by=by, at=at, reason=reason)
    return operation


def allow_module(
    subject: Redemption | FinalRedemption, amount: int, *, by: User, at: datetime
) -> ChainOperation | None:
    """
    Have the module allowed to take `amount` for this subject. Return what the next call must wait for.

    An allowance that an earlier, failed attempt left unused counts, unless it failed for want of allowance.
    """
    earlier = queries.allowances(subject)
    given = 0 if "allowance" in subject.failure else sum(int(each.facts["allowance"]) for each in earlier)
    waiting = queries.pending(earlier)
    if given >= amount:
        return waiting
    call = calls.allow_module(amount - given)
    facts = queries.allow_facts(subject, amount=amount - given)
    return operations.enqueue(
        operations.Call(kinds.ALLOW_REDEMPTIONS, call.to, call.calldata, facts),
        key=queries.allow_key(subject),
        subject=subject,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
        after=waiting,
    )


def refuse_under_way(redemption: Redemption) -> None:
    """
    :raises SettlementUnderWay, CancellationUnderWay:
    """
    if queries.settlement(redemption) is not None:
        raise SettlementUnderWay
    if queries.cancellation(redemption) is not None:
        raise CancellationUnderWay


def _settle(
    redemption: Redemption, payment: int, *, after: ChainOperation | None, by: User, at: datetime
) -> ChainOperation:
    call = calls.settle(int(redemption.number or 0), payment)
    facts = queries.settle_facts(redemption, payment=payment)
    return operations.enqueue(
        operations.Call(kinds.SETTLE_REDEMPTION, call.to, call.calldata, facts),
        key=queries.settle_key(redemption),
        subject=redemption,
        wallet=wallets.platform(Purpose.TREASURER),
        by=by,
        at=at,
        after=after,
    )


def _refuse_unsettleable(redemption: Redemption) -> None:
    if redemption.settlement_status != SettlementStatus.PENDING:
        raise RedemptionNotPending
    refuse_under_way(redemption)
    if queries.obstacle(redemption) is not None:
        raise HolderNotPayable


def _recorded(redemption: Redemption) -> OffChainSettlement:
    settlement = queries.standing_settlement(redemption)
    if settlement is None or settlement.status != SettlementStage.RECORDED:
        raise SettlementNotRecorded
    return settlement


def _refuse_vague(outside: OffChain) -> None:
    exponent = outside.amount.as_tuple().exponent
    if not isinstance(exponent, int) or outside.amount <= 0 or exponent < -8 or outside.amount >= 10**30:
        raise SettledAmountWrong
    if len(outside.currency) != 3 or not outside.currency.isalpha() or not outside.currency.isupper():
        raise CurrencyMalformed
    if not outside.currency.isascii():
        raise CurrencyMalformed
    if not outside.reference.strip() or len(outside.reference.strip()) > 140:
        raise ReferenceMissing
