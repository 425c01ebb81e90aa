"""
What people sign with their own wallets, and who has signed it.

- Typed data (EIP-712) uses the domain that the USDC contract itself gave when it was recorded.
- Messages are EIP-4361 ("Sign-In with Ethereum"); what comes back must be exactly what was asked.
- Only canonical 65-byte signatures pass: the contracts refuse the others, so they are refused here first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_keys.exceptions import BadSignature

from contracts import deployments
from contracts.calls import Order, order_id
from rwa_portal.core.chain_values import parse_address
from rwa_portal.core.errors import RuleBroken

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
SIWE = re.compile(
    r"(?P<domain>[^\s]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    r"(?:(?P<statement>[^\n]+)\n)?\n"
    r"URI: (?P<uri>[^\s]+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]+)\n"
    r"Nonce: (?P<nonce>[a-zA-Z0-9]{8,})\n"
    r"Issued At: (?P<issued_at>[^\n]+)\n"
    r"Expiration Time: (?P<expires_at>[^\n]+)"
)


class SignatureMalformed(RuleBroken):
    """A signature is 0x and 130 hexadecimal digits, as the wallet gave it."""

    field = "signature"


class SignatureNotCanonical(RuleBroken):
    """The signature has a second form that contracts refuse. Sign again with another wallet."""

    field = "signature"


class MessageMalformed(RuleBroken):
    """The text is not a sign-in message (EIP-4361)."""

    field = "message"


class MessageForAnotherSite(RuleBroken):
    """The message names another site than this one."""

    field = "message"


class MessageForAnotherChain(RuleBroken):
    """The message names another chain."""

    field = "message"


class MessageNonceWrong(RuleBroken):
    """The message does not carry the nonce it was given; each is used once."""

    field = "message"


class MessageExpired(RuleBroken):
    """The message is no longer valid. Ask for a new one."""

    field = "message"


class MessageFromTheFuture(RuleBroken):
    """The message says it was issued later than now."""

    field = "message"


class SignerNotNamed(RuleBroken):
    """The signature is by another wallet than the message names."""

    field = "signature"


@dataclass(frozen=True)
class Siwe:
    """An EIP-4361 message. Its text is what the wallet shows and signs."""

    domain: str  # host and port of this site
    address: str
    statement: str
    uri: str
    chain_id: int
    nonce: str  # at least 8 letters or digits, used once
    issued_at: datetime
    expires_at: datetime

    def text(self) -> str:
        statement = f"{self.statement}\n" if self.statement else ""
        return (
            f"{self.domain} wants you to sign in with your Ethereum account:\n"
            f"{self.address}\n\n{statement}\n"
            f"URI: {self.uri}\nVersion: 1\nChain ID: {self.chain_id}\nNonce: {self.nonce}\n"
            f"Issued At: {_written(self.issued_at)}\nExpiration Time: {_written(self.expires_at)}"
        )


def siwe_message(
    *,
    domain: str,
    address: str,
    statement: str,
    uri: str,
    nonce: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """
    Write the message a wallet signs to prove that it is its owner's, for our chain.

    :raises MessageMalformed: if it would not read back as the same message
    """
    chain_id = settings.CHAIN.chain_id
    text = Siwe(domain, address, statement, uri, chain_id, nonce, issued_at, expires_at).text()
    if parse_siwe(text).text() != text:
        raise MessageMalformed
    return text


def parse_siwe(text: str) -> Siwe:
    """
    Read a message that consists of exactly the lines siwe_message writes.

    :raises MessageMalformed:
    :raises AddressChecksumWrong: EIP-4361 wants the address checksummed
    """
    found = SIWE.fullmatch(text)
    if found is None:
        raise MessageMalformed
    address = parse_address(found["address"], field="message")
    if address != found["address"]:
        raise MessageMalformed("The message must write the address with its checksum.")
    return Siwe(
        domain=found["domain"],
        address=address,
        statement=found["statement"] or "",
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_read(found["issued_at"]),
        expires_at=_read(found["expires_at"]),
    )


def check_siwe(text: str, signature: str, *, domain: str, uri: str, nonce: str, at: datetime) -> str:
    """
    Return the wallet that has signed a message which is for us, in time, and carries the nonce it was given.

    :raises MessageForAnotherSite, MessageForAnotherChain, MessageNonceWrong: it was signed for something else
    :raises MessageExpired, MessageFromTheFuture:
    :raises SignerNotNamed: or whatever parse_siwe and recover_message refuse
    """
    message = parse_siwe(text)
    if (message.domain, message.uri) != (domain, uri):
        raise MessageForAnotherSite
    if message.chain_id != settings.CHAIN.chain_id:
        raise MessageForAnotherChain
    if message.nonce != nonce:
        raise MessageNonceWrong
    if message.issued_at > at:
        raise MessageFromTheFuture
    if message.expires_at <= at:
        raise MessageExpired
    if recover_message(text, signature) != message.address:
        raise SignerNotNamed
    return message.address


def receive_with_authorization_typed_data(escrow: str, order: Order) -> dict[str, Any]:
    """
    What a buyer signs to pay an order and accept its terms: USDC's EIP-3009 authorization, nonce = order id.

    JSON for eth_signTypedData_v4; large integers are decimal strings.
    """
    fields = {
        "from": "address",
        "to": "address",
        "value": "uint256",
        "validAfter": "uint256",
        "validBefore": "uint256",
        "nonce": "bytes32",
    }
    return {
        "types": {
            "EIP712Domain": _fields(
                name="string", version="string", chainId="uint256", verifyingContract="address"
            ),
            "ReceiveWithAuthorization": _fields(**fields),
        },
        "primaryType": "ReceiveWithAuthorization",
        "domain": deployments.domain("USDC"),
        "message": {
            "from": order.buyer,
            "to": escrow,
            "value": str(order.payment),
            "validAfter": "0",
            "validBefore": str(order.pay_by),
            "nonce": order_id(escrow, order),
        },
    }


def recover_typed_data(typed_data: dict[str, Any], signature: str) -> str:
    """
    Return the checksummed address that has signed.

    :raises SignatureMalformed, SignatureNotCanonical:
    """
    return _recover(encode_typed_data(full_message=typed_data), signature)


def recover_message(text: str, signature: str) -> str:
    """
    Return the checksummed address that has signed a text (EIP-191).

    :raises SignatureMalformed, SignatureNotCanonical:
    """
    return _recover(encode_defunct(text=text), signature)


def _recover(message: SignableMessage, signature: str) -> str:
    if not re.fullmatch(r"0x[0-9a-fA-F]{130}", signature.strip()):
        raise SignatureMalformed
    raw = bytes.fromhex(signature.strip()[2:])
    if raw[64] not in (27, 28):
        raise SignatureMalformed
    if int.from_bytes(raw[32:64]) > HALF_ORDER:
        raise SignatureNotCanonical
    try:
        return Account.recover_message(message, signature=raw)
    except (BadSignature, ValueError):
        raise SignatureMalformed from None


def _fields(**fields: str) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields.items()]


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MessageMalformed from None
    if moment.tzinfo is None:
        raise MessageMalformed("The message's times need a time zone.")
    return moment
