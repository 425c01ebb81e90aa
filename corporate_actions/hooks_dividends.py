"""What happens before a call about a dividend is sent, and when it fails: the dividend stands as before."""

from collections.abc import Callable, Mapping

from contracts.models import ChainOperation
from corporate_actions import facts_dividends as facts
from corporate_actions import kinds
from corporate_actions import queries_dividends as queries
from corporate_actions.models import DividendDistribution
from rwa_portal.core import history
from rwa_portal.core.chain_values import format_units
from rwa_portal.core.models import AuditEvent, User


def recheck_declaration(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.declare_facts
    """
    return facts.declare_facts(_of(operation), at=operation.state_at)


def recheck_funding(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.fund_facts
    """
    return facts.fund_facts(_of(operation), amount=int(operation.facts["amount"]))


def recheck_cancellation(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.cancel_facts
    """
    return facts.cancel_facts(_of(operation))


def recheck_payment(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.pay_facts
    """
    return facts.pay_facts(_of(operation), holders=operation.facts["holders"].split(","))


def recheck_hold(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.hold_facts
    """
    return facts.hold_facts(_of(operation), wallet=operation.facts["holder"])


def recheck_sweep(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.sweep_facts
    """
    return facts.sweep_facts(_of(operation), at=operation.state_at)


def recheck_unclaimed_account(operation: ChainOperation) -> Mapping[str, str]:
    """
    :raises DomainError: see facts_dividends.unclaimed_account_facts
    """
    return facts.unclaimed_account_facts(_of(operation).asset, account=operation.facts["account"])


def declaration_failed(operation: ChainOperation, reason: str) -> None:
    """The dividend stays a draft; a funding that was to follow is not asked for by a later declaration."""
    distribution = DividendDistribution.objects.select_for_update(of=("self",)).get(pk=operation.subject)
    if distribution.funding_requested_by is not None:
        distribution.funding_requested_by = None
        history.save(distribution, by=User.service("custody"), reason="dividend.funding_withdrawn")
    _note(operation, distribution, reason)


def call_failed(operation: ChainOperation, reason: str) -> None:
    """The dividend stands where it stood; the trail says why, and it can be asked for again."""
    _note(operation, DividendDistribution.objects.get(pk=operation.subject), reason)


def _note(operation: ChainOperation, distribution: DividendDistribution, reason: str) -> None:
    AuditEvent.record(
        f"{operation.kind}_failed",
        subject=distribution,
        by=User.service("custody"),
        at=operation.state_at,
        reason=reason,
    )


def _of(operation: ChainOperation) -> DividendDistribution:
    return DividendDistribution.objects.select_related("asset").get(pk=operation.subject)


def _usdc(amount: object) -> str:
    return f"{format_units(int(str(amount)), queries.USDC_DECIMALS)} USDC"


def declaration_title(operation: ChainOperation) -> str:
    it = _of(operation)
    return f"Declare {_usdc(it.amount)} to the holders of {it.asset.symbol}, and take the snapshot"


def allowance_title(operation: ChainOperation) -> str:
    return f"Let the distributor take {_usdc(operation.facts['amount'])} for: {_of(operation)}"


def funding_title(operation: ChainOperation) -> str:
    declared = _usdc(operation.facts["declared"])
    return f"Fund {_usdc(operation.facts['amount'])} of {declared}: {_of(operation)}"


def cancellation_title(operation: ChainOperation) -> str:
    return f"Cancel {_of(operation)} and take back {_usdc(operation.facts['funded'])}"


def payment_title(operation: ChainOperation) -> str:
    number = len(operation.facts["holders"].split(","))
    return f"Pay {number} holder{'s' if number > 1 else ''}: {_of(operation)}"


def hold_title(operation: ChainOperation) -> str:
    return f"Hold {_usdc(operation.facts['amount'])} for {operation.facts['holder']}: {_of(operation)}"


def sweep_title(operation: ChainOperation) -> str:
    account = operation.facts["unclaimed_account"]
    return f"Sweep what nobody has claimed to {account}: {_of(operation)}"


def unclaimed_account_title(operation: ChainOperation) -> str:
    return f"Send unclaimed money of {_of(operation).asset} to {operation.facts['account']} from now on"


Hook = tuple[
    str,
    Callable[[ChainOperation], Mapping[str, str]],
    Callable[[ChainOperation, str], None],
    str | None,
    Callable[[ChainOperation], str],
]

# Kind; what is read again; what happens when it fails; the event it must cause; what approvers read.
CALLS: list[Hook] = [
    (
        kinds.DECLARE_DIVIDEND,
        recheck_declaration,
        declaration_failed,
        "DividendDistributor.DividendDeclared",
        declaration_title,
    ),
    # Of USDC only what reaches an escrow is read, so its Approval is never heard.
    (kinds.ALLOW_DISTRIBUTOR, recheck_funding, call_failed, None, allowance_title),
    (
        kinds.FUND_DIVIDEND,
        recheck_funding,
        call_failed,
        "DividendDistributor.DividendFunded",
        funding_title,
    ),
    (
        kinds.CANCEL_DIVIDEND,
        recheck_cancellation,
        call_failed,
        "DividendDistributor.DividendCancelled",
        cancellation_title,
    ),
    # A batch may pay everybody or, each with its reason, nobody: no one event must come.
    (kinds.PAY_HOLDERS, recheck_payment, call_failed, None, payment_title),
    (kinds.HOLD_DIVIDEND, recheck_hold, call_failed, "DividendDistributor.DividendHeld", hold_title),
    (kinds.SWEEP_DIVIDEND, recheck_sweep, call_failed, "DividendDistributor.DividendSwept", sweep_title),
    (
        kinds.SET_UNCLAIMED_ACCOUNT,
        recheck_unclaimed_account,
        call_failed,
        "AssetFactory.UnclaimedAccountSet",
        unclaimed_account_title,
    ),
]
