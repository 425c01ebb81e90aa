"""Answers that are none: nothing is taken for a yes or a no, and no key is shown."""

import json
import uuid
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest

from contracts.custody import (
    AnswerUnknown,
    NeedsAPerson,
    Progress,
    Refused,
    Request,
    anchorage,
    coinbase_prime,
    fireblocks,
)
from contracts.custody.line import SECRETS, Line, VendorRefused
from tests.contracts import custody_keys

ADAPTERS = {
    "Fireblocks": (fireblocks.Fireblocks, fireblocks.sign_now),
    "Anchorage": (anchorage.Anchorage, anchorage.sign_now),
    "Coinbase Prime": (coinbase_prime.CoinbasePrime, coinbase_prime.sign_now),
}
HASH = "0x" + "ab" * 32
TO = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"


class Broken(httpx.SyncByteStream):
    """Half a body, then the connection is gone."""

    def __iter__(self):
        yield b'{"id":"'
        raise httpx.RemoteProtocolError("peer closed connection")


@pytest.fixture(autouse=True)
def keys(settings):
    custody_keys.use(settings)
    return settings


@pytest.fixture(params=ADAPTERS)
def line(request):
    """The way to a vendor that answers what the test says."""

    def line(answer: httpx.Response | Exception | type) -> Line:
        def handle(_: httpx.Request) -> httpx.Response:
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(200, stream=Broken()) if answer is Broken else answer

        transport = httpx.MockTransport(handle)
        return Line(request.param, "https://vendor.test", ADAPTERS[request.param][1], transport)

    return line


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html><body>Maintenance</body></html>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.test/"}),
        httpx.Response(307, headers={"Location": "http://127.0.0.1/"}, json={"id": "x"}),
        httpx.Response(200, content=b'{"id":"x","sta'),
        Broken,
        httpx.Response(200, json=["id"]),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b" " * (5 * 1024 * 1024)),
        httpx.Response(404, html="<html>not found</html>"),
        httpx.Response(401, json={"message": "wrong key"}),
        httpx.Response(403, json={"message": "forbidden"}),
        httpx.Response(429, json={"message": "slow down"}),
        httpx.Response(500, json={"message": "oops"}),
        httpx.ReadTimeout("too long"),
        httpx.ConnectError("refused"),
    ],
    ids=[
        "html", "redirect", "307", "truncated", "closed", "list", "empty", "huge", "404-html",
        "401", "403", "429", "500", "timeout", "unreachable",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_unknown(line, answer):
    with pytest.raises(AnswerUnknown) as error:
        line(answer).post("/v1/x", {"a": 1})

    assert str(error.value).startswith(("Fireblocks", "Anchorage", "Coinbase Prime"))
    assert len(str(error.value)) < 120


def test_a_well_formed_4xx_is_a_no_without_our_secrets(line, keys):
    secrets = " ".join(getattr(keys, name) for name in SECRETS)
    said = {"message": f"bad {secrets}"[:4000], "code": 1400}

    with pytest.raises(VendorRefused) as error:
        line(httpx.Response(400, json=said)).post("/v1/x", {})

    assert (error.value.status, error.value.code) == (400, 1400)
    assert not any(getattr(keys, name) in str(error.value) for name in SECRETS)


def test_a_vendor_is_asked_by_https_on_every_other_chain(keys):
    keys.CHAIN = replace(keys.CHAIN, chain_id=84532)
    line = Line("Fireblocks", "http://vendor.test", fireblocks.sign_now)

    with pytest.raises(AnswerUnknown, match="not https"):
        line.get("/v1/transactions/1")


def request(**changes) -> Request:
    wallet = SimpleNamespace(address="0x" + "11" * 20, vault="0", vendor="fireblocks")
    known = {"external_id": uuid.UUID(int=7), "chain_id": 31337, "wallet": wallet, "to": TO}
    return Request(**{**known, "calldata": b"\x12", "vendor_id": "tx-1", "is_first": False, **changes})


def answering(body: object, status: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, json=body))


def transaction(**changes) -> dict:
    said = {"id": "tx-1", "externalTxId": str(uuid.UUID(int=7)), "status": "SUBMITTED", "lastUpdated": 1}
    return {**said, **changes}


