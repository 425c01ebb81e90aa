"""The two forms of RFC 7515 that Fireblocks uses; the algorithm is ours to say, never the token's."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from contracts.custody import SignatureWrong
from contracts.custody.line import KeyUnusable

SHORTEST_KEY_BITS = 2048


def private_key(pem: str, *, setting: str) -> rsa.RSAPrivateKey:
    """
    Read a private key: PEM, its line ends perhaps written as \\n, or the base64 of one.

    :raises KeyUnusable: the message names the setting, never the key
    """
    try:
        key = serialization.load_pem_private_key(_pem(pem), password=None)
    except (ValueError, TypeError):
        raise KeyUnusable(f"{setting} is no private key in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < SHORTEST_KEY_BITS:
        raise KeyUnusable(f"{setting} is no RSA key of at least {SHORTEST_KEY_BITS} bits")
    return key


def public_key(pem: str, *, setting: str) -> rsa.RSAPublicKey:
    """
    :raises KeyUnusable:
    """
    try:
        key = serialization.load_pem_public_key(_pem(pem))
    except (ValueError, TypeError):
        raise KeyUnusable(f"{setting} is no public key in PEM") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SHORTEST_KEY_BITS:
        raise KeyUnusable(f"{setting} is no RSA key of at least {SHORTEST_KEY_BITS} bits")
    return key


def sign_rs256(claims: Mapping[str, Any], key: rsa.RSAPrivateKey) -> str:
    signed = f"{_b64(_json({'alg': 'RS256', 'typ': 'JWT'}))}.{_b64(_json(claims))}"
    return f"{signed}.{_b64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def kid_of(detached: str) -> str:
    """
    Return which key a detached JWS claims, after making sure that it claims RS512.

    :raises SignatureWrong:
    """
    head = _head(detached)
    if head.get("alg") != "RS512" or not isinstance(head.get("kid"), str):
        raise SignatureWrong("not RS512, or without a key id")
    return str(head["kid"])


def verify_rs512(detached: str, body: bytes, key: rsa.RSAPublicKey) -> None:
    """
    Verify a JWS whose payload travels beside it.

    :raises SignatureWrong:
    """
    kid_of(detached)
    head, _, signature = detached.split(".")
    verify_sha512(f"{head}.{_b64(body)}".encode(), _unb64(signature), key)


def verify_sha512(signed: bytes, signature: bytes, key: rsa.RSAPublicKey) -> None:
    """
    :raises SignatureWrong:
    """
    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA512())
    except InvalidSignature:
        raise SignatureWrong("the signature does not fit the body") from None


def keys_of(jwks: Any) -> dict[str, rsa.RSAPublicKey]:
    """Read the keys of a JWKS that may sign by RS512; the others are left out."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    found: dict[str, rsa.RSAPublicKey] = {}
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, Mapping) or entry.get("kty") != "RSA" or entry.get("alg") != "RS512":
            continue
        try:
            n, e = (int.from_bytes(_unb64(str(entry[name])), "big") for name in ("n", "e"))
            key = rsa.RSAPublicNumbers(e, n).public_key()
        except (ValueError, KeyError, SignatureWrong):
            continue
        if key.key_size >= SHORTEST_KEY_BITS and isinstance(entry.get("kid"), str):
            found[entry["kid"]] = key
    return found


def _head(detached: str) -> Mapping[str, Any]:
    parts = detached.split(".")
    if len(parts) != 3 or parts[1]:
        raise SignatureWrong("no detached JWS")
    try:
        head = json.loads(_unb64(parts[0]))
    except ValueError:
        raise SignatureWrong("its head is no JSON") from None
    if not isinstance(head, dict):
        raise SignatureWrong("its head is no object")
    return head


def _pem(given: str) -> bytes:
    if given.lstrip().startswith("-----BEGIN"):
        return given.replace("\\n", "\n").encode()
    return base64.b64decode(given, validate=True)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unb64(value: str) -> bytes:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise SignatureWrong("not base64") from None
