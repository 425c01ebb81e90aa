"""What a redemption rests on and where it stands. Reads only, and only what is stored here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Sum

from assets.models import Asset
from contracts.models import FAILED, ChainOperation, State
from corporate_actions import kinds
from corporate_actions.models import (
    EndedBecause,
    FinalRedemption,
    Freeze,
    HeldBecause,
    Redemption,
    RedemptionFact,
    SettlementStatus,
)
from corporate_actions.models.settlements import OffChainSettlement, SettlementStage
from indexer import queries as indexer
from investors.models import Wallet
from rwa_portal.core.chain_values import format_units

USDC_DECIMALS = 6
Kind = RedemptionFact.Kind


@dataclass(frozen=True)
class Part:
    """Units of a holding that cannot be redeemed now, and why not."""

    name: str
    units: int
    reason: str


@dataclass(frozen=True)
class Available:
    """What a wallet can redeem of an asset, in the token's smallest unit, as of the confirmed block."""

    balance: int
    parts: Sequence[Part]

    @property
    def units(self) -> int:
        """Never below zero: more may be frozen than the wallet holds."""
        return max(self.balance - sum(part.units for part in self.parts), 0)


def available(asset: Asset, wallet: Wallet, *, but: Redemption | None = None) -> Available:
    """What is left of a holding after what is frozen, locked, or asked for and not locked yet."""
    if asset.token_address is None:
        return Available(0, [])
    balance = indexer.holding(asset.token_address, wallet.address)
    frozen, locked = frozen_units(asset.token_address, wallet.address), locked_units(asset, wallet)
    asked = asked_units(asset, wallet, but=but)
    if is_wholly_frozen(asset.token_address, wallet.address):
        frozen = balance
    parts = [
        Part("Frozen", min(frozen, balance), "An officer has frozen them; ask the compliance team."),
        Part("Locked", locked, "They wait for the settlement of redemptions you asked for before."),
        Part(
            "Requested", asked, "You have asked to redeem them; your wallet has not sent it, or not finally."
        ),
    ]
    return Available(balance, [part for part in parts if part.units])


def frozen_units(token: str, wallet: str) -> int:
    row = _freezes(token, wallet).first()
    return row.units if row else 0


def is_wholly_frozen(token: str, wallet: str) -> bool:
    return _freezes(token, wallet).filter(is_whole=True).exists()


def open_requests(**which: str) -> QuerySet[RedemptionFact]:
    """The requests on chain that are neither settled nor cancelled: exactly they lock units."""
    ended = RedemptionFact.objects.filter(
        kind__in=[Kind.CANCELLED, Kind.SETTLED], number=OuterRef("number"), source=OuterRef("source")
    )
    asked = RedemptionFact.objects.filter(kind=Kind.REQUESTED, **which)
    return asked.exclude(Exists(ended))


def locked_units(asset: Asset, wallet: Wallet) -> int:
    mine = open_requests(token=str(asset.token_address), holder=wallet.address)
    return int(mine.aggregate(sum=Sum("units"))["sum"] or 0)


def asked_units(asset: Asset, wallet: Wallet, *, but: Redemption | None = None) -> int:
    """Sum what was asked for here and is not locked yet. What is locked counts there, not here."""
    asked = Redemption.objects.requested().filter(asset=asset, wallet=wallet)
    if but is not None:
        asked = asked.exclude(pk=but.pk)
    return int(asked.aggregate(sum=Sum("amount"))["sum"] or 0)


def obstacle(redemption: Redemption) -> HeldBecause | None:
    """Name what, by confirmed events, keeps the chain from settling it; None if nothing does."""
    wallet, token = redemption.wallet, str(redemption.asset.token_address)
    if wallet.sanctioned_at is not None:
        return HeldBecause.WALLET_SANCTIONED
    if wallet.frozen_at is not None or is_wholly_frozen(token, wallet.address):
        return HeldBecause.WALLET_FROZEN
    frozen = frozen_units(token, wallet.address)
    if frozen and indexer.holding(token, wallet.address) - frozen < redemption.amount:
        return HeldBecause.UNITS_FROZEN
    return None


def may_still_be_locked(redemption: Redemption, *, because: EndedBecause) -> bool:
    """Whether its lock may yet be heard: in a block that is not final, not reacted to, or not read."""
    if waiting_fact(redemption) is not None or seen_lock(redemption) is not None:
        return True
    if because == EndedBecause.UNITS_GONE:
        return False
    read_until = indexer.position().head_at
    return read_until is None or redemption.lock_by is None or read_until < redemption.lock_by


def seen_lock(redemption: Redemption) -> "indexer.Seen | None":
    """Return the request that is in a block but not yet final: k of N confirmations."""
    if redemption.settlement_status != SettlementStatus.REQUESTED:
        return None
    return indexer.seen("RedemptionModule.RedemptionRequested", **_terms(redemption))


def seen_settlement(redemption: Redemption) -> "indexer.Seen | None":
    if not redemption.is_locked:
        return None
    return indexer.seen("RedemptionModule.RedemptionSettled", id=str(redemption.number))


