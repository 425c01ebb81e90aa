"""
A signer for chain 31337 only: every custody wallet has a key derived from LOCAL_SIGNER_SEED and its id.

- Keys live in memory while a transaction is signed; they are neither stored nor logged.
- What is signed is committed with its nonce before it is sent, so a second try sends the same bytes.
"""

import base64
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from eth_account import Account
from eth_account.signers.local import LocalAccount

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


class LocalSignerRefused(ImproperlyConfigured):
    """The local signer signs for chain 31337 only, and needs LOCAL_SIGNER_SEED."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


def account(name: UUID | str) -> LocalAccount:
    """
    The key of a custody wallet, or of a named account of the dev chain ("deployer").

    :raises LocalSignerRefused: on any other chain
    """
    if not settings.CHAIN.is_dev or not settings.LOCAL_SIGNER_SEED:
        raise LocalSignerRefused
    # 48 bytes modulo the order leave no bias that matters (RFC 9380, section 5).
    derived = HKDF(hashes.SHA256(), 48, salt=None, info=f"rwa-portal/local-signer/{name}".encode())
    number = int.from_bytes(derived.derive(base64.b64decode(settings.LOCAL_SIGNER_SEED)), "big")
    return Account.from_key((number % (CURVE_ORDER - 1) + 1).to_bytes(32, "big"))


def address_of(name: UUID | str) -> str:
    return account(name).address
