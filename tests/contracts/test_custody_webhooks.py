"""Custodians' notices: forged, replayed, downgraded, too large, of nobody, too late: they change nothing."""

import base64
import json
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import OperationalError
from rest_framework.test import APIClient

from contracts import notices, tasks
from contracts.custody import AnswerUnknown, Progress, Standing, fireblocks_notices
from contracts.custody.fireblocks_notices import FireblocksNotices
from contracts.models import Attempt, ChainOperation, CustodyNotice, OperationEvent
from rwa_portal.core.api.notices import LIMIT_BYTES
from tests.contracts import custody_keys
from tests.contracts.conftest import AT

pytestmark = pytest.mark.django_db
URL = "/api/webhooks/custody/fireblocks"
KID = "webhook-key-2025-01"


def b64(what: bytes) -> str:
    return base64.urlsafe_b64encode(what).rstrip(b"=").decode()


def jws(body: bytes, *, alg: str = "RS512", kid: str = KID, key: rsa.RSAPrivateKey | None = None) -> str:
    head = b64(json.dumps({"alg": alg, "kid": kid}).encode())
    signed = f"{head}.{b64(body)}".encode()
    signature = (key or custody_keys.rsa_key()).sign(signed, padding.PKCS1v15(), hashes.SHA512())
    return f"{head}..{b64(signature)}"


def legacy(body: bytes) -> str:
    return base64.b64encode(custody_keys.rsa_key().sign(body, padding.PKCS1v15(), hashes.SHA512())).decode()


def public_pem() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return custody_keys.rsa_key().public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def jwks() -> dict:
    numbers = custody_keys.rsa_key().public_key().public_numbers()
    n, e = b64(numbers.n.to_bytes(256, "big")), b64(numbers.e.to_bytes(3, "big"))
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS512", "kid": KID, "n": n, "e": e}]}


@pytest.fixture(autouse=True)
def vendor(settings, monkeypatch):
    """Fireblocks' keys, as its JWKS says them; how often it was asked."""
    custody_keys.use(settings)
    fireblocks_notices._keys.forget()
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=jwks())

    build = FireblocksNotices.__init__
    monkeypatch.setattr(
        FireblocksNotices, "__init__", lambda self: build(self, transport=httpx.MockTransport(answer))
    )
    yield asked
    fireblocks_notices._keys.forget()


@pytest.fixture
def held(ask, wallet, settings, clock):
    """An operation that its custodian, which answers as the test says, holds."""
    settings.APPROVALS_NEEDED = {"*": 0}
    settings.CUSTODIANS = {**settings.CUSTODIANS, "fireblocks": "tests.contracts.fake.FakeCustodian"}
    wallet.vendor, wallet.vault = "fireblocks", "0"
    wallet.save()
    operation = ask()
    tasks.submit_operations()
    operation.refresh_from_db()
    assert operation.state == "CUSTODY"
    return operation


def body_of(operation: ChainOperation, *, at=AT, notice_id: str = "n-1", **changes: object) -> bytes:
    attempt = Attempt.objects.get(operation=operation)
    said = {
        "id": notice_id,
        "eventType": "transaction.status.updated",
        "eventVersion": 1,
        "resourceId": attempt.vendor_id,
        "createdAt": int(at.timestamp() * 1000),
        "data": {"id": attempt.vendor_id, "externalTxId": str(attempt.external_id), "status": "COMPLETED"},
        **changes,
    }
    return json.dumps(said).encode()


def post(body: bytes, path: str = URL, **headers: str):
    given = headers or {"Fireblocks-Webhook-Signature": jws(body)}
    return APIClient().post(path, data=body, content_type="application/json", headers=given)


def rows() -> tuple:
    return (
        list(CustodyNotice.objects.values_list("pk", "outcome")),
        list(ChainOperation.objects.values_list("pk", "state", "vendor_status", "tx_hash")),
        list(Attempt.objects.values_list("pk", "vendor_id", "tx_hash", "vendor_at")),
        OperationEvent.objects.count(),
    )


def work_off_all() -> list[str]:
    for pk in CustodyNotice.objects.filter(outcome="RECEIVED").values_list("pk", flat=True):
        tasks.work_off_custody_notice(str(pk))
    return list(CustodyNotice.objects.order_by("received_at", "pk").values_list("outcome", flat=True))


