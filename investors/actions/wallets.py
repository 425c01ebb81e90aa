import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from contracts import signatures
from investors.models import Investor, Wallet, WalletChallenge
from rwa_portal.core import history
from rwa_portal.core.actions import action
from rwa_portal.core.chain_values import parse_address
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User

STATEMENT = "I control this wallet and want to hold tokens with it. Signing moves nothing and costs nothing."
CHALLENGE_LIVES = timedelta(minutes=15)


class WalletTaken(RuleBroken):
    """This wallet belongs to another investor."""

    field = "address"


class WalletProvenAlready(RuleBroken):
    """You have proven this wallet already."""

    field = "address"


class ChallengeUnknown(DomainError):
    """There is no such message to sign. Start again with the wallet's address."""


class ChallengeUsed(DomainError):
    """This message has been used. Start again: every proof needs a new one."""


class ChallengeExpired(DomainError):
    """The message has expired. Start again and sign within 15 minutes."""


@action
def challenge_wallet(*, investor_id: UUID, address: str, by: User, at: datetime) -> WalletChallenge:
    """
    Write the message that the wallet has to sign, good once and for a quarter of an hour.

    :raises AddressMalformed, AddressChecksumWrong, AddressZero: see core.chain_values
    :raises WalletTaken, WalletProvenAlready:
    """
    investor = Investor.objects.get(pk=investor_id)
    address = parse_address(address)
    _refuse_known(investor, address)
    # Whole seconds: the message cannot say more.
    issued_at = at.replace(microsecond=0)
    challenge = WalletChallenge(
        investor=investor,
        address=address,
        nonce=secrets.token_hex(16),
        issued_at=issued_at,
        expires_at=issued_at + CHALLENGE_LIVES,
    )
    challenge.message = _message(challenge)
    challenge.save()
    return challenge


@action
def prove_wallet(
    *, challenge_id: UUID, signature: str, by: User, at: datetime, message: str | None = None
) -> Wallet:
    """
    Take the signature as proof that the investor controls the wallet. The first one becomes the primary.

    `message` is what the wallet says it has signed, where that is known; without it, what it was given.

    :raises ChallengeUnknown, ChallengeUsed, ChallengeExpired:
    :raises MessageForAnotherSite, MessageForAnotherChain, SignerNotNamed: and the rest of check_siwe's
    :raises WalletTaken, WalletProvenAlready:
    """
    mine = WalletChallenge.objects.filter(investor__user=by)
    found = mine.filter(pk=challenge_id).first()
    if found is None:
        raise ChallengeUnknown
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=found.investor_id)
    challenge = WalletChallenge.objects.select_for_update(of=("self",)).get(pk=challenge_id)
    _require_usable(challenge, at)
    signed = challenge.message if message is None else message.replace("\r\n", "\n")
    domain, uri = _here()
    signer = signatures.check_siwe(signed, signature, domain=domain, uri=uri, nonce=challenge.nonce, at=at)
    if signer != challenge.address:
        raise signatures.SignerNotNamed
    _refuse_known(investor, challenge.address)

    challenge.used_at = at
    challenge.save(update_fields=["used_at"])
    wallet = Wallet(
        investor=investor,
        address=challenge.address,
        proven_at=at,
        proof_message=signed,
        proof_signature=bytes.fromhex(signature.strip().removeprefix("0x")),
    )
    return _add(investor, wallet, by, at)


@action
def choose_primary_wallet(*, wallet_id: UUID, by: User, at: datetime) -> Wallet:
    """Say which of the investor's wallets stands for it."""
    owner = Wallet.objects.get(pk=wallet_id, investor__user=by).investor_id
    investor = Investor.objects.select_for_update(of=("self",)).get(pk=owner)
    wallets = Wallet.objects.select_for_update(of=("self",)).filter(investor=investor)
    for wallet in wallets.filter(is_primary=True):
        wallet.is_primary = False
        history.save(wallet, by=by, reason="wallet.not_primary")
    wallet = wallets.get(pk=wallet_id)
    _make_primary(investor, wallet, by)
    AuditEvent.record("wallet.made_primary", subject=wallet, by=by, at=at)
    return wallet


def _message(challenge: WalletChallenge) -> str:
    domain, uri = _here()
    return signatures.siwe_message(
        domain=domain,
        address=challenge.address,
        statement=STATEMENT,
        uri=uri,
        nonce=challenge.nonce,
        issued_at=challenge.issued_at,
        expires_at=challenge.expires_at,
    )


def _require_usable(challenge: WalletChallenge, at: datetime) -> None:
    if challenge.used_at is not None:
        raise ChallengeUsed
    if at >= challenge.expires_at:
        raise ChallengeExpired


def _here() -> tuple[str, str]:
    return urlsplit(settings.PORTAL_URL).netloc, settings.PORTAL_URL


def _refuse_known(investor: Investor, address: str) -> None:
    known = Wallet.objects.filter(address=address).first()
    if known is not None:
        raise WalletProvenAlready if known.investor_id == investor.pk else WalletTaken


def _add(investor: Investor, wallet: Wallet, by: User, at: datetime) -> Wallet:
    try:
        with transaction.atomic():
            if investor.wallets.filter(is_primary=True).exists():
                history.save(wallet, by=by, reason="wallet.proven")
            else:
                _make_primary(investor, wallet, by)
    except IntegrityError as error:
        if "address" in str(error):
            raise WalletTaken from None  # another investor was faster by a moment
        raise
    AuditEvent.record("wallet.proven", subject=wallet, by=by, at=at)
    return wallet


def _make_primary(investor: Investor, wallet: Wallet, by: User) -> None:
    wallet.is_primary = True
    history.save(wallet, by=by, reason="wallet.primary")
    investor.wallet_address = wallet.address
    history.save(investor, by=by, reason="investor.primary_wallet")
