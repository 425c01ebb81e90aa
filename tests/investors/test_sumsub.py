import hashlib
import hmac
import json
from datetime import UTC, datetime

import httpx
import pytest
from django.db import transaction

from investors.kyc import NoticeUnreadable, ProviderRefused, ProviderUnavailable, SignatureWrong
from investors.kyc.sumsub import Sumsub, sign, verdict_of
from rwa_portal.core.actions import TransactionOpen

BODY = (
    b'{"applicantId":"65f0c0ffee0000000000abcd","inspectionId":"65f0c0ffee0000000000abce",'
    b'"applicantType":"individual","correlationId":"req-0001","levelName":"basic-kyc","sandboxMode":true,'
    b'"externalUserId":"inv-1001","type":"applicantReviewed","reviewResult":{"reviewAnswer":"GREEN"},'
    b'"reviewStatus":"completed","createdAt":"2025-03-05 04:41:48+0000",'
    b'"createdAtMs":"2025-03-05 04:41:48.704","clientId":"demo-client"}'
)
SHA256 = "0af2bf1594bc75063a6c3df44df04fc498dca1db54f2a7bfd89ae50f049f5acc"
STAGES = ["init", "pending", "prechecked", "queued", "onHold", "awaitingUser", "awaitingService"]
SHA1 = "39ba5feba36e68fa6a929e41f3674bb998f941ec"


@pytest.fixture(autouse=True)
def sumsub_settings(settings):
    settings.SUMSUB_BASE_URL = "https://api.sumsub.com"
    settings.SUMSUB_APP_TOKEN = "sbx:demo"
    settings.SUMSUB_SECRET_KEY = "sumsub-demo-secret"
    settings.SUMSUB_WEBHOOK_SECRETS = ["sumsub-webhook-secret"]


def answering(status: int, body: object, seen: list | None = None) -> Sumsub:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, json=body)

    return Sumsub(httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("method", "path", "body", "signature"),
    [
        (
            "POST",
            "/resources/accessTokens/sdk",
            b'{"userId":"inv-1001","levelName":"basic-kyc","ttlInSecs":600}',
            "f33c5b23310e95aad1b3a3540ae88eb8e8e4a76084e02f289a7182a539e6a6d6",
        ),
        (
            "GET",
            "/resources/applicants/65f0c0ffee0000000000abcd/status",
            b"",
            "6d9f79a2450b82eaf4c3eb31c94b42ebeaae44510ca2339b693c126660942942",
        ),
    ],
)
def test_a_request_is_signed_as_the_vectors_say(method, path, body, signature):
    request = httpx.Request(method, f"https://api.sumsub.com{path}", content=body)

    sign(request, ts=1700000000)

    assert request.headers["X-App-Access-Sig"] == signature
    assert request.headers["X-App-Access-Ts"] == "1700000000"
    assert request.headers["X-App-Token"] == "sbx:demo"


def test_what_is_signed_is_what_is_sent():
    seen = []
    answering(201, {"id": "65f0c0ffee0000000000abcd"}, seen).open_applicant(
        external_id="inv-1001", level="basic kyc"
    )
    request = seen[0]

    signed = request.headers["X-App-Access-Ts"].encode() + b"POST" + request.url.raw_path + request.content
    expected = hmac.new(b"sumsub-demo-secret", signed, hashlib.sha256).hexdigest()
    assert request.headers["X-App-Access-Sig"] == expected
    assert request.url.raw_path == b"/resources/applicants?levelName=basic+kyc"


def test_a_known_applicant_is_looked_up():
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(409 if request.method == "POST" else 200, json={"id": "app-1"})

    assert Sumsub(httpx.MockTransport(answer)).open_applicant(external_id="inv-1", level="l") == "app-1"
    assert asked[1] == "/resources/applicants/-;externalUserId=inv-1/one"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_provider_in_trouble_is_unavailable(status):
    with pytest.raises(ProviderUnavailable):
        answering(status, {}).read(applicant_id="a")


def test_a_refused_signature_is_no_verdict():
    with pytest.raises(ProviderRefused):
        answering(401, {"description": "Invalid signature", "code": 401}).read(applicant_id="a")


def test_a_silent_provider_is_unavailable():
    def silent(request):
        raise httpx.ConnectTimeout("no answer")

    with pytest.raises(ProviderUnavailable):
        Sumsub(httpx.MockTransport(silent)).read(applicant_id="a")


@pytest.mark.django_db(transaction=True)
def test_no_call_leaves_an_open_transaction():
    with transaction.atomic(), pytest.raises(TransactionOpen):
        answering(200, {}).read(applicant_id="a")


def test_a_deleted_applicant_is_no_verdict():
    assert answering(404, {}).read(applicant_id="a").verdict == "NONE"


