"""The vendors' own vectors, and what happens to keys that are none."""

import base64
import json

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from contracts.custody import SignatureWrong, anchorage, anchorage_notices, coinbase_prime, fireblocks, jose
from contracts.custody.anchorage_notices import AnchorageNotices
from contracts.custody.line import KeyUnusable
from tests.contracts import custody_keys

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PORTFOLIO = "/v1/portfolios/3e1fe27e-26fe-46d8-b118-c752a92b6edf"


@pytest.fixture(autouse=True)
def keys(settings):
    custody_keys.use(settings)
    return settings


def request(method: str, target: str, body: bytes = b"") -> httpx.Request:
    return httpx.Client(base_url="https://vendor.test").build_request(method, target, content=body)


# Fireblocks


@pytest.mark.parametrize(
    ("method", "body", "digest"),
    [
        ("POST", b'{"key": "value"}', "9724c1e20e6e3e4d7f57ed25f9d4efb006e508590d528c90da597f6a775c13e5"),
        ("GET", b"", EMPTY),
    ],
)
def test_fireblocks_hashes_the_bytes_that_are_sent(method, body, digest):
    claims = fireblocks.claims_of(request(method, "/v1/transactions", body), iat=1609459200, nonce="n")

    assert claims["bodyHash"] == digest
    assert (claims["iat"], claims["exp"]) == (1609459200, 1609459255)


def test_fireblocks_names_the_path_with_its_query_as_sent(keys):
    asked = request("GET", "/v1/transactions?limit=50&status=A%20B")

    fireblocks.sign(asked, iat=1609459200, nonce="n-1")

    token = asked.headers["Authorization"].removeprefix("Bearer ")
    head, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    assert json.loads(head)["alg"] == "RS256"
    assert json.loads(claims)["uri"] == "/v1/transactions?limit=50&status=A%20B"
    assert json.loads(claims)["sub"] == asked.headers["X-API-Key"] == keys.FIREBLOCKS_API_KEY
    signed = token.rpartition(".")[0].encode()
    custody_keys.rsa_key().public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("pem", [custody_keys.rsa_pem(), custody_keys.rsa_pem().replace("\n", "\\n")])
def test_a_pem_may_have_its_line_ends_written_out(pem):
    assert jose.private_key(pem, setting="X").key_size == 2048


BROKEN_PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize("pem", ["", "rubbish", BROKEN_PEM])
def test_a_pem_that_does_not_parse_is_named_and_not_shown(keys, pem):
    keys.FIREBLOCKS_PRIVATE_KEY = pem

    with pytest.raises(KeyUnusable) as error:
        fireblocks.sign(request("GET", "/v1/transactions"), iat=1, nonce="n")

    assert str(error.value) == "FIREBLOCKS_PRIVATE_KEY is no private key in PEM"


# Anchorage


def test_anchorages_reference_vector():
    body = (
        b'{"source": {"id": "1c920f4241b78a1d483a29f3c24b6c4c", "type": "VAULT"}, "assetType": "ETH", '
        b'"destination": {"id": "55e89d4a644d736b01533a2ea9b32a20", "type": "VAULT"}, '
        b'"amount": "1000.00000000"}'
    )
    asked = request("POST", "/v2/transfers?foo=bar&baz=bang", body)

    anchorage.sign(asked, ts=1577880000)

    assert asked.headers["Api-Timestamp"] == "1577880000"
    assert asked.headers["Api-Signature"] == (
        "4bf42054bf7db1f8a2a2bc83d2a108502ee7a9d2ac7a2738adc2f932922446786"
        "fb9be1bd1eb475023296c6cba4ddbe28b04baca4b7521b1f1840a4ffd2b4d0d"
    )
    public = anchorage.signing_key().public_key().public_bytes_raw().hex()
    assert public == "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c"


@pytest.mark.parametrize("seed", ["", "zz" * 32, "01" * 31])
def test_an_anchorage_seed_that_does_not_parse_is_named_and_not_shown(keys, seed):
    keys.ANCHORAGE_SIGNING_KEY = seed

    with pytest.raises(KeyUnusable, match="ANCHORAGE_SIGNING_KEY is no Ed25519 seed") as error:
        anchorage.sign(request("GET", "/v3/wallets"), ts=1)

    assert not seed or seed not in str(error.value)


