"""
What each call about a dividend rests on. Read when it is asked for, and again just before it is sent.

Consent counts only while these facts stay the same, so they hold what people decide about and nothing that
moves by itself: the eligible supply is checked, not consented to.
"""

from collections.abc import Sequence
from datetime import datetime

from assets.models import Asset
from corporate_actions import queries_dividends as queries
from corporate_actions.models import FUNDABLE, OPENED, ClaimState, DividendDistribution
from rwa_portal.core.chain_values import format_units
from rwa_portal.core.errors import DomainError, RuleBroken

PAYING = (Asset.Status.ACTIVE, Asset.Status.PAUSED)
Status = DividendDistribution.Status


class AssetPaysNothing(DomainError):
    """Only an active or paused asset pays dividends."""


class DistributionNotDraft(DomainError):
    """The dividend is declared, or was given up."""


class ExpiryPassed(DomainError):
    """The dividend would have expired before it could be claimed."""


class DistributionNotFundable(DomainError):
    """The dividend takes no money: it is not declared yet, or funded, or was given up."""


class FundingAboveDeclared(RuleBroken):
    """More than is missing cannot be funded."""

    field = "amount"


class DistributionNotCancellable(DomainError):
    """Only a declared dividend that has not opened can be cancelled; discard a draft."""


class DistributionNotOpen(DomainError):
    """The dividend is not open."""


class NothingToPay(DomainError):
    """None of these holders has anything left to be paid."""


class AlreadyPaid(DomainError):
    """The holder was paid."""


class AlreadyHeld(DomainError):
    """The holder's share is held already."""


class NothingToClaim(DomainError):
    """The wallet had no units at the snapshot, or too few for one micro-USDC."""


class NotExpired(DomainError):
    """Holders can claim until the expiry; it cannot be swept before."""


class UnclaimedAccountNotSet(DomainError):
    """Nobody has said where the asset's unclaimed money goes. Set the account first."""


def refuse_asset(asset: Asset) -> None:
    """
    :raises AssetPaysNothing, NoEligibleSupply:
    """
    if asset.status not in PAYING:
        raise AssetPaysNothing
    queries.require_eligible_supply(asset)


def declare_facts(distribution: DividendDistribution, *, at: datetime) -> dict[str, str]:
    """
    :raises DistributionNotDraft, AssetPaysNothing, NoEligibleSupply, ExpiryPassed:
    """
    if distribution.status != Status.DRAFT:
        raise DistributionNotDraft
    refuse_asset(distribution.asset)
    if at >= distribution.expires_at:
        raise ExpiryPassed
    return {
        "token": queries.token_of(distribution.asset),
        "amount": str(distribution.amount),
        "pay_date": str(distribution.distribution_date),
        "expires_at": f"{distribution.expires_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def fund_facts(distribution: DividendDistribution, *, amount: int) -> dict[str, str]:
    """
    :raises DistributionNotFundable, SnapshotTakenBack:
    :raises FundingAboveDeclared: the contract would refuse it, too
    """
    if distribution.status not in FUNDABLE:
        raise DistributionNotFundable
    queries.require_snapshot(distribution)
    if amount > distribution.missing:
        missing = format_units(distribution.missing, queries.USDC_DECIMALS)
        raise FundingAboveDeclared(f"Only {missing} USDC are missing; more cannot be funded.")
    return {
        "number": str(distribution.number),
        "declared": str(distribution.amount),
        "funded_before": str(distribution.total_funded),
        "amount": str(amount),
    }


def cancel_facts(distribution: DividendDistribution) -> dict[str, str]:
    """
    :raises DistributionNotCancellable, SnapshotTakenBack:
    """
    if distribution.status not in FUNDABLE:
        raise DistributionNotCancellable
    queries.require_snapshot(distribution)
    return {"number": str(distribution.number), "funded": str(distribution.total_funded)}


def pay_facts(distribution: DividendDistribution, *, holders: Sequence[str]) -> dict[str, str]:
    """
    :raises DistributionNotOpen, SnapshotTakenBack, NothingToPay:
    """
    if distribution.status not in OPENED:
        raise DistributionNotOpen
    queries.require_snapshot(distribution)
    if not any(row.claimable for row in queries.entitlements(distribution, wallets=holders)):
        raise NothingToPay
    return {"number": str(distribution.number), "holders": ",".join(holders)}


def hold_facts(distribution: DividendDistribution, *, wallet: str) -> dict[str, str]:
    """
    :raises DistributionNotOpen, SnapshotTakenBack, NothingToClaim, AlreadyPaid, AlreadyHeld:
    """
    if distribution.status != Status.ACTIVE:
        raise DistributionNotOpen
    queries.require_snapshot(distribution)
    row = queries.entitlement(distribution, wallet)
    if row is None or row.gross == 0:
        raise NothingToClaim
    if row.state == ClaimState.PAID:
        raise AlreadyPaid
    if row.state == ClaimState.HELD:
        raise AlreadyHeld
    return {"number": str(distribution.number), "holder": wallet, "amount": str(row.gross)}


def sweep_facts(distribution: DividendDistribution, *, at: datetime) -> dict[str, str]:
    """
    :raises DistributionNotOpen, SnapshotTakenBack, NotExpired, UnclaimedAccountNotSet:
    """
    if distribution.status != Status.ACTIVE:
        raise DistributionNotOpen
    queries.require_snapshot(distribution)
    if at <= distribution.expires_at:
        raise NotExpired(f"Holders can claim until {distribution.expires_at:%Y-%m-%d %H:%M} UTC.")
    account = queries.unclaimed_account(queries.token_of(distribution.asset))
    if account is None:
        raise UnclaimedAccountNotSet
    return {"number": str(distribution.number), "unclaimed_account": account}


def unclaimed_account_facts(asset: Asset, *, account: str) -> dict[str, str]:
    """
    :raises AssetNotOnChain:
    """
    return {"token": queries.token_of(asset), "account": account}
