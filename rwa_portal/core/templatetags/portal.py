"""How pages write amounts, addresses and states."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rwa_portal.core.chain_values import format_units

register = template.Library()
USDC_DECIMALS = 6
TONES = {
    "ok": "VERIFIED REGISTERED ACTIVE VALID MINTED CONFIRMED SETTLED ALLOCATED FUNDED APPROVED",
    "wait": "PENDING SUBMITTED IN_REVIEW RETURNED DEPLOYING REQUESTED UNDERPAID PAID HELD PAUSED"
    " UNMATCHED LINKED AWAITING_APPROVAL QUEUED SUBMITTING SUBMIT_UNKNOWN CUSTODY BROADCAST MINED"
    " NEEDS_REVIEW SNAPSHOTTED FUNDING SKIPPED",
    "bad": "REJECTED REFUSED REVERTED",
}
_TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}


@register.filter
def units(value: int | None, decimals: int = 0) -> str:
    """Smallest units as whole tokens: {{ order.amount_requested|units:asset.decimals }}."""
    return "–" if value is None else format_units(value, decimals)


@register.filter
def usdc(value: int | None) -> str:
    """Micro-USDC with all six decimals; an amount to pay must be exact."""
    return "–" if value is None else f"{format_units(value, USDC_DECIMALS)} USDC"


@register.filter
def usdc_short(value: int | None) -> str:
    """Micro-USDC with two decimals where nothing is lost, else with six."""
    if value is None:
        return "–"
    text = format_units(value, USDC_DECIMALS)
    return f"{text.removesuffix('0000')} USDC" if text.endswith("0000") else f"{text} USDC"


@register.filter
def short(value: str | None) -> SafeString | str:
    """An address or hash, shortened, whole on hover and to copy."""
    if not value:
        return "–"
    return format_html('<code title="{0}" data-copy="{0}">{1}…{2}</code>', value, value[:8], value[-6:])


@register.filter
def badge(state: str) -> SafeString:
    """A state as a coloured pill, in the one vocabulary of the portal."""
    words = state.replace("_", " ")
    return format_html('<span class="badge badge-{}">{}</span>', _TONE_OF.get(state, "off"), words)


@register.filter
def utc(value: datetime | None) -> str:
    """A moment, to the minute, with its zone."""
    return f"{value:%d %b %Y %H:%M} UTC" if value else "–"


@register.filter
def percent(bps: int) -> str:
    """Basis points as a percentage with two decimals."""
    return f"{bps // 100}.{bps % 100:02d} %"


@register.filter
def payload(value: object) -> SafeString | str:
    """A value that an event carries; addresses and hashes are shortened."""
    text = str(value)
    return short(text) if text.startswith("0x") and len(text) in (42, 66) else text[:80]
