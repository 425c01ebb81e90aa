import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from contracts.models import Deployment
from investors import tasks
from investors.kyc import ProviderUnavailable, Reading
from investors.kyc.sumsub import Sumsub
from investors.models import KycSession, Verdict, WebhookDelivery
from tests.investors.factories import AT, make_investor, make_wallet

URL = "/api/webhooks/kyc/sumsub"
SECRET = "sumsub-webhook-secret"
LEVEL = "basic-kyc"
GREEN = Reading(status="completed", verdict=Verdict.GREEN, level=LEVEL, reviewed_at=AT)
RETRY = Reading(
    status="completed",
    verdict=Verdict.RETRY,
    level=LEVEL,
    reviewed_at=AT,
    labels=("BAD_PHOTO",),
    public_comment="Too dark.",
    internal_comment="Looks forged.",
)
FINAL = Reading(status="completed", verdict=Verdict.FINAL, level=LEVEL, reviewed_at=AT, labels=("FORGERY",))
RESULTS = {
    "GREEN": {"reviewAnswer": "GREEN"},
    "RETRY": {"reviewAnswer": "RED", "reviewRejectType": "RETRY"},
    "FINAL": {"reviewAnswer": "RED", "reviewRejectType": "FINAL"},
}


@dataclass
class Vendor:
    """What Sumsub would answer; real signatures and bodies, no network."""

    answers: Reading = GREEN
    asked: list[str] = field(default_factory=list)
    silent: bool = False

    def read(self, *, applicant_id: str) -> Reading:
        self.asked.append(applicant_id)
        if self.silent:
            raise ProviderUnavailable
        return self.answers


@pytest.fixture
def vendor(monkeypatch):
    vendor = Vendor()
    monkeypatch.setattr(Sumsub, "read", lambda self, *, applicant_id: vendor.read(applicant_id=applicant_id))
    monkeypatch.setattr(
        Sumsub, "open_applicant", lambda self, *, external_id, level: f"app-{external_id[:8]}"
    )
    monkeypatch.setattr(
        Sumsub, "hosted_link", lambda self, *, external_id, level, return_url: "https://sumsub.test/p/x"
    )
    return vendor


@pytest.fixture
def poked(monkeypatch):
    """What the broker would get."""
    sent: list[str] = []
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: sent.extend(ids))
    return sent


@pytest.fixture
def investor(db):
    return make_investor(status="PENDING")


@pytest.fixture
def session(investor):
    return KycSession.objects.create(
        investor=investor, provider="sumsub", level=LEVEL, applicant_id="app-1", created_at=AT
    )


def notice_body(session: KycSession, verdict: str = "GREEN", *, seconds: int = 0, **changes) -> bytes:
    at = AT.astimezone(UTC) + timedelta(seconds=seconds)
    said = {
        "applicantId": session.applicant_id,
        "externalUserId": str(session.pk),
        "levelName": LEVEL,
        "sandboxMode": True,
        "type": "applicantReviewed",
        "reviewResult": RESULTS.get(verdict, {}),
        "reviewStatus": "completed",
        "createdAt": at.strftime("%Y-%m-%d %H:%M:%S+0000"),
        "createdAtMs": at.strftime("%Y-%m-%d %H:%M:%S.000"),
        **changes,
    }
    return json.dumps(said).encode()


def post_notice(
    body: bytes, *, secret: str = SECRET, path: str = URL, client: APIClient | None = None, **headers
):
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signed = {"X-Payload-Digest": digest, "X-Payload-Digest-Alg": "HMAC_SHA256_HEX", **headers}
    return APIClient().generic("POST", path, body, content_type="application/json", headers=signed)


def work_off_all() -> list[str]:
    """Run the task for every waiting notice, oldest arrival first; return the outcomes."""
    waiting = WebhookDelivery.objects.filter(outcome="RECEIVED").order_by("received_at", "id")
    ids = [str(pk) for pk in waiting.values_list("pk", flat=True)]
    for pk in ids:
        tasks.work_off_notice(pk)
    return [WebhookDelivery.objects.get(pk=pk).outcome for pk in ids]


@pytest.fixture
def compliance_module(db):
    return Deployment.objects.create(
        network="dev",
        chain_id=31337,
        name="ComplianceModule",
        address="0x" + "c0" * 20,
        abi_version="v1",
        code_hash="0x" + "00" * 32,
        block_number=1,
        tx_hash="0x" + "01" * 32,
        deployed_at=AT,
    )


@pytest.fixture
def verified(compliance_module):
    investor = make_investor(chain_investor_id=4711)
    make_wallet(investor, "0x" + "aa" * 20)
    make_wallet(investor, "0x" + "bb" * 20)
    return investor


def rows_everywhere() -> dict[str, int]:
    """How many rows each table holds, so that a test can show that nothing was written."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if "session" not in name[:14]]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def now() -> datetime:
    return datetime.now(UTC)
