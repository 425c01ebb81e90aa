"""Where a person stands on the way to holding tokens, and what to do next, in the investor's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from investors import personal, queries
from investors.models import Investor, KycSession, KycStatus, Verdict
from rwa_portal.core.models import User

State = Literal["done", "now", "failed", "open"]


@dataclass(frozen=True)
class Step:
    name: str
    state: State
    note: str = ""


@dataclass(frozen=True)
class Next:
    """The one thing to do now; without `page` there is nothing to do but wait."""

    title: str
    text: str
    page: str = ""  # a URL name
    button: str = ""
    tone: str = ""  # "bad" when something went wrong


@dataclass(frozen=True)
class Progress:
    investor: Investor | None
    session: KycSession | None
    steps: tuple[Step, ...]
    next: Next


def progress(user: User, *, at: datetime) -> Progress:
    investor = Investor.objects.filter(user=user).prefetch_related("wallets").first()
    session = None if investor is None else investor.kyc_sessions.order_by("-created_at").first()
    identity, wallet, listed = (
        _identity_step(investor, at),
        _wallet_step(investor),
        _allowlist_step(investor),
    )
    steps = (Step("Account", "done", "E-mail confirmed"), identity, wallet, listed)
    return Progress(investor, session, steps, _next(investor, session, at))


def _identity_step(investor: Investor | None, at: datetime) -> Step:
    if investor is None or investor.kyc_status == KycStatus.PENDING:
        return Step("Identity", "now", "Not verified yet")
    if investor.kyc_status == KycStatus.REJECTED:
        return Step("Identity", "failed", "Refused")
    if investor.kyc_valid_until is not None and investor.kyc_valid_until < at.date():
        return Step("Identity", "failed", "Expired")
    return Step("Identity", "done", f"Verified until {investor.kyc_valid_until:%d %b %Y}")


def _wallet_step(investor: Investor | None) -> Step:
    count = 0 if investor is None else len(investor.wallets.all())
    if count == 0:
        ready = investor is not None and investor.kyc_status == KycStatus.VERIFIED
        return Step("Wallet", "now" if ready else "open", "None proven yet")
    return Step("Wallet", "done", "1 proven" if count == 1 else f"{count} proven")


def _allowlist_step(investor: Investor | None) -> Step:
    wallets = [] if investor is None else list(investor.wallets.all())
    listed = [wallet for wallet in wallets if wallet.allowlisted_at is not None]
    if listed:
        return Step("Allowlisted", "done", f"On chain since {listed[0].allowlisted_at:%d %b %Y %H:%M} UTC")
    ready = bool(wallets) and investor is not None and investor.kyc_status == KycStatus.VERIFIED
    return Step("Allowlisted", "now" if ready else "open", "The chain will say so")


def _next(investor: Investor | None, session: KycSession | None, at: datetime) -> Next:
    if investor is None:
        return Next(
            "Tell us who you are",
            "Your name, date of birth and address, as your passport shows them. It takes two minutes.",
            "investors:profile",
            "Fill in your profile",
        )
    if investor.kyc_status == KycStatus.REJECTED:
        return Next(
            "Your identity check was refused",
            _comment(session) or "Write to the compliance team if you think this is a mistake.",
            tone="bad",
        )
    expired = investor.kyc_valid_until is not None and investor.kyc_valid_until < at.date()
    if investor.kyc_status == KycStatus.PENDING or expired:
        return _next_for_identity(session)
    return _next_for_wallet(investor)


def _next_for_identity(session: KycSession | None) -> Next:
    start = Next(
        "Verify your identity",
        "Have your passport or identity card at hand. Our identity provider asks for it on its own page.",
        "investors:identity",
        "Verify identity",
    )
    if session is None or session.status in ("", "init"):
        return start
    if session.verdict == Verdict.RETRY:
        comment = _comment(session) or "Something you sent was not good enough."
        return Next("Please send your documents again", comment, "investors:identity", "Try again")
    if session.verdict == Verdict.UNCLEAR:
        return Next("A person is looking at your identity check", "You need do nothing.")
    if session.verdict == Verdict.NONE:
        return Next(
            "Your documents are being reviewed",
            "This takes minutes, sometimes a day. Meanwhile you can prove your wallet.",
            "investors:wallets",
            "Prove a wallet",
        )
    return start


def _next_for_wallet(investor: Investor) -> Next:
    wallets = list(investor.wallets.all())
    if not wallets:
        return Next(
            "Prove your wallet",
            "Sign a short message with the wallet that will hold your tokens. It moves nothing and is free.",
            "investors:wallets",
            "Prove a wallet",
        )
    if any(wallet.allowlisted_at for wallet in wallets):
        return Next(
            "You can invest", "Your wallet may hold tokens. Choose an asset.", "home", "See the assets"
        )
    asked = queries.under_way(investor, queries.ALLOWLIST)
    if asked is None:
        return Next(
            "Waiting for compliance", "An officer checks your record and asks the chain to allow your wallet."
        )
    return Next(
        "Your wallet is being put on the allowlist",
        f"The call to the chain is {asked.state.replace('_', ' ').lower()}. You need do nothing.",
    )


def _comment(session: KycSession | None) -> str:
    return "" if session is None else personal.text(session, "public_comment")
