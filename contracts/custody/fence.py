"""What a custodian in use needs from the settings. With a key that does not parse nothing starts."""

from collections.abc import Callable, Iterator

from django.conf import settings

from contracts.custody import anchorage, jose
from contracts.custody.line import KeyUnusable
from contracts.models.custody import VENDORS
from rwa_portal.core import fences

NEEDED = {
    "fireblocks": ("FIREBLOCKS_API_KEY", "FIREBLOCKS_PRIVATE_KEY"),
    "anchorage": ("ANCHORAGE_ACCESS_KEY", "ANCHORAGE_SIGNING_KEY"),
    "coinbase_prime": ("PRIME_ACCESS_KEY", "PRIME_PASSPHRASE", "PRIME_SIGNING_KEY", "PRIME_PORTFOLIO_ID"),
}


def _fireblocks() -> None:
    jose.private_key(settings.FIREBLOCKS_PRIVATE_KEY, setting="FIREBLOCKS_PRIVATE_KEY")
    if settings.FIREBLOCKS_WEBHOOK_LEGACY_KEY:
        setting = "FIREBLOCKS_WEBHOOK_LEGACY_KEY"
        jose.public_key(settings.FIREBLOCKS_WEBHOOK_LEGACY_KEY, setting=setting)


PARSED: dict[str, Callable[[], object]] = {"fireblocks": _fireblocks, "anchorage": anchorage.signing_key}


@fences.register_everywhere
def _custodians_are_set_up() -> Iterator[str]:
    for vendor in settings.CUSTODIANS_IN_USE:
        if vendor not in (*VENDORS, "local"):
            yield f"CUSTODY_VENDORS names {vendor}: local, {', '.join(VENDORS)} are known."
            continue
        missing = [name for name in NEEDED.get(vendor, ()) if not getattr(settings, name)]
        if missing:
            yield f"CUSTODY_VENDORS names {vendor}, but {', '.join(missing)} is not set."
            continue
        try:
            PARSED.get(vendor, lambda: None)()
        except KeyUnusable as error:
            yield f"{error}."
    for purpose, vendor in settings.CUSTODY_BY_PURPOSE.items():
        if vendor not in settings.CUSTODIANS_IN_USE:
            yield f"CUSTODY_BY_PURPOSE gives {purpose} to {vendor}, which CUSTODY_VENDORS does not name."


@fences.register
def _vendors_are_asked_by_https() -> Iterator[str]:
    for name in settings.VENDOR_URLS:
        url = getattr(settings, name)
        if url and not url.startswith("https://"):
            yield f"{name} must be https: keys and calls would travel in the clear."