NOTICE_KEY = "c14b7f3da18abb17b7304f925a68b18c1ea0dad6663b6b54cb67a737ecb77cd0"
NOTICE = (
    b'{"payload":"eyJ0cmFuc2FjdGlvbklkIjoiOTA2ZDI0ZmY1ZmVjNTEyZjBkZjFiOTVmZTBhMWE2NDgifQ==",'
    b'"timestamp":1776306245,"message_id":"979ad176-6ba3-470d-ae1d-230cbf13c9c4",'
    b'"event_type":"deposit.pending-attribution"}'
)
NOTICE_SIGNATURE = (
    "bc0d76c0c1e570fee62c40623b203ab51f928b6d79f110dd0993e5159cdb065b"
    "4f1489d2b85cfee810507884dbfec6e2a056655daee50d7bd6d2fb3786446a0e"
)


@pytest.fixture
def anchorages_keys(monkeypatch):
    """Which validation keys the vendor answers, one after the other."""
    answers: list[str] = [NOTICE_KEY]
    anchorage_notices._keys.forget()

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"value": answers.pop(0) if len(answers) > 1 else answers[0]})

    yield answers, AnchorageNotices(httpx.MockTransport(answer))
    anchorage_notices._keys.forget()


def test_anchorages_sandbox_notice_is_signed_by_its_key(anchorages_keys):
    _, notifier = anchorages_keys

    notifier.verify(body=NOTICE, headers={"Api-Signature": NOTICE_SIGNATURE})

    notice = notifier.parse(body=NOTICE)
    assert (notice.dedupe_key, notice.reads) == ("979ad176-6ba3-470d-ae1d-230cbf13c9c4", False)
    assert notice.vendor_id == "906d24ff5fec512f0df1b95fe0a1a648"


def test_a_changed_key_is_fetched_again(anchorages_keys):
    answers, notifier = anchorages_keys
    answers[:] = ["11" * 32, NOTICE_KEY]
    anchorage_notices._keys.values(notifier._fetch)
    anchorage_notices._keys._tried_at -= 100  # the last fetch is more than a minute old

    notifier.verify(body=NOTICE, headers={"Api-Signature": NOTICE_SIGNATURE})


@pytest.mark.parametrize("signature", ["", "zz", "00" * 64, NOTICE_SIGNATURE[:-2]])
def test_any_other_signature_is_wrong(anchorages_keys, signature):
    with pytest.raises(SignatureWrong):
        anchorages_keys[1].verify(body=NOTICE, headers={"Api-Signature": signature})


def test_one_changed_byte_is_wrong(anchorages_keys):
    with pytest.raises(SignatureWrong):
        anchorages_keys[1].verify(body=NOTICE + b" ", headers={"Api-Signature": NOTICE_SIGNATURE})


# Coinbase Prime


@pytest.mark.parametrize(
    ("method", "target", "body", "signature"),
    [
        ("GET", f"{PORTFOLIO}/transactions", b"", "aKthLvgHlLn7NC7luQu1vlb7AV8LlLpf0598H6lhfPA="),
        # The query is not signed.
        ("GET", f"{PORTFOLIO}/transactions?limit=5", b"", "aKthLvgHlLn7NC7luQu1vlb7AV8LlLpf0598H6lhfPA="),
        (
            "POST",
            f"{PORTFOLIO}/wallets/0e8f9a1c-0000-4000-8000-000000000001/onchain_transaction",
            b'{"raw_unsigned_txn": "02e8", "evm_params": {"chain_id": "84532"}}',
            "XZegFtUCTX9DA+Sk7zZOz1feCjv56MBVodNpTYx2pyw=",
        ),
    ],
)
def test_primes_vectors(method, target, body, signature):
    asked = request(method, target, body)

    coinbase_prime.sign(asked, ts=1700000000)

    assert asked.headers["X-CB-ACCESS-SIGNATURE"] == signature
    assert asked.headers["X-CB-ACCESS-TIMESTAMP"] == "1700000000"


def test_prime_without_a_key_asks_nothing(keys):
    keys.PRIME_SIGNING_KEY = ""

    with pytest.raises(KeyUnusable, match="PRIME_SIGNING_KEY is empty"):
        coinbase_prime.sign(request("GET", PORTFOLIO), ts=1)
