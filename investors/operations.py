"""
What we say to the chain about a person: one call for all wallets together.

- Putting on the allowlist rests on facts; a call that no longer says the truth is cancelled, never sent.
- Taking off rests on nothing: it may always be sent.
- Each may be asked for again once the last of both is confirmed or has failed.
"""

from dataclasses import replace
from datetime import datetime

from contracts import calls, operations, wallets
from contracts.models import ChainOperation, Purpose, State
from investors import queries
from investors.models import Investor, KycStatus, Wallet
from investors.queries import ALLOWLIST, DISALLOW
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class InvestorNotVerified(DomainError):
    """Only a verified investor can be put on the allowlist."""


class VerificationExpired(DomainError):
    """The verification, or the evidence of the investor's type, has expired."""


class WalletMissing(DomainError):
    """The investor has proven no wallet."""


class AllowlistUnchanged(DomainError):
    """The chain says this already."""


class ProfileChanged(DomainError):
    """What is known of the investor has changed since; ask again."""


def allowlist_call(investor: Investor, *, at: datetime) -> operations.Call:
    """
    Write the call that allows all proven wallets of a person.

    :raises InvestorNotVerified, VerificationExpired, WalletMissing:
    """
    if investor.kyc_status != KycStatus.VERIFIED:
        raise InvestorNotVerified
    profile = queries.chain_profile(investor)
    if profile.valid_until < at.timestamp():
        raise VerificationExpired
    proven = _proven(investor)
    if not proven:
        raise WalletMissing
    encoded = calls.set_profiles_and_allowlist([replace(profile, wallet=wallet.address) for wallet in proven])
    facts = {**queries.kyc_facts(investor), "wallets": _named(proven)}
    return operations.Call(ALLOWLIST, encoded.to, encoded.calldata, facts)


def disallow_call(investor: Investor) -> operations.Call:
    """
    Write the call that takes all wallets of a person off the allowlist.

    :raises AllowlistUnchanged: no wallet is on it, and none is about to be
    """
    proven = _proven(investor)
    listed = [wallet for wallet in proven if wallet.allowlisted_at is not None]
    if queries.under_way(investor, ALLOWLIST) is not None:
        listed = proven  # the call before this one may still put them on
    if not listed:
        raise AllowlistUnchanged
    encoded = calls.set_allowlist([wallet.address for wallet in listed], allowlisted=False)
    return operations.Call(DISALLOW, encoded.to, encoded.calldata, {"wallets": _named(listed)})


def ask(call: operations.Call, *, investor: Investor, by: User, at: datetime) -> ChainOperation:
    """
    Ask for the call, in the caller's transaction.

    :raises contracts.operations.OperationUnderWay: one is on its way already
    """
    done = ChainOperation.objects.filter(
        subject=investor.pk, kind__in=[ALLOWLIST, DISALLOW], state=State.CONFIRMED
    )
    verb = call.kind.partition(".")[2]
    return operations.enqueue(
        call,
        key=f"investor:{investor.pk}:{verb}:{done.count()}",
        subject=investor,
        wallet=wallets.platform(Purpose.COMPLIANCE),
        by=by,
        at=at,
    )


def _proven(investor: Investor) -> list[Wallet]:
    return list(investor.wallets.order_by("address"))


def _named(wallets: list[Wallet]) -> str:
    return ",".join(str(wallet.address) for wallet in wallets)
