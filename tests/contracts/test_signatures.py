from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from contracts import calls, deployments, signatures
from contracts.models import Deployment

KEY = "0x" + "07" * 32
SIGNER = Account.from_key(KEY).address
AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
USDC = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"
ESCROW = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
SITE = {"domain": "portal.example:8000", "uri": "https://portal.example:8000"}
ORDER = calls.Order(
    buyer=SIGNER,
    units=250,
    payment=2**60 + 1,  # more than a JavaScript number holds
    pay_by=1_800_000_000,
    settle_by=1_801_000_000,
    terms_hash="0x" + "ab" * 32,
    salt="0x" + "cd" * 16 + "00" * 16,
)


def message(**changed) -> str:
    given = {
        **SITE,
        "address": SIGNER,
        "statement": "Prove that this wallet is yours.",
        "nonce": "abcdefgh12345678",
        "issued_at": AT,
        "expires_at": AT + timedelta(minutes=10),
    }
    return signatures.siwe_message(**{**given, **changed})


def sign(text: str, key: str = KEY) -> str:
    return "0x" + Account.sign_message(encode_defunct(text=text), key).signature.hex()


def check(text: str, signature: str | None = None, **changed) -> str:
    given = {**SITE, "nonce": "abcdefgh12345678", "at": AT + timedelta(minutes=1)}
    return signatures.check_siwe(text, signature or sign(text), **{**given, **changed})


def test_a_signed_message_names_its_wallet():
    assert check(message()) == SIGNER


def test_a_message_without_a_statement_reads_back():
    assert check(message(statement="")) == SIGNER


def test_the_text_is_what_eip_4361_shows():
    assert message().splitlines() == [
        "portal.example:8000 wants you to sign in with your Ethereum account:",
        SIGNER,
        "",
        "Prove that this wallet is yours.",
        "",
        "URI: https://portal.example:8000",
        "Version: 1",
        "Chain ID: 31337",
        "Nonce: abcdefgh12345678",
        "Issued At: 2026-03-31T12:00:00.000Z",
        "Expiration Time: 2026-03-31T12:10:00.000Z",
    ]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"domain": "evil.example"}, signatures.MessageForAnotherSite),
        ({"uri": "https://evil.example"}, signatures.MessageForAnotherSite),
        ({"nonce": "another1another2"}, signatures.MessageNonceWrong),
        ({"issued_at": AT + timedelta(minutes=2)}, signatures.MessageFromTheFuture),
        ({"expires_at": AT + timedelta(minutes=1)}, signatures.MessageExpired),
    ],
)
def test_a_message_for_something_else_is_refused(changed, error):
    with pytest.raises(error):
        check(message(**changed))


def test_a_message_for_another_chain_is_refused():
    with pytest.raises(signatures.MessageForAnotherChain):
        check(message().replace("Chain ID: 31337", "Chain ID: 1"))


def test_a_signature_by_another_wallet_is_refused():
    with pytest.raises(signatures.SignerNotNamed):
        check(message(), sign(message(), "0x" + "08" * 32))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text + "\n",
        lambda text: text + "\nResources:\n- https://evil.example",
        lambda text: text.replace("Version: 1", "Version: 2"),
        lambda text: text.replace(SIGNER, SIGNER.lower()),
        lambda text: text.replace("2026-03-31T12:00:00.000Z", "yesterday"),
        lambda text: text.replace("12:10:00.000Z", "12:10:00.000"),
        lambda text: text.replace("\nURI", "\nNonce: aaaaaaaa\nURI"),
    ],
)
def test_a_text_that_is_no_sign_in_message_is_refused(change):
    with pytest.raises(signatures.MessageMalformed):
        check(change(message()))


def test_a_statement_cannot_smuggle_lines_in():
    with pytest.raises(signatures.MessageMalformed):
        message(statement="Hello\nURI: https://evil.example")


@pytest.mark.parametrize("signature", ["0x", "0x12", "zz", "0x" + "00" * 64 + "1b", "0x" + "ff" * 64 + "1e"])
def test_a_malformed_signature_names_its_field(signature):
    with pytest.raises(signatures.SignatureMalformed) as refusal:
        signatures.recover_message("x", signature)

    assert refusal.value.field == "signature"


def test_the_second_form_of_a_signature_is_refused():
    raw = bytes.fromhex(sign("x")[2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = order - int.from_bytes(raw[32:64])
    twin = raw[:32] + s.to_bytes(32) + bytes([27 + 28 - raw[64]])

    with pytest.raises(signatures.SignatureNotCanonical):
        signatures.recover_message("x", "0x" + twin.hex())


@pytest.fixture
def usdc(db):
    return Deployment.objects.create(
        network="dev",
        chain_id=31337,
        name="USDC",
        address=USDC,
        abi_version="v1",
        code_hash="0x" + "01" * 32,
        block_number=1,
        deployed_at=AT,
        eip712_name="USD Coin",
        eip712_version="2",
    )


def test_a_payment_is_signed_over_the_order_and_usdcs_own_domain(usdc):
    asked = signatures.receive_with_authorization_typed_data(ESCROW, ORDER)
    signed = Account.sign_message(encode_typed_data(full_message=asked), KEY)

    assert signatures.recover_typed_data(asked, "0x" + signed.signature.hex()) == SIGNER
    assert asked["domain"]["name"] == "USD Coin"
    assert asked["message"]["nonce"] == calls.order_id(ESCROW, ORDER)
    assert (asked["message"]["value"], asked["message"]["validBefore"]) == (str(2**60 + 1), "1800000000")


def test_another_amount_is_another_signature(usdc):
    asked = signatures.receive_with_authorization_typed_data(ESCROW, ORDER)
    signed = Account.sign_message(encode_typed_data(full_message=asked), KEY)

    other = signatures.receive_with_authorization_typed_data(ESCROW, replace(ORDER, payment=1))

    assert signatures.recover_typed_data(other, "0x" + signed.signature.hex()) != SIGNER


def test_without_usdc_there_is_nothing_to_sign(db):
    with pytest.raises(deployments.ContractNotDeployed):
        signatures.receive_with_authorization_typed_data(ESCROW, ORDER)
