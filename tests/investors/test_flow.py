"""Portal and sandbox over HTTP: what the demo does, with forms and real webhooks."""

import re
import time

import httpx
import pytest

from investors.models import Investor, KycSession, WebhookDelivery
from rwa_portal.core.models import AuditEvent
from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.server import Sandbox
from tests.investors.conftest import work_off_all
from tests.investors.test_pages import PROFILE
from tests.people import person
from tests.sandbox.conftest import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sandbox(live_server, settings, tmp_path, poked):
    settings.PORTAL_URL = live_server.url
    settings.SUMSUB_BASE_URL = f"http://127.0.0.1:{free_port()}"
    config = Config(
        url=settings.SUMSUB_BASE_URL,
        state=tmp_path / "sandbox.sqlite",
        app_token=settings.SUMSUB_APP_TOKEN,
        secret_key=settings.SUMSUB_SECRET_KEY,
        webhook_secret=settings.SUMSUB_WEBHOOK_SECRETS[0],
        webhook_url=f"{live_server.url}/api/webhooks/kyc/sumsub",
        retry_factor=0.001,
    )
    with Sandbox(config) as sandbox:
        yield sandbox


def wait_for_notices(count: int) -> None:
    deadline = time.monotonic() + 10
    while WebhookDelivery.objects.count() < count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert WebhookDelivery.objects.count() == count


def submit(page: str) -> None:
    person = {"firstName": "Zoltana", "lastName": "Quintessa", "dob": "1987-06-05", "country": "DEU"}
    assert httpx.post(f"{page}/person", data=person).status_code == 303


def decide(page: str, verdict: str) -> None:
    said = {"verdict": verdict, "label": "BAD_PHOTO", "moderation_comment": "Too dark."}
    assert httpx.post(f"{page}/verdict", data=said).status_code == 303


def test_retry_then_green_then_late_red(client, sandbox):
    user = person("visitor", is_staff=False)
    client.force_login(user)
    client.post("/investor/profile", PROFILE)

    def provider_page() -> str:
        shown = client.post("/investor/identity").content.decode()
        return re.search(r'href="([^"]+)" data-follow', shown)[1]

    def status() -> str:
        return Investor.objects.get(user=user).kyc_status

    page = provider_page()
    submit(page)
    decide(page, "RETRY")
    wait_for_notices(3)  # created, pending, reviewed
    work_off_all()
    assert status() == "PENDING"
    assert "Too dark." in client.get("/investor/").content.decode()

    page = provider_page()
    submit(page)
    decide(page, "GREEN")
    wait_for_notices(5)
    work_off_all()
    investor = Investor.objects.get(user=user)
    assert investor.kyc_status == "VERIFIED" and investor.kyc_hash and investor.kyc_valid_until
    assert "Prove your wallet" in client.get("/investor/").content.decode()

    applicant = KycSession.objects.get().applicant_id
    console = f"{sandbox.config.url}/sumsub/applicants/{applicant}/verdict"
    httpx.post(console, data={"verdict": "FINAL", "label": "SANCTIONS"})
    wait_for_notices(6)
    work_off_all()
    assert status() == "REJECTED"
    kinds = list(AuditEvent.objects.filter(subject=investor.pk).order_by("id").values_list("kind", flat=True))
    assert kinds == ["investor.registered", "investor.verified", "investor.rejected"]


def test_notices_in_the_wrong_order_and_twice_end_in_the_newest_verdict(client, sandbox):
    user = person("visitor", is_staff=False)
    client.force_login(user)
    client.post("/investor/profile", PROFILE)
    shown = client.post("/investor/identity").content.decode()
    page = re.search(r'href="([^"]+)" data-follow', shown)[1]
    wait_for_notices(1)

    httpx.post(f"{sandbox.config.url}/sumsub/notices/hold")
    submit(page)
    decide(page, "GREEN")
    applicant = KycSession.objects.get().applicant_id
    httpx.post(f"{sandbox.config.url}/sumsub/applicants/{applicant}/verdict", data={"verdict": "FINAL"})
    httpx.post(f"{sandbox.config.url}/sumsub/notices/release", data={"order": "newest"})
    wait_for_notices(4)
    httpx.post(f"{sandbox.config.url}/sumsub/notices/3/again", data={"times": 5})
    work_off_all()

    assert Investor.objects.get(user=user).kyc_status == "REJECTED"
    outcomes = WebhookDelivery.objects.order_by("vendor_at").values_list("outcome", flat=True)
    assert set(list(outcomes)[:-1]) <= {"APPLIED", "STALE"} and list(outcomes)[-1] == "APPLIED"
    assert WebhookDelivery.objects.count() == 4


def test_a_portal_that_is_down_gets_the_notice_later(client, sandbox, monkeypatch):
    from django.db import OperationalError

    from investors import actions

    user = person("visitor", is_staff=False)
    client.force_login(user)
    client.post("/investor/profile", PROFILE)
    real = actions.journal_notice

    def down(**_):
        raise OperationalError("no database")

    monkeypatch.setattr(actions, "journal_notice", down)
    client.post("/investor/identity")
    deadline = time.monotonic() + 10
    while not sandbox.store.one("SELECT 1 FROM notices WHERE tries > 0") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sandbox.store.one("SELECT answer FROM notices")["answer"] == "503"

    monkeypatch.setattr(actions, "journal_notice", real)
    wait_for_notices(1)
