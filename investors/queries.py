"""Who may hold what, and why not: every reason at once, each with its remedy."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from assets.models import Asset
from contracts.calls import Profile
from contracts.models import FAILED, ChainOperation, State
from investors import calculations
from investors.kyc import Notice
from investors.models import Investor, InvestorType, KycSession, KycStatus, Wallet
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.jurisdictions import jurisdiction_name

ALLOWLIST, DISALLOW = "investors.allowlist", "investors.disallow"


class InvestorUnknown(RuleBroken):
    """There is no such investor."""

    field = "investor_id"


class InvestorNotEligible(DomainError):
    """The investor may not hold this asset."""

    def __init__(self, failed: "list[FailedRule]") -> None:
        super().__init__(" ".join(rule.text for rule in failed))
        self.failed = failed


@dataclass(frozen=True)
class FailedRule:
    """One reason why not, for the investor and the officer alike."""

    name: str
    text: str
    remedy: str


def eligibility(
    investor: Investor, asset: Asset | None = None, *, at: datetime, wallet: Wallet | None = None
) -> list[FailedRule]:
    """List every rule that keeps the investor from holding the asset; with no asset, from holding any."""
    failed = [*_identity_rules(investor, at.date()), *_wallet_rules(investor, wallet, at)]
    if asset is not None:
        failed += _asset_rules(investor, asset, at.date())
    return failed


def require_eligible(investor: Investor, wallet: Wallet, asset: Asset | None = None, *, at: datetime) -> None:
    """
    Make sure that the wallet's owner may hold the asset in this wallet now.

    :raises InvestorNotEligible: with every failing rule
    """
    failed = eligibility(investor, asset, at=at, wallet=wallet)
    if failed:
        raise InvestorNotEligible(failed)


def current_type(investor: Investor, today: date) -> str:
    """Return the type whose evidence still counts; without any, a person is RETAIL."""
    if investor.type_valid_until is not None and investor.type_valid_until < today:
        return InvestorType.RETAIL
    return investor.investor_type


def chain_profile(investor: Investor) -> Profile:
    """
    Return what the chain is to know of every wallet of this person, the wallet left open.

    :raises ValueError: for a person who was never verified, which is the caller's mistake
    """
    if investor.kyc_valid_until is None:
        raise ValueError("Nobody has a profile before the first verification.")
    is_retail = investor.investor_type == InvestorType.RETAIL
    ends = calculations.profile_ends(
        investor.kyc_valid_until, None if is_retail else investor.type_valid_until
    )
    return Profile(
        wallet="",
        valid_until=calculations.last_second(ends),
        jurisdiction_code=investor.jurisdiction_code,
        investor_type=investor.investor_type,
        investor_id=int(investor.chain_investor_id),
    )


def is_on_chain(wallet: Wallet) -> bool:
    """Whether the chain allows this wallet, and with the profile that we would write now."""
    if wallet.allowlisted_at is None or wallet.profile_valid_until is None:
        return False
    said = (
        wallet.address,
        int(wallet.profile_valid_until.timestamp()),
        wallet.profile_jurisdiction,
        wallet.profile_investor_type,
        wallet.profile_investor_id,
        True,
    )
    return said == replace(chain_profile(wallet.investor), wallet=str(wallet.address)).abi()


def operations_of(investor: Investor) -> "list[ChainOperation]":
    """List what was asked of the chain about this person, newest first."""
    asked = ChainOperation.objects.filter(subject=investor.pk, kind__in=[ALLOWLIST, DISALLOW])
    return list(asked.order_by("-requested_at", "-id"))


def under_way(investor: Investor, kind: str) -> ChainOperation | None:
    """Find the call of this kind that was asked for and is neither done nor given up."""
    ended = [*FAILED, State.CONFIRMED]
    asked = ChainOperation.objects.filter(subject=investor.pk, kind=kind).exclude(state__in=ended)
    return asked.order_by("requested_at", "id").last()


def kyc_facts(investor: Investor) -> dict[str, str]:
    """Read what eligibility rests on; consent to a call counts only while these stay the same."""
    return {
        "kyc_status": investor.kyc_status,
        "kyc_hash": investor.kyc_hash or "",
        "kyc_valid_until": str(investor.kyc_valid_until or ""),
        "jurisdiction": investor.jurisdiction_code,
        "investor_type": investor.investor_type,
        "type_valid_until": str(investor.type_valid_until or ""),
    }


def session_of(provider: str, notice: Notice) -> KycSession | None:
    """Find whom a notice is about, by the provider's id or, before we know that, by ours."""
    sessions = KycSession.objects.filter(provider=provider)
    session = sessions.filter(applicant_id=notice.applicant_id).first()
    if session is not None:
        return session
    try:
        named = uuid.UUID(notice.external_id)
    except ValueError:
        return None
    # The first notice can be faster than the answer to our request.
    return sessions.filter(pk=named, applicant_id="").first()


