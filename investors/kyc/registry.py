from django.conf import settings

from investors.kyc import KycProvider
from investors.kyc.sumsub import Sumsub

PROVIDERS: dict[str, type[KycProvider]] = {Sumsub.name: Sumsub}


def provider(name: str) -> KycProvider:
    """
    :raises KeyError: for a provider that does not exist
    """
    return PROVIDERS[name]()


def chosen() -> KycProvider:
    """Return the provider of this deployment."""
    return provider(settings.KYC_PROVIDER)