def now_says(monkeypatch, standing: Standing | None) -> list[str]:
    asked: list[str] = []

    def status(self, request):
        asked.append(request.vendor_id)
        return standing

    monkeypatch.setattr("tests.contracts.fake.FakeCustodian.status", status, raising=False)
    return asked


def broadcast(operation: ChainOperation, at=AT) -> Standing:
    vendor_id = Attempt.objects.get(operation=operation).vendor_id
    return Standing(vendor_id, "CONFIRMING", Progress.BROADCAST, "0x" + "ab" * 32, at=at)


def test_a_signed_notice_is_journalled_and_decides_nothing_itself(held):
    before = rows()[1:]

    answer = post(body_of(held))

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert CustodyNotice.objects.get().outcome == "RECEIVED"
    assert rows()[1:] == before


def test_the_custodian_is_asked_and_its_answer_counts(held, monkeypatch):
    asked = now_says(monkeypatch, broadcast(held))
    post(body_of(held))

    assert work_off_all() == ["APPLIED"]
    held.refresh_from_db()
    assert (held.state, held.tx_hash, asked) == (
        "BROADCAST",
        "0x" + "ab" * 32,
        [Attempt.objects.get().vendor_id],
    )


OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    "headers",
    [
        lambda body: {"X-Nothing": "1"},
        lambda body: {"Fireblocks-Webhook-Signature": ""},
        lambda body: {"Fireblocks-Webhook-Signature": "rubbish"},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body + b" ")},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body, key=OTHER)},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body, kid="another")},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body, alg="none")},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body, alg="HS512")},
        lambda body: {"Fireblocks-Webhook-Signature": jws(body, alg="RS256")},
        lambda body: {"Fireblocks-Signature": legacy(body)},
    ],
    ids=["missing", "empty", "rubbish", "body", "key", "kid", "none", "hs512", "rs256", "downgraded"],
)
def test_a_notice_without_a_right_signature_is_401_and_leaves_nothing(held, headers):
    body, before = body_of(held), rows()

    answer = post(body, **headers(body))

    assert (answer.status_code, answer.json()["code"]) == (401, "NoticeNotSigned")
    assert rows() == before


def test_the_older_header_counts_where_its_key_is_set_but_never_beside_a_wrong_jws(held, settings):
    settings.FIREBLOCKS_WEBHOOK_LEGACY_KEY = public_pem()
    body = body_of(held)
    wrong = {"Fireblocks-Webhook-Signature": jws(body, key=OTHER), "Fireblocks-Signature": legacy(body)}

    assert post(body, **wrong).status_code == 401
    assert not CustodyNotice.objects.exists()
    assert post(body, **{"Fireblocks-Signature": legacy(body)}).status_code == 200


def test_a_flood_of_unknown_keys_asks_the_vendor_once_a_minute(held, vendor):
    body = body_of(held)

    for number in range(20):
        headers = {"Fireblocks-Webhook-Signature": jws(body, kid=f"k{number}")}
        assert post(body, **headers).status_code == 401

    assert len(vendor) == 1


DOWN = httpx.MockTransport(lambda request: httpx.Response(502, text="<html>"))


def test_keys_that_cannot_be_fetched_are_503_so_that_the_vendor_sends_again(held, monkeypatch):
    monkeypatch.setattr(FireblocksNotices, "__init__", lambda self: setattr(self, "_transport", DOWN))
    before = rows()

    answer = post(body_of(held))

    assert (answer.status_code, answer.json()["code"]) == (503, "KeysUnavailable")
    assert rows() == before


def test_a_database_that_is_down_is_503(held, monkeypatch):
    def down(**_):
        raise OperationalError("connection refused")

    monkeypatch.setattr(notices, "journal", down)

    answer = post(body_of(held))

    assert (answer.status_code, answer.json()["code"]) == (503, "JournalUnavailable")


def test_a_body_over_the_limit_is_413(held):
    before = rows()

    answer = post(body_of(held, padding="x" * LIMIT_BYTES))

    assert (answer.status_code, answer.json()["code"]) == (413, "NoticeTooLarge")
    assert rows() == before


