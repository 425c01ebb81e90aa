"""
Who is entitled to what of a distribution, and what became of it.

- The record is the holdings at the snapshot's own place in its block: units that moved later, in that block
  or after it, count for who had them then. Accounts which the token excludes get nothing.
- A share is floor(units * amount / eligible units). What that leaves over is the residual; it is swept.
- paid + held + outstanding + residual + swept (+ waiting + returned, before it opens) is what was funded.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from assets.models import Asset
from contracts.models import FAILED, ChainOperation, State
from corporate_actions import calculations, kinds
from corporate_actions.models import ON_CHAIN, OPENED, ClaimState, DividendClaim, DividendDistribution
from indexer import queries as indexer
from indexer.models import Cursor, EventLog, HoldingChange
from investors.models import Investor, Wallet
from rwa_portal.core.chain_values import ZERO_ADDRESS
from rwa_portal.core.errors import DomainError

USDC_DECIMALS = 6
HOLDERS_A_BATCH = 100  # about 40,000 gas each
OPEN, SWEPT = "OPEN", "SWEPT"
STATES = {  # of a share of which the chain has said nothing yet
    DividendDistribution.Status.ACTIVE: OPEN,
    DividendDistribution.Status.CLOSED: SWEPT,
    DividendDistribution.Status.CANCELLED: "CANCELLED",
}


class AssetNotOnChain(DomainError):
    """The asset has no token whose holders could be paid."""


class NoEligibleSupply(DomainError):
    """Nobody holds units that are entitled: the eligible supply is zero."""


class SnapshotTakenBack(DomainError):
    """The chain has taken the snapshot's block back; nothing may rest on it."""


@dataclass(frozen=True)
class Entitlement:
    """What one holder gets. Units in the token's smallest unit, money in micro-USDC."""

    wallet: str
    units: int
    gross: int
    paid: int
    held: int
    state: str  # PAID, HELD, SKIPPED as the chain said; else OPEN, SWEPT, or what the distribution is
    investor_id: UUID | None
    claim: DividendClaim | None

    @property
    def outstanding(self) -> int:
        return self.gross if self.state in (OPEN, ClaimState.SKIPPED) else 0

    @property
    def claimable(self) -> int:
        """Micro-USDC that can still be paid to the holder: what is held, too."""
        return self.outstanding + self.held


@dataclass(frozen=True)
class Totals:
    """Where a distribution's money is, in micro-USDC."""

    declared: int
    funded: int
    paid: int
    held: int
    outstanding: int  # shares that nobody has taken yet
    residual: int  # too little for anybody, by rounding down
    swept: int  # went to the unclaimed account, the residual with it
    waiting: int  # came in before the opening; a cancellation would return it
    returned: int  # by a cancellation

    @property
    def shortfall(self) -> int:
        return self.declared - self.funded


def token_of(asset: Asset) -> str:
    """
    :raises AssetNotOnChain:
    """
    if asset.token_address is None:
        raise AssetNotOnChain
    return asset.token_address


def eligible_now(asset: Asset) -> int:
    """Return the units that would be entitled at the confirmed block, in the smallest unit."""
    holdings, excluded = indexer.holdings(token_of(asset)), excluded_accounts(token_of(asset))
    return sum(units for wallet, units in holdings.items() if wallet not in excluded)


def require_eligible_supply(asset: Asset) -> None:
    """
    :raises NoEligibleSupply, AssetNotOnChain:
    """
    if eligible_now(asset) == 0:
        raise NoEligibleSupply


def excluded_accounts(token: str, *, before: tuple[int, int] | None = None) -> set[str]:
    """Return the accounts a token excludes, now or before a place (block, log index) in the chain."""
    excluded: set[str] = set()
    said = _confirmed_logs("AssetToken.ExclusionSet").filter(address=token)
    if before is not None:
        said = said.filter(_earlier(*before))
    for log in said.order_by("block_number", "log_index"):
        payload = log.decoded_payload or {}
        (excluded.add if payload["excluded"] else excluded.discard)(payload["account"])
    return excluded


def unclaimed_account(token: str) -> str | None:
    """Return where a token's unclaimed money goes, as the confirmed chain has it; None if nobody has said."""
    said = _confirmed_logs("AssetFactory.UnclaimedAccountSet").filter(decoded_payload__token=token)
    newest = said.order_by("-block_number", "-log_index").first()
    return (newest.decoded_payload or {})["account"] if newest else None


