"""
What people, identity providers and officers can do about investors.

- The investor is locked first, then its wallets, its session, then the notice.
- A verdict changes an investor only after the provider was asked, and never goes back in the provider's time.
- Losing VERIFIED asks for the wallets' removal from the allowlist in the same transaction.
"""

from investors.actions.allowlist import allowlist_investor, disallow_investor
from investors.actions.kyc import (
    apply_verdict,
    journal_notice,
    open_session,
    record_applicant,
    retry_notice,
    set_notice_aside,
)
from investors.actions.profile import classify_investor, correct_details, register_investor
from investors.actions.reveal import reveal_comments, reveal_notice, reveal_person
from investors.actions.wallets import challenge_wallet, choose_primary_wallet, prove_wallet

__all__ = [
    "allowlist_investor",
    "apply_verdict",
    "challenge_wallet",
    "choose_primary_wallet",
    "classify_investor",
    "correct_details",
    "disallow_investor",
    "journal_notice",
    "open_session",
    "prove_wallet",
    "record_applicant",
    "register_investor",
    "retry_notice",
    "reveal_comments",
    "reveal_notice",
    "reveal_person",
    "set_notice_aside",
]