@pytest.mark.parametrize(
    ("status", "sub_status", "tx_hash", "progress"),
    [
        ("PENDING_AUTHORIZATION", "", "", Progress.IN_CUSTODY),
        ("CANCELLING", "", "", Progress.IN_CUSTODY),
        ("BROADCASTING", "", "", Progress.IN_CUSTODY),
        ("CONFIRMING", "", HASH, Progress.BROADCAST),
        ("COMPLETED", "CONFIRMED", HASH, Progress.BROADCAST),
        ("FAILED", "SMART_CONTRACT_EXECUTION_FAILED", HASH, Progress.BROADCAST),
        ("FAILED", "SIGNING_ERROR", "", Progress.REJECTED),
        ("BLOCKED", "BLOCKED_BY_POLICY", "", Progress.REJECTED),
        ("FAILED", "DROPPED_BY_BLOCKCHAIN", HASH, Progress.REJECTED),
        ("PENDING_MOON_PHASE", "", "", Progress.UNKNOWN_WORD),
    ],
)
def test_fireblocks_words(status, sub_status, tx_hash, progress):
    said = transaction(status=status, subStatus=sub_status, txHash=tx_hash)

    standing = fireblocks.Fireblocks(answering(said)).status(request())

    assert (standing.progress, standing.tx_hash) == (progress, tx_hash or None)


@pytest.mark.parametrize("sub_status", ["", "INTERNAL_ERROR", "UNKNOWN_ERROR", "DROPPED_BY_BLOCKCHAIN"])
def test_a_failure_that_may_have_been_sent_needs_a_person(sub_status):
    said = transaction(status="FAILED", subStatus=sub_status)

    with pytest.raises(NeedsAPerson, match="ask the chain first"):
        fireblocks.Fireblocks(answering(said)).status(request())


@pytest.mark.parametrize(
    "said",
    [
        {"message": "ok", "code": 0},
        transaction(externalTxId="another"),
        transaction(status="CONFIRMING", txHash="0x12"),
        transaction(status=None),
    ],
)
def test_a_200_that_does_not_answer_is_unknown(said):
    with pytest.raises(AnswerUnknown):
        fireblocks.Fireblocks(answering(said)).status(request())


@pytest.mark.parametrize("said", [{"walletOperation": None}, {"errorType": "InternalError"}, {}])
def test_an_error_inside_a_200_of_anchorage_is_unknown(said):
    with pytest.raises(AnswerUnknown):
        anchorage.Anchorage(answering(said)).status(request())


@pytest.mark.parametrize("said", [{"transaction": {"id": "other"}}, {"message": "error"}])
def test_an_error_inside_a_200_of_prime_is_unknown(said):
    with pytest.raises(AnswerUnknown):
        coinbase_prime.CoinbasePrime(answering(said)).status(request())


def test_an_id_that_is_taken_and_leads_nowhere_is_a_no_only_after_the_look_ups():
    def handle(asked: httpx.Request) -> httpx.Response:
        if asked.method == "POST":
            return httpx.Response(400, json={"message": "already exists", "code": 1438})
        return httpx.Response(404, json={"message": "Not found", "code": 1404})

    vendor = fireblocks.Fireblocks(httpx.MockTransport(handle))

    with pytest.raises(Refused, match="used up by a request that failed"):
        vendor.submit(request())


def test_an_id_that_is_taken_by_our_own_request_is_adopted():
    def handle(asked: httpx.Request) -> httpx.Response:
        if asked.method == "POST":
            return httpx.Response(400, json={"message": "already exists", "code": 1438})
        return httpx.Response(200, json=transaction(id="tx-9"))

    assert fireblocks.Fireblocks(httpx.MockTransport(handle)).submit(request()).vendor_id == "tx-9"


def test_fireblocks_is_asked_for_exactly_this_call():
    sent: list[dict] = []

    def handle(asked: httpx.Request) -> httpx.Response:
        sent.append(json.loads(asked.content))
        return httpx.Response(200, json={"id": "tx-1", "status": "SUBMITTED"})

    fireblocks.Fireblocks(httpx.MockTransport(handle)).submit(request())

    assert sent == [
        {
            "operation": "CONTRACT_CALL",
            "assetId": "ANVIL_ETH",
            "source": {"type": "VAULT_ACCOUNT", "id": "0"},
            "destination": {"type": "ONE_TIME_ADDRESS", "oneTimeAddress": {"address": TO}},
            "amount": "0",
            "externalTxId": str(uuid.UUID(int=7)),
            "feeLevel": "MEDIUM",
            "extraParameters": {"contractCallData": "0x12"},
        }
    ]