def snapshot_stands(distribution: DividendDistribution) -> bool:
    """Whether the chain still counts the block in which the snapshot was taken."""
    event = distribution.snapshot_event
    return event is not None and EventLog.objects.canonical().filter(pk=event).exists()


def require_snapshot(distribution: DividendDistribution) -> None:
    """
    :raises SnapshotTakenBack:
    """
    if not snapshot_stands(distribution):
        raise SnapshotTakenBack


def snapshot_units(
    distribution: DividendDistribution, *, wallets: Collection[str] | None = None
) -> dict[str, int]:
    """Return the entitled units of every holder, or of these wallets, at the snapshot; before it, nothing."""
    block, log_index = distribution.snapshot_block, distribution.snapshot_log_index
    if block is None or log_index is None:
        return {}
    token = token_of(distribution.asset)
    units = indexer.holdings_at(token, block - 1, wallets=wallets)
    same_block = EventLog.objects.canonical().filter(
        chain_id=settings.CHAIN.chain_id,
        address=token,
        abi="AssetToken",
        event_name="Transfer",
        block_number=block,
        log_index__lt=log_index,
    )
    for log in same_block.order_by("log_index"):
        payload = log.decoded_payload or {}
        for wallet, sign in ((payload["from"], -1), (payload["to"], 1)):
            if wallet != ZERO_ADDRESS and (wallets is None or wallet in wallets):
                units[wallet] = units.get(wallet, 0) + sign * int(payload["value"])
    excluded = excluded_accounts(token, before=(block, log_index))
    return {wallet: held for wallet, held in units.items() if held and wallet not in excluded}


def entitlements(
    distribution: DividendDistribution, *, wallets: Collection[str] | None = None
) -> list[Entitlement]:
    """Return what each holder gets, or each of these wallets; the largest holding first."""
    units = snapshot_units(distribution, wallets=wallets)
    claims = {claim.wallet: claim for claim in distribution.claims.filter(wallet__in=list(units))}
    known = dict(Wallet.objects.filter(address__in=list(units)).values_list("address", "investor_id"))
    rows = sorted(units.items(), key=lambda item: (-item[1], item[0]))
    return [
        _entitlement(distribution, wallet, held, claims.get(wallet), known.get(wallet))
        for wallet, held in rows
    ]


def entitlement(distribution: DividendDistribution, wallet: str) -> Entitlement | None:
    found = entitlements(distribution, wallets=[wallet])
    return found[0] if found else None


def totals(distribution: DividendDistribution) -> Totals:
    """Sum where the money is: without reading who is entitled, unless holders can still claim."""
    paid, held = _sum(distribution, ClaimState.PAID), _sum(distribution, ClaimState.HELD)
    funded, opened = distribution.total_funded, distribution.status in OPENED
    owed = residual = 0
    if distribution.status == DividendDistribution.Status.ACTIVE:
        owed = sum(_gross(distribution, units) for units in snapshot_units(distribution).values())
        residual = funded - owed
    returned = distribution.returned_amount or 0
    return Totals(
        declared=distribution.amount,
        funded=funded,
        paid=paid,
        held=held,
        outstanding=owed - paid - held if owed else 0,
        residual=residual,
        swept=distribution.swept_amount or 0,
        waiting=0 if opened else funded - returned,
        returned=returned,
    )


def unpaid_holders(distribution: DividendDistribution) -> list[Entitlement]:
    """Return whom a batch may pay next: entitled, neither paid nor held, and in no batch under way."""
    busy = wallets_being_paid(distribution)
    return [
        row for row in entitlements(distribution) if row.outstanding and row.gross and row.wallet not in busy
    ]


def wallets_being_paid(distribution: DividendDistribution) -> set[str]:
    """Return the wallets of every batch that is asked for and not over."""
    batches = ChainOperation.objects.filter(subject=distribution.pk, kind=kinds.PAY_HOLDERS)
    under_way = batches.exclude(state__in=[*FAILED, State.CONFIRMED]).values_list("facts", flat=True)
    return {wallet for facts in under_way for wallet in facts["holders"].split(",")}


def living_operation(key: str) -> ChainOperation | None:
    """Return the call that was asked for under this business key, unless it failed."""
    return ChainOperation.objects.filter(key=key).exclude(state__in=FAILED).first()


def declare_key(distribution: DividendDistribution) -> str:
    # A snapshot that the chain took back is taken anew under another key: its call was confirmed once.
    return f"distribution:{distribution.pk}:declare:{distribution.snapshots_lost}"


