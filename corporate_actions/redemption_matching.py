"""Which of our rows a request on chain belongs to."""

from dataclasses import dataclass
from datetime import datetime

from assets.models import Asset
from corporate_actions import queries_redemptions as queries
from corporate_actions.models import FinalRedemption, Redemption, RedemptionFact
from investors.models import Wallet
from rwa_portal.core import history
from rwa_portal.core.models import AuditEvent, User


@dataclass(frozen=True)
class Asked:
    """A confirmed request on chain. Units in the smallest unit, money in micro-USDC."""

    number: int
    token: str
    holder: str
    units: int
    min_payment: int
    tx_hash: str
    at: datetime

    @classmethod
    def of(cls, fact: RedemptionFact) -> "Asked":
        return cls(
            number=int(fact.number or 0),
            token=str(fact.token),
            holder=str(fact.holder),
            units=int(fact.units or 0),
            min_payment=int(fact.amount or 0),
            tx_hash=fact.tx_hash,
            at=fact.block_at,
        )


def note_request(asked: Asked) -> Redemption | None:
    """Find or make a request's row, in the caller's transaction. None: its holder is unknown."""
    asset = Asset.objects.select_for_update(of=("self",)).filter(token_address=asked.token).first()
    wallet = Wallet.objects.select_related("investor").filter(address=asked.holder).first()
    if asset is None or wallet is None:
        return None
    known = Redemption.objects.filter(number=asked.number).first()
    if known is not None:
        return known
    ours = queries.matching(
        token=asked.token, holder=asked.holder, units=asked.units, min_payment=asked.min_payment
    )
    redemption = ours.select_for_update(of=("self",)).first() or _outside(asked, asset, wallet)
    redemption.record_lock(
        number=asked.number, tx_hash=asked.tx_hash, at=asked.at, due_at=asked.at + queries.due_after()
    )
    save(redemption, "redemption.locked", asked.at)
    return redemption


def save(row: Redemption | FinalRedemption, kind: str, at: datetime) -> None:
    """Store what the chain has said of a row, with its history and its trail."""
    chain = User.service("chain")
    history.save(row, by=chain, reason=kind)
    AuditEvent.record(kind, subject=row, by=chain, at=at)


def _outside(asked: Asked, asset: Asset, wallet: Wallet) -> Redemption:
    return Redemption(
        investor=wallet.investor,
        wallet=wallet,
        asset=asset,
        amount=asked.units,
        min_payment=asked.min_payment,
        is_outside=True,
        requested_by=User.service("chain"),
        created_at=asked.at,
    )
