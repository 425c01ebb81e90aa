"""Writing down which of a custodian's wallets sign for us. The keys stay where they are."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from contracts.custody import AnswerUnknown, Refused, VendorWallet, custodian
from contracts.models import CustodyWallet, Purpose
from contracts.models.custody import OWNED, VENDORS
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import parse_address
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent, User


class CustodianUnknown(DomainError):
    """No such custodian: fireblocks, anchorage and coinbase_prime are known."""


class CustodianDoesNotAnswer(DomainError):
    """The custodian does not list its wallets."""


class VaultNotFound(DomainError):
    """The custodian has no such vault on this chain."""


class WalletOnAnotherChain(DomainError):
    """The wallet is on another chain than this portal's."""


class WalletAlreadyRegistered(DomainError):
    """This vault, its address, or a wallet of the platform for this purpose is registered already."""


def offered(vendor: str) -> list[VendorWallet]:
    """
    Ask a custodian for its wallets.

    :raises CustodianUnknown:
    :raises CustodianDoesNotAnswer: with the reason
    """
    if vendor not in VENDORS:
        raise CustodianUnknown
    try:
        return custodian(vendor).wallets()
    except (AnswerUnknown, Refused) as silence:
        raise CustodianDoesNotAnswer(f"The custodian does not list its wallets: {silence}.") from None


def register(*, vendor: str, vault: str, purpose: Purpose, by: User, at: datetime) -> CustodyWallet:
    """
    Write down that a custodian's vault signs for a purpose, after asking the custodian for its address.

    :raises VaultNotFound, WalletOnAnotherChain, WalletAlreadyRegistered:
    :raises CustodianUnknown, CustodianDoesNotAnswer: see `offered`
    """
    found = next((wallet for wallet in offered(vendor) if wallet.vault == vault), None)
    if found is None:
        raise VaultNotFound
    return _register(wallets=[found], vendor=vendor, purpose=purpose, by=by, at=at)[0]


def register_pool(*, by: User, at: datetime) -> int:
    """
    On the dev chain, register the sandbox's vaults for the purposes CUSTODY_BY_PURPOSE gives to a vendor.

    A vault is meant for the purpose its name begins with.

    :raises CustodianDoesNotAnswer:
    """
    count = 0
    for purpose, vendor in sorted(settings.CUSTODY_BY_PURPOSE.items()):
        if not settings.CHAIN.is_dev or CustodyWallet.objects.filter(purpose=purpose).exists():
            continue
        named = [w for w in offered(vendor) if w.name.partition(" ")[0] == purpose and _is_here(w)]
        named = named if purpose in OWNED else named[:1]
        count += len(_register(wallets=named, vendor=vendor, purpose=Purpose(purpose), by=by, at=at))
    return count


def _is_here(wallet: VendorWallet) -> bool:
    return wallet.chain_id == settings.CHAIN.chain_id


@action
def _register(
    *, wallets: Iterable[VendorWallet], vendor: str, purpose: Purpose, by: User, at: datetime
) -> list[CustodyWallet]:
    made = []
    for wallet in wallets:
        if not _is_here(wallet):
            raise WalletOnAnotherChain(
                f"Vault {wallet.vault} is on {wallet.network}, not on chain {settings.CHAIN.chain_id}."
            )
        address = parse_address(wallet.address, field="address")
        platform = CustodyWallet.objects.filter(purpose=purpose, owner_id=None, is_assigned=True)
        is_taken = CustodyWallet.objects.filter(address=address).exists()
        if is_taken or (purpose not in OWNED and platform.exists()):
            raise WalletAlreadyRegistered
        row = CustodyWallet.objects.create(
            address=address,
            vendor=vendor,
            vault=wallet.vault,
            purpose=purpose,
            is_assigned=purpose not in OWNED,
            created_at=at,
        )
        AuditEvent.record("custody_wallet.registered", subject=row, by=by, at=at)
        made.append(row)
    return made