def fund_key(distribution: DividendDistribution) -> str:
    # One funding at a time: the next begins where this one has brought the total to.
    return f"distribution:{distribution.pk}:fund:{distribution.snapshots_lost}:{distribution.total_funded}"


def allow_key(distribution: DividendDistribution) -> str:
    # Counted: the allowance may have been given and its funding have failed; both are asked for again.
    failed = ChainOperation.objects.filter(key=fund_key(distribution), state__in=FAILED).count()
    return f"{fund_key(distribution)}:allow:{failed}"


def cancel_key(distribution: DividendDistribution) -> str:
    return f"distribution:{distribution.pk}:cancel:{distribution.snapshots_lost}"


def sweep_key(distribution: DividendDistribution) -> str:
    return f"distribution:{distribution.pk}:sweep"


def hold_key(distribution: DividendDistribution, wallet: str) -> str:
    return f"distribution:{distribution.pk}:hold:{wallet}"


def pay_key(distribution: DividendDistribution) -> str:
    batches = ChainOperation.objects.filter(subject=distribution.pk, kind=kinds.PAY_HOLDERS).count()
    return f"distribution:{distribution.pk}:pay:{batches + 1}"


def unclaimed_account_key(asset: Asset) -> str:
    # It may be changed again and again: one such call an asset at a time, counted.
    calls = ChainOperation.objects.filter(
        key__startswith=f"asset:{asset.pk}:unclaimed:", state=State.CONFIRMED
    ).count()
    return f"asset:{asset.pk}:unclaimed:{calls + 1}"


def _entitlement(
    distribution: DividendDistribution,
    wallet: str,
    units: int,
    claim: DividendClaim | None,
    investor_id: UUID | None,
) -> Entitlement:
    said = claim.state if claim else None
    state = said or STATES.get(distribution.status, "ANNOUNCED")
    if distribution.status == DividendDistribution.Status.CLOSED and said == ClaimState.SKIPPED:
        state = SWEPT
    return Entitlement(
        wallet=wallet,
        units=units,
        gross=_gross(distribution, units),
        paid=claim.amount if claim and said == ClaimState.PAID else 0,
        held=claim.amount if claim and said == ClaimState.HELD else 0,
        state=state,
        investor_id=investor_id,
        claim=claim,
    )


def _gross(distribution: DividendDistribution, units: int) -> int:
    return calculations.share(units, distribution.amount, distribution.eligible_units or 1)


def _sum(distribution: DividendDistribution, state: ClaimState) -> int:
    claims = distribution.claims.filter(state=state)
    return int(claims.aggregate(sum=Sum("amount"))["sum"] or 0)


def _confirmed_logs(name: str) -> QuerySet[EventLog]:
    abi, event_name = name.split(".")
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    number = (cursor.confirmed_number if cursor else None) or 0
    logs = EventLog.objects.confirmed_at(number)
    return logs.filter(chain_id=settings.CHAIN.chain_id, abi=abi, event_name=event_name)


def _earlier(block: int, log_index: int) -> Q:
    return Q(block_number__lt=block) | Q(block_number=block, log_index__lt=log_index)


@dataclass(frozen=True)
class Position:
    """One wallet's part in one distribution, as its investor sees it."""

    distribution: DividendDistribution
    row: Entitlement

    @property
    def can_claim(self) -> bool:
        return self.distribution.status in OPENED and self.row.claimable > 0


def positions(investor: Investor, *, distribution_id: UUID | None = None) -> list[Position]:
    """Return what an investor's wallets get of every declared distribution, or of one; the newest first."""
    wallets = list(investor.wallets.values_list("address", flat=True))
    held = HoldingChange.objects.filter(chain_id=settings.CHAIN.chain_id, wallet__in=wallets)
    declared = DividendDistribution.objects.filter(
        status__in=ON_CHAIN, asset__token_address__in=held.values("token")
    )
    if distribution_id is not None:
        declared = declared.filter(pk=distribution_id)
    return [
        Position(distribution, row)
        for distribution in declared.select_related("asset").order_by("-snapshot_block", "id")
        for row in entitlements(distribution, wallets=wallets)
        if row.gross
    ]


def payment_under_way(distribution: DividendDistribution, wallet: str) -> ChainOperation | None:
    """Return the call that is to pay a holder, while it is not over."""
    batches = ChainOperation.objects.filter(subject=distribution.pk, kind=kinds.PAY_HOLDERS)
    under_way = batches.exclude(state__in=[*FAILED, State.CONFIRMED])
    return next((each for each in under_way if wallet in each.facts["holders"].split(",")), None)