def _identity_rules(investor: Investor, today: date) -> Iterator[FailedRule]:
    if investor.kyc_status == KycStatus.PENDING:
        yield FailedRule(
            "KYC_PENDING", "The investor is not verified yet.", "Finish the identity check and wait for it."
        )
    elif investor.kyc_status == KycStatus.REJECTED:
        yield FailedRule(
            "KYC_REJECTED", "The identity check was refused.", "Ask the compliance team what can be done."
        )
    elif investor.kyc_valid_until is not None and investor.kyc_valid_until < today:
        yield FailedRule(
            "KYC_EXPIRED",
            f"The identity check has expired on {investor.kyc_valid_until}.",
            "Do the identity check again.",
        )


def _wallet_rules(investor: Investor, wallet: Wallet | None, at: datetime) -> Iterator[FailedRule]:
    wallets = [wallet] if wallet is not None else list(investor.wallets.order_by("proven_at", "id"))
    if not wallets:
        yield FailedRule("WALLET_MISSING", "No wallet is proven.", "Sign the wallet proof.")
        return
    if wallet is not None and wallet.investor_id != investor.pk:
        yield FailedRule("WALLET_FOREIGN", "The wallet is not the investor's.", "Prove this wallet.")
        return
    reasons = [list(_chain_rules(each, at)) for each in wallets]
    if all(reasons):  # one good wallet is enough
        yield from reasons[0]


def _chain_rules(wallet: Wallet, at: datetime) -> Iterator[FailedRule]:
    if wallet.allowlisted_at is None:
        yield FailedRule(
            "WALLET_NOT_ALLOWLISTED",
            "The chain does not let the wallet hold tokens yet.",
            "Wait until compliance has put the wallet on the allowlist.",
        )
    elif wallet.profile_valid_until is not None and wallet.profile_valid_until < at:
        yield FailedRule(
            "PROFILE_EXPIRED",
            f"What the chain knows of the wallet has expired on {wallet.profile_valid_until:%Y-%m-%d}.",
            "Compliance must write the profile again.",
        )
    if wallet.frozen_at is not None:
        yield FailedRule("WALLET_FROZEN", "The wallet is frozen.", "Ask the compliance team.")
    if wallet.sanctioned_at is not None:
        yield FailedRule("WALLET_SANCTIONED", "The wallet is sanctioned.", "Ask the compliance team.")


def _asset_rules(investor: Investor, asset: Asset, today: date) -> Iterator[FailedRule]:
    kind = current_type(investor, today)
    allowed = asset.terms.get("jurisdictions", {})
    if investor.jurisdiction_code in allowed.get(kind, ()):
        return
    elsewhere = [
        other for other in InvestorType.values if investor.jurisdiction_code in allowed.get(other, ())
    ]
    country = jurisdiction_name(investor.jurisdiction_code)
    yield FailedRule(
        "JURISDICTION_REFUSED",
        f"This asset is not offered to {kind.lower()} investors in {country}.",
        f"Show evidence of being {' or '.join(elsewhere).lower()}." if elsewhere else "Nothing can be done.",
    )
