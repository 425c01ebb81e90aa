"""What the chain says about wallets. An event twice is harmless; wallets nobody has proven are skipped."""

from datetime import UTC, datetime

from indexer.registry import Event
from investors.models import Wallet
from rwa_portal.core import history
from rwa_portal.core.models import AuditEvent, User


def react_profile_set(event: Event) -> None:
    """Take over what the chain knows of the wallet."""
    wallet = _lock(event)
    if wallet is None:
        return
    said = {
        "profile_valid_until": datetime.fromtimestamp(int(event.payload["validUntil"]), tz=UTC),
        "profile_jurisdiction": int(event.payload["jurisdiction"]),
        "profile_investor_type": int(event.payload["investorType"]),
        "profile_investor_id": int(event.payload["investorId"]),
    }
    if all(getattr(wallet, name) == value for name, value in said.items()):
        return
    for name, value in said.items():
        setattr(wallet, name, value)
    _save(wallet, "wallet.profile_set", event)


def react_allowlist_updated(event: Event) -> None:
    """Note since when the chain lets the wallet hold tokens, or that it no longer does."""
    wallet = _lock(event)
    if wallet is None:
        return
    listed = event.payload["allowlisted"]
    if listed == (wallet.allowlisted_at is not None):
        return
    wallet.allowlisted_at = event.block_at if listed else None
    _save(wallet, "wallet.allowlisted" if listed else "wallet.disallowed", event)


def react_sanction_set(event: Event) -> None:
    wallet = _lock(event)
    if wallet is None:
        return
    sanctioned = event.payload["sanctioned"]
    if sanctioned == (wallet.sanctioned_at is not None):
        return
    wallet.sanctioned_at = event.block_at if sanctioned else None
    _save(wallet, "wallet.sanctioned" if sanctioned else "wallet.cleared", event)


def react_wallet_frozen(event: Event) -> None:
    wallet = _lock(event)
    if wallet is None:
        return
    frozen = event.payload["frozen"]
    if frozen == (wallet.frozen_at is not None):
        return
    wallet.frozen_at = event.block_at if frozen else None
    _save(wallet, "wallet.frozen" if frozen else "wallet.unfrozen", event)


def _lock(event: Event) -> Wallet | None:
    mine = Wallet.objects.select_for_update(of=("self",))
    return mine.filter(address=event.payload["wallet"]).first()


def _save(wallet: Wallet, kind: str, event: Event) -> None:
    chain = User.service("chain")
    history.save(wallet, by=chain, reason=kind)
    AuditEvent.record(kind, subject=wallet, by=chain, at=event.block_at)
