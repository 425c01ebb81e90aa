"""Keys for tests of the custodians' protocols. They protect nothing."""

import base64
import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SEED = "01" * 32  # Anchorage's own example seed


@functools.cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def rsa_pem() -> str:
    form = serialization.PrivateFormat.PKCS8
    return rsa_key().private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def use(settings, *, url: str = "https://vendor.test") -> None:
    """Put test keys into the settings, and one address for every vendor."""
    settings.FIREBLOCKS_BASE_URL = settings.ANCHORAGE_BASE_URL = settings.PRIME_BASE_URL = url
    settings.FIREBLOCKS_JWKS_URL = f"{url}/.well-known/jwks.json"
    settings.FIREBLOCKS_API_KEY = "f0f0f0f0-api-user"
    settings.FIREBLOCKS_PRIVATE_KEY = base64.b64encode(rsa_pem().encode()).decode()
    settings.ANCHORAGE_ACCESS_KEY = "anchorage-access-key"
    settings.ANCHORAGE_SIGNING_KEY = SEED
    settings.PRIME_ACCESS_KEY = "prime-access-key"
    settings.PRIME_PASSPHRASE = "prime-passphrase"
    settings.PRIME_SIGNING_KEY = "prime-demo-signing-key"
    settings.PRIME_PORTFOLIO_ID = "3e1fe27e-26fe-46d8-b118-c752a92b6edf"