@pytest.mark.parametrize("provider", ["coinbase_prime", "local", "nobody"])
def test_who_sends_no_notices_is_404(held, provider):
    before = rows()

    assert post(body_of(held), path=f"/api/webhooks/custody/{provider}").status_code == 404
    assert rows() == before


def test_replays_have_one_effect(held, monkeypatch):
    asked = now_says(monkeypatch, broadcast(held))
    body = body_of(held)

    assert {post(body).status_code for _ in range(20)} == {200}
    assert work_off_all() == ["APPLIED"]
    assert {post(body).status_code for _ in range(5)} == {200}
    assert work_off_all() == ["APPLIED"]

    assert len(asked) == 1
    assert OperationEvent.objects.filter(state="BROADCAST").count() == 1


def test_an_unknown_id_is_quarantined(held, monkeypatch):
    asked = now_says(monkeypatch, broadcast(held))
    before = rows()[1:]
    post(body_of(held, resourceId="tx-of-others", data={"externalTxId": "not-ours"}))

    assert work_off_all() == ["QUARANTINED"]
    assert CustodyNotice.objects.get().note == "UNKNOWN_REQUEST"
    assert (asked, rows()[1:]) == ([], before)


def test_our_id_with_another_of_theirs_is_quarantined(held, monkeypatch):
    asked = now_says(monkeypatch, broadcast(held))
    post(body_of(held, resourceId="tx-of-others"))

    assert work_off_all() == ["QUARANTINED"]
    assert (CustodyNotice.objects.get().note, asked) == ("ANOTHER_REQUEST", [])


def test_an_event_older_than_the_state_changes_nothing(held, monkeypatch):
    now_says(monkeypatch, broadcast(held, at=AT + timedelta(seconds=10)))
    post(body_of(held, at=AT + timedelta(seconds=10)))
    work_off_all()
    before = rows()[1:]

    asked = now_says(monkeypatch, Standing("other", "REJECTED", Progress.REJECTED, at=AT))
    post(body_of(held, notice_id="n-2", at=AT + timedelta(seconds=5)))

    assert sorted(work_off_all()) == ["APPLIED", "STALE"]
    assert CustodyNotice.objects.get(dedupe_key="n-2").note == "OLDER_THAN_STATE"
    assert (asked, rows()[1:]) == ([], before)


def test_an_answer_older_than_one_taken_over_changes_nothing(held, monkeypatch):
    now_says(monkeypatch, broadcast(held, at=AT + timedelta(seconds=10)))
    post(body_of(held))
    work_off_all()
    before = rows()[1:]

    now_says(monkeypatch, Standing("v", "REJECTED", Progress.REJECTED, at=AT + timedelta(seconds=9)))
    post(body_of(held, notice_id="n-2", at=AT + timedelta(seconds=30)))
    work_off_all()

    assert rows()[1:] == before


def test_a_notice_of_yesterday_is_only_kept(held, monkeypatch):
    asked = now_says(monkeypatch, broadcast(held))
    post(body_of(held, at=AT - timedelta(days=3000)))

    assert work_off_all() == ["STALE"]
    assert asked == []


@pytest.mark.parametrize("body", [b"[]", b"not json", b"{}", b'{"id":"x"}'])
def test_a_signed_notice_that_cannot_be_read_is_quarantined(held, body):
    before = rows()[1:]

    assert post(body).status_code == 200

    notice = CustodyNotice.objects.get()
    assert (notice.outcome, notice.note) == ("QUARANTINED", "UNREADABLE")
    assert rows()[1:] == before


def test_an_event_of_another_kind_is_ignored(held):
    post(body_of(held, eventType="vault_account.created"))

    assert CustodyNotice.objects.get().outcome == "IGNORED"


def test_a_silent_custodian_leaves_the_notice_for_the_sweep(held, monkeypatch):
    def silent(self, request):
        raise AnswerUnknown("no answer")

    monkeypatch.setattr("tests.contracts.fake.FakeCustodian.status", silent, raising=False)
    post(body_of(held))
    assert work_off_all() == ["RECEIVED"]
    CustodyNotice.objects.update(received_at=AT - timedelta(minutes=1))
    now_says(monkeypatch, broadcast(held))

    tasks.sweep_custody_notices()

    assert CustodyNotice.objects.get().outcome == "APPLIED"
