"""Which custody wallet signs for whom."""

import uuid
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from contracts.custody import local
from contracts.models import CustodyWallet, Purpose
from contracts.models.custody import OWNED
from rwa_portal.core.actions import require_transaction
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class NoCustodyWalletFree(DomainError):
    """No registered custody wallet is free for this purpose. Register one with the custodian first."""


class PurposeNotOwned(DomainError):
    """Only the purposes ISSUER and CUSTODIAN belong to an issuer."""


def platform(purpose: Purpose) -> CustodyWallet:
    """
    The platform's own wallet for a purpose. On the dev chain the first question creates it.

    :raises NoCustodyWalletFree: if none is registered
    """
    wallet = CustodyWallet.objects.filter(purpose=purpose, owner_id=None, is_assigned=True).first()
    if wallet is not None:
        return wallet
    if not settings.CHAIN.is_dev:
        raise NoCustodyWalletFree
    new = _derived(purpose, owner_id=None, at=timezone.now())
    row, _ = CustodyWallet.objects.get_or_create(
        purpose=purpose, owner_id=None, is_assigned=True, defaults=_columns(new)
    )
    return row


def assign(*, purpose: Purpose, owner_id: uuid.UUID, by: User, at: datetime) -> CustodyWallet:
    """
    Give an issuer its wallet for a purpose, in the caller's transaction; the same one if it has one.

    :raises PurposeNotOwned:
    :raises NoCustodyWalletFree: if no registered wallet is left
    """
    require_transaction()
    if purpose not in OWNED:
        raise PurposeNotOwned
    wallet = CustodyWallet.objects.filter(purpose=purpose, owner_id=owner_id).first()
    if wallet is not None:
        return wallet
    wallet = _free(purpose) or _derived_on_dev(purpose, owner_id=owner_id, at=at)
    wallet.owner_id, wallet.is_assigned = owner_id, True
    wallet.save()
    AuditEvent.record("custody_wallet.assigned", subject=wallet, by=by, at=at)
    return wallet


def _free(purpose: Purpose) -> CustodyWallet | None:
    registered = CustodyWallet.objects.filter(purpose=purpose, is_assigned=False).order_by("created_at", "id")
    return registered.select_for_update(of=("self",), skip_locked=True).first()


def _derived_on_dev(purpose: Purpose, *, owner_id: uuid.UUID, at: datetime) -> CustodyWallet:
    if not settings.CHAIN.is_dev:
        raise NoCustodyWalletFree
    return _derived(purpose, owner_id=owner_id, at=at)


def _derived(purpose: Purpose, *, owner_id: uuid.UUID | None, at: datetime) -> CustodyWallet:
    wallet_id = uuid.uuid4()
    return CustodyWallet(
        id=wallet_id,
        address=local.address_of(wallet_id),
        vendor="local",
        purpose=purpose,
        owner_id=owner_id,
        created_at=at,
    )


def _columns(wallet: CustodyWallet) -> dict[str, object]:
    return {
        "id": wallet.pk,
        "address": wallet.address,
        "vendor": wallet.vendor,
        "created_at": wallet.created_at,
    }