def test_the_flat_answer_is_read():
    reading = answering(
        200,
        {
            "reviewStatus": "completed",
            "levelName": "basic-kyc",
            "reviewDate": "2025-03-05 04:41:48+0000",
            "reviewResult": {
                "reviewAnswer": "RED",
                "reviewRejectType": "RETRY",
                "rejectLabels": ["UNSATISFACTORY_PHOTOS"],
                "moderationComment": "Too dark.",
                "clientComment": "Looks forged.",
            },
        },
    ).read(applicant_id="a")

    assert (reading.verdict, reading.labels) == ("RETRY", ("UNSATISFACTORY_PHOTOS",))
    assert (reading.public_comment, reading.internal_comment) == ("Too dark.", "Looks forged.")
    assert reading.reviewed_at == datetime(2025, 3, 5, 4, 41, 48, tzinfo=UTC)
    assert "dark" not in repr(reading)


@pytest.mark.parametrize(
    ("status", "result", "verdict"),
    [
        ("completed", {"reviewAnswer": "GREEN"}, "GREEN"),
        ("completed", {"reviewAnswer": "RED", "reviewRejectType": "FINAL"}, "FINAL"),
        ("completed", {"reviewAnswer": "RED", "reviewRejectType": "RETRY"}, "RETRY"),
        ("completed", {"reviewAnswer": "RED"}, "UNCLEAR"),
        ("completed", {"reviewAnswer": "RED", "reviewRejectType": "LATER"}, "UNCLEAR"),
        ("completed", {"reviewAnswer": "YELLOW"}, "UNCLEAR"),
        ("completed", {}, "UNCLEAR"),
        *[
            (status, {"reviewAnswer": "GREEN"}, "NONE")
            for status in (
                "init",
                "pending",
                "prechecked",
                "queued",
                "onHold",
                "awaitingUser",
                "awaitingService",
            )
        ],
        ("somethingNew", {"reviewAnswer": "GREEN"}, "NONE"),
        ("", {"reviewAnswer": "GREEN"}, "NONE"),
    ],
)
def test_each_line_of_the_mapping(status, result, verdict):
    assert verdict_of(status, result) == verdict


def test_the_vector_of_the_notice_verifies_and_reads():
    headers = {"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"}
    Sumsub().verify(body=BODY, headers=headers)
    notice = Sumsub().parse(body=BODY)

    assert notice.applicant_id == "65f0c0ffee0000000000abcd"
    assert notice.external_id == "inv-1001"
    assert (notice.event_type, notice.verdict) == ("applicantReviewed", "GREEN")
    assert notice.vendor_at == datetime(2025, 3, 5, 4, 41, 48, 704000, tzinfo=UTC)
    assert notice.is_sandbox and not notice.is_test


def test_the_vector_of_sha512_verifies():
    digest = hmac.new(b"sumsub-webhook-secret", BODY, hashlib.sha512).hexdigest()
    assert digest.startswith("30f225036ca02d44a1217")

    Sumsub().verify(
        body=BODY, headers={"X-Payload-Digest": digest, "X-Payload-Digest-Alg": "HMAC_SHA512_HEX"}
    )


def test_the_previous_secret_still_counts(settings):
    settings.SUMSUB_WEBHOOK_SECRETS = ["brand-new", "sumsub-webhook-secret"]

    Sumsub().verify(
        body=BODY, headers={"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"}
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Payload-Digest": SHA256},
        {"X-Payload-Digest-Alg": "HMAC_SHA256_HEX"},
        {"X-Payload-Digest": "", "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"},
        {"X-Payload-Digest": SHA1, "X-Payload-Digest-Alg": "HMAC_SHA1_HEX"},
        {"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "HMAC_SHA512_HEX"},
        {"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "none"},
        {"X-Payload-Digest": SHA256.upper(), "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"},
        {"X-Payload-Digest": "é" * 64, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"},
    ],
)
def test_a_notice_without_a_right_signature_is_refused(headers):
    with pytest.raises(SignatureWrong):
        Sumsub().verify(body=BODY, headers=headers)


def test_one_changed_byte_is_refused():
    changed = BODY.replace(b"GREEN", b"GREEM")
    with pytest.raises(SignatureWrong):
        Sumsub().verify(
            body=changed, headers={"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"}
        )


def test_without_a_secret_nothing_verifies(settings):
    settings.SUMSUB_WEBHOOK_SECRETS = []
    with pytest.raises(SignatureWrong):
        Sumsub().verify(
            body=BODY, headers={"X-Payload-Digest": SHA256, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX"}
        )


@pytest.mark.parametrize(
    "change",
    [
        {"applicantId": None},
        {"applicantId": 7},
        {"applicantId": "../x"},
        {"type": ""},
        {"createdAtMs": 17, "createdAt": None},
    ],
)
def test_a_notice_that_lacks_something_is_unreadable(change):
    with pytest.raises(NoticeUnreadable):
        Sumsub().parse(body=json.dumps({**json.loads(BODY), **change}).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff\xfe"])
def test_what_is_no_object_is_unreadable(body):
    with pytest.raises(NoticeUnreadable):
        Sumsub().parse(body=body)