def seen_cancellation(redemption: Redemption) -> "indexer.Seen | None":
    if not redemption.is_locked:
        return None
    return indexer.seen("RedemptionModule.RedemptionCancelled", id=str(redemption.number))


def standing_settlement(redemption: Redemption) -> OffChainSettlement | None:
    """What two people attest, or one has recorded, of a settlement outside the chain."""
    return redemption.settlements.exclude(status=SettlementStage.DECLINED).first()


def settlement(redemption: Redemption) -> ChainOperation | None:
    """The call that settles it, unless it failed."""
    return living(settle_key(redemption))


def cancellation(redemption: Redemption) -> ChainOperation | None:
    return living(cancel_key(redemption))


def living(key: str) -> ChainOperation | None:
    return ChainOperation.objects.filter(key=key).exclude(state__in=FAILED).first()


def allowances(subject: Redemption | FinalRedemption) -> list[ChainOperation]:
    """The calls that let the module take the treasury's USDC for this; unused while it is unsettled."""
    asked = ChainOperation.objects.filter(subject=subject.pk, kind=kinds.ALLOW_REDEMPTIONS)
    return list(asked.exclude(state__in=FAILED).order_by("requested_at", "id"))


def pending(operations: Sequence[ChainOperation]) -> ChainOperation | None:
    """The newest of them that something must still wait for."""
    waiting = [each for each in operations if each.state != State.CONFIRMED]
    return waiting[-1] if waiting else None


def settle_facts(redemption: Redemption, *, payment: int) -> dict[str, str]:
    """What a settlement rests on; consent to it counts only while these stay the same."""
    recorded = standing_settlement(redemption)
    return {
        "redemption": str(redemption.number),
        "holder": redemption.wallet.address,
        "amount": str(redemption.amount),
        "min_payment": str(redemption.min_payment),
        "payment": str(payment),
        "method": redemption.method,
        "off_chain_settlement": str(recorded.pk) if recorded else "",
    }


def allow_facts(subject: Redemption | FinalRedemption, *, amount: int) -> dict[str, str]:
    return {"for": str(subject.pk), "allowance": str(amount)}


def cancel_facts(redemption: Redemption) -> dict[str, str]:
    return {
        "redemption": str(redemption.number),
        "holder": redemption.wallet.address,
        "amount": str(redemption.amount),
    }


def settle_key(redemption: Redemption) -> str:
    return f"redemption:{redemption.pk}:settle"


def cancel_key(redemption: Redemption) -> str:
    return f"redemption:{redemption.pk}:cancel_for"


def allow_key(subject: Redemption | FinalRedemption) -> str:
    # One for each attempt: an allowance that was given for a settlement that failed stays confirmed.
    asked = ChainOperation.objects.filter(subject=subject.pk, kind=kinds.ALLOW_REDEMPTIONS).count()
    return f"redemption:{subject.pk}:allow:{asked + 1}"


def due_after() -> timedelta:
    return timedelta(days=settings.REDEMPTION_DUE_DAYS)


def matching(*, token: str, holder: str, units: int, min_payment: int) -> QuerySet[Redemption]:
    """The portal's requests that a request on chain can be, the oldest first."""
    asked = Redemption.objects.requested().filter(
        asset__token_address=token, wallet__address=holder, amount=units, min_payment=min_payment
    )
    return asked.order_by("created_at", "id")


def unclaimed_facts() -> QuerySet[RedemptionFact]:
    """Open requests on chain of wallets we know that have no row: the wallet was proven later."""
    rows = Redemption.objects.filter(number=OuterRef("number"))
    known = Wallet.objects.filter(address=OuterRef("holder"))
    return open_requests().filter(Exists(known)).exclude(Exists(rows)).order_by("seq")


def value_at_issue_price(asset: Asset, units: int) -> int:
    """What units cost when they were issued, in micro-USDC, rounded down: a guide to what to ask for."""
    return units * int(asset.unit_price or 0) // 10**asset.decimals


def shown_units(redemption: Redemption) -> str:
    return f"{format_units(redemption.amount, redemption.asset.decimals)} {redemption.asset.symbol}"


def shown_usdc(amount: int) -> str:
    return f"{format_units(amount, USDC_DECIMALS)} USDC"


def _freezes(token: str, wallet: str) -> QuerySet[Freeze]:
    return Freeze.objects.filter(chain_id=settings.CHAIN.chain_id, token=token, wallet=wallet)


def _terms(redemption: Redemption) -> dict[str, str]:
    return {
        "token": str(redemption.asset.token_address),
        "holder": redemption.wallet.address,
        "amount": str(redemption.amount),
        "minPayment": str(redemption.min_payment),
    }


def waiting_fact(redemption: Redemption) -> RedemptionFact | None:
    """A confirmed request on chain that this one will be matched with as soon as it is reacted to."""
    rows = Redemption.objects.filter(number=OuterRef("number"))
    asked = open_requests(
        token=str(redemption.asset.token_address),
        holder=redemption.wallet.address,
    ).filter(units=redemption.amount, amount=redemption.min_payment)
    return asked.exclude(Exists(rows)).first()
