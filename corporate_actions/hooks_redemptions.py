"""Before a call is sent its facts are read again; when it fails, the redemption waits on and says why."""

from collections.abc import Mapping

from contracts.models import FAILED, ChainOperation
from corporate_actions import kinds, queries_final
from corporate_actions import queries_redemptions as queries
from corporate_actions.models import FinalRedemption, HeldBecause, Redemption, SettlementStatus
from rwa_portal.core import history
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User

# What a failed settlement says when the holder is the reason, and what that makes of the redemption.
OBSTACLES: Mapping[str, HeldBecause] = {
    "WalletIsSanctioned": HeldBecause.WALLET_SANCTIONED,
    "WalletIsFrozen": HeldBecause.WALLET_FROZEN,
    "AddressIsFrozen": HeldBecause.WALLET_FROZEN,
    "ERC7943InsufficientUnfrozenBalance": HeldBecause.UNITS_FROZEN,
    "blacklisted": HeldBecause.PAYEE_BLACKLISTED,
}


class RedemptionNoLongerPending(DomainError):
    """The redemption is held or at an end."""


class HolderNoLongerPayable(DomainError):
    """The holder was frozen or sanctioned since; the chain would refuse to burn and to pay."""


class FinalRedemptionNoLongerDue(DomainError):
    """The final redemption is open already, or was given up."""


class NothingLeftToSweep(DomainError):
    """The final redemption is swept already."""


