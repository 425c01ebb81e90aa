"""What the platform's treasury has, read from the chain as it stands now. Never inside a transaction."""

from contracts import reads, wallets
from contracts.models import Purpose
from corporate_actions.queries_redemptions import shown_usdc
from indexer.rpc import RpcError
from rwa_portal.core.errors import DomainError


def balance() -> int | None:
    """Micro-USDC; None if the chain cannot be asked now."""
    try:
        return reads.usdc_balance(wallets.platform(Purpose.TREASURER).address)
    except (RpcError, reads.AnswerUnreadable, DomainError):
        return None


def shown(*, needed: int = 0) -> str:
    """The balance in words, and whether it covers what is needed."""
    found = balance()
    if found is None:
        return "The treasury's balance cannot be read now."
    text = f"The treasury holds {shown_usdc(found)}"
    if found < needed:
        return f"{text}: {shown_usdc(needed - found)} too little. The settlement would fail."
    return f"{text}."
