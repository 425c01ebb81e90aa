"""The secrets of an embedded portal: made once, kept in `.portal/secrets.env`, never replaced silently."""

import base64
import secrets
import uuid
from collections.abc import Callable

from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.processes import write_private


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _rsa_key() -> str:
    # Fetched by the set-up, which this module is a part of.
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return base64.b64encode(pem).decode()  # on one line


MADE: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "ENCRYPTION_KEYS": lambda: f"dev1:{_key()}",
    "BLIND_INDEX_KEY": _key,
    "AUDIT_CHECKPOINT_KEY": _key,
    "LOCAL_SIGNER_SEED": _key,
    "SUMSUB_APP_TOKEN": lambda: f"sbx:{secrets.token_urlsafe(24)}",
    "SUMSUB_SECRET_KEY": lambda: secrets.token_urlsafe(32),
    "SUMSUB_WEBHOOK_SECRETS": lambda: secrets.token_urlsafe(32),
    "FIREBLOCKS_API_KEY": lambda: str(uuid.uuid4()),
    "FIREBLOCKS_PRIVATE_KEY": _rsa_key,
    "ANCHORAGE_ACCESS_KEY": lambda: secrets.token_hex(32),
    "ANCHORAGE_SIGNING_KEY": lambda: secrets.token_hex(32),
    "PRIME_ACCESS_KEY": lambda: secrets.token_urlsafe(24),
    "PRIME_PASSPHRASE": lambda: secrets.token_urlsafe(12),
    "PRIME_SIGNING_KEY": lambda: secrets.token_urlsafe(48),
    "PRIME_PORTFOLIO_ID": lambda: str(uuid.uuid4()),
    "SANDBOX_SEED": _key,
}
_HEADER = "# Made once by ./portal. What the database holds cannot be read without them: keep them with it.\n"


def load_secrets(home: Home) -> dict[str, str]:
    """
    Return the secrets; make those that never existed.

    :raises CannotGoOn: one that was made is gone, so what was encrypted with it cannot be read
    """
    path, names = home.path / "secrets.env", home.path / "stamps" / "secrets"
    names.parent.mkdir(exist_ok=True)
    found = _parse(path.read_text()) if path.exists() else {}
    made_before = set(names.read_text().split()) if names.exists() else set()
    if lost := sorted(made_before - found.keys()):
        raise CannotGoOn(
            f"{path} has lost {', '.join(lost)}: bring the file back, or start afresh with ./portal reset."
        )
    if missing := MADE.keys() - found.keys():
        found |= {name: MADE[name]() for name in MADE if name in missing}
        write_private(path, _HEADER + "".join(f"{name}={value}\n" for name, value in found.items()))
    if made_before != found.keys():
        write_private(names, "\n".join(sorted(found)))
    path.chmod(0o600)
    return found


def _parse(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}