def recheck_settle(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises RedemptionNoLongerPending, HolderNoLongerPayable:
    """
    redemption = _pending(operation)
    return queries.settle_facts(redemption, payment=int(operation.facts["payment"]))


def recheck_allow(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises RedemptionNoLongerPending, HolderNoLongerPayable, FinalRedemptionNoLongerDue:
    """
    amount = int(operation.facts["allowance"])
    final = FinalRedemption.objects.filter(pk=operation.subject).first()
    if final is None:
        return queries.allow_facts(_pending(operation), amount=amount)
    if final.status != FinalRedemption.Status.OPENING:
        raise FinalRedemptionNoLongerDue
    return queries.allow_facts(final, amount=amount)


def recheck_cancel(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises RedemptionNoLongerPending:
    """
    redemption = Redemption.objects.get(pk=operation.subject)
    if not redemption.is_locked:
        raise RedemptionNoLongerPending
    return queries.cancel_facts(redemption)


def recheck_open(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises FinalRedemptionNoLongerDue:
    """
    final = FinalRedemption.objects.get(pk=operation.subject)
    if final.status != FinalRedemption.Status.OPENING:
        raise FinalRedemptionNoLongerDue
    return queries_final.open_facts(final)


def recheck_sweep(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises NothingLeftToSweep:
    """
    final = FinalRedemption.objects.get(pk=operation.subject)
    if final.status != FinalRedemption.Status.OPEN:
        raise NothingLeftToSweep
    return queries_final.sweep_facts(final)


def settlement_failed(operation: ChainOperation, reason: str) -> None:
    """
    Write down why; the units stay locked. If the holder is the reason, the redemption is HELD.

    Runs in the transaction that ends the operation.
    """
    final = FinalRedemption.objects.select_for_update(of=("self",)).filter(pk=operation.subject).first()
    if final is not None:
        return _final_failed(final, operation, reason)
    redemption = Redemption.objects.select_for_update(of=("self",)).get(pk=operation.subject)
    if operation.after is not None and operation.after.state in FAILED:
        return None  # the allowance has said why
    custody = User.service("custody")
    redemption.note_failure(reason, at=operation.state_at)
    said = next((held for word, held in OBSTACLES.items() if word in reason), None)
    because = said or queries.obstacle(redemption)
    if because is not None and redemption.settlement_status == SettlementStatus.PENDING:
        redemption.hold(because=because, at=operation.state_at)
    history.save(redemption, by=custody, reason="redemption.settlement_failed")
    _note(operation, redemption, "redemption.settlement_failed", reason)
    return None


def cancellation_failed(operation: ChainOperation, reason: str) -> None:
    """It stands where it stood; the trail says why nothing happened."""
    _note(
        operation,
        Redemption.objects.get(pk=operation.subject),
        "redemption.cancellation_failed",
        reason,
    )


def opening_failed(operation: ChainOperation, reason: str) -> None:
    """It is DUE again; with other terms it can be decided again."""
    final = FinalRedemption.objects.select_for_update(of=("self",)).get(pk=operation.subject)
    if operation.after is None or operation.after.state not in FAILED:
        final.note_failure(reason, at=operation.state_at)
    if final.status == FinalRedemption.Status.OPENING:
        final.undo()
    history.save(final, by=User.service("custody"), reason="final_redemption.opening_failed")
    _note(operation, final, "final_redemption.opening_failed", reason)


def sweep_failed(operation: ChainOperation, reason: str) -> None:
    """It stays open and says why."""
    final = FinalRedemption.objects.select_for_update(of=("self",)).get(pk=operation.subject)
    _final_failed(final, operation, reason)


def title_of_settle(operation: ChainOperation) -> str:
    redemption = Redemption.objects.select_related("asset").get(pk=operation.subject)
    units = queries.shown_units(redemption)
    if redemption.method == Redemption.Method.OFF_CHAIN:
        recorded = queries.standing_settlement(redemption)
        paid = recorded.shown_amount if recorded else "what was recorded"
        return f"Burn {units}, settled outside the chain with {paid} (redemption {redemption.number})"
    payment = queries.shown_usdc(int(operation.facts["payment"]))
    return f"Pay {payment} for {units} and burn them (redemption {redemption.number})"


def title_of_allow(operation: ChainOperation) -> str:
    amount = queries.shown_usdc(int(operation.facts["allowance"]))
    return f"Let the redemption contract take {amount} from the treasury"


def title_of_cancel(operation: ChainOperation) -> str:
    redemption = Redemption.objects.select_related("asset").get(pk=operation.subject)
    return f"Cancel redemption {redemption.number} by legal order: unlock {queries.shown_units(redemption)}"


def title_of_open(operation: ChainOperation) -> str:
    final = FinalRedemption.objects.select_related("asset").get(pk=operation.subject)
    price = queries.shown_usdc(int(operation.facts["price"]))
    return f"Open the final redemption of {final.asset.symbol} at {price} a token"


def title_of_sweep(operation: ChainOperation) -> str:
    final = FinalRedemption.objects.select_related("asset").get(pk=operation.subject)
    return f"Sweep what nobody took of the final redemption of {final.asset.symbol}"


def _pending(operation: ChainOperation) -> Redemption:
    redemption = Redemption.objects.select_related("asset", "wallet").get(pk=operation.subject)
    if redemption.settlement_status != SettlementStatus.PENDING:
        raise RedemptionNoLongerPending
    if queries.obstacle(redemption) is not None:
        raise HolderNoLongerPayable
    return redemption


def _final_failed(final: FinalRedemption, operation: ChainOperation, reason: str) -> None:
    final.note_failure(reason, at=operation.state_at)
    history.save(final, by=User.service("custody"), reason=f"{operation.kind.split('.')[1]}_failed")
    _note(operation, final, f"{operation.kind}_failed", reason)


def _note(operation: ChainOperation, subject: Redemption | FinalRedemption, kind: str, reason: str) -> None:
    AuditEvent.record(kind, subject=subject, by=User.service("custody"), at=operation.state_at, reason=reason)


# Kind; what is read again; what happens when it fails; the event it must cause; what approvers read.
CALLS = [
    (kinds.ALLOW_REDEMPTIONS, recheck_allow, settlement_failed, None, title_of_allow),
    (
        kinds.SETTLE_REDEMPTION,
        recheck_settle,
        settlement_failed,
        "RedemptionModule.RedemptionSettled",
        title_of_settle,
    ),
    (
        kinds.CANCEL_REDEMPTION_FOR,
        recheck_cancel,
        cancellation_failed,
        "RedemptionModule.RedemptionCancelled",
        title_of_cancel,
    ),
    (
        kinds.OPEN_FINAL_REDEMPTION,
        recheck_open,
        opening_failed,
        "RedemptionModule.FinalRedemptionOpened",
        title_of_open,
    ),
    (
        kinds.SWEEP_FINAL_REDEMPTION,
        recheck_sweep,
        sweep_failed,
        "RedemptionModule.FinalRedemptionSwept",
        title_of_sweep,
    ),
]
