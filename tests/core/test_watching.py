"""What operators watch: health, readiness, metrics, logs and error reports; and what browsers are told."""

import io
import json
import logging
import re

import httpx
import pytest
import redis
import structlog
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse

from rwa_portal.core import health, scrub
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent
from tests.people import AT, person

pytestmark = pytest.mark.django_db
PERSONAL = ["Zoe", "Quill", "zoe.quill", "Marmalade", "1987-02-03", "correct horse", "Papers looked odd"]


@pytest.fixture
def lines(settings):
    """Everything the portal writes to its log, through the real formatter."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(settings))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def _formatter(settings):
    options = dict(settings.LOGGING["formatters"]["ecs"])
    return options.pop("()")(**options)


def test_healthz_answers_without_the_database(client, django_db_blocker):
    with django_db_blocker.block():
        assert client.get("/healthz").json() == {"ok": True}


@pytest.fixture
def node(monkeypatch):
    def answer(chain_id: str) -> None:
        said = httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": chain_id})
        monkeypatch.setattr(httpx, "post", lambda *_, **__: said)

    return answer


def test_readyz_says_what_answers(client, node):
    node("0x7a69")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert set(answer.json()["checks"]) == {"database", "migrations", "redis", "rpc"}


def test_readyz_names_the_wrong_chain(client, node):
    node("0x1")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["rpc"] == "no node of the right chain answers"


def test_readyz_names_a_cache_that_is_down(client, node, monkeypatch):
    def refuse(*_, **__):
        raise redis.exceptions.ConnectionError

    node("0x7a69")
    monkeypatch.setattr(redis.Redis, "execute_command", refuse)

    assert client.get("/readyz").json()["checks"] | {"database": "ok"} == {
        "database": "ok",
        "migrations": "ok",
        "redis": "does not answer",
        "rpc": "ok",
    }


def test_a_node_that_does_not_answer_is_no_fault_of_ours(monkeypatch):
    def refuse(*_, **__):
        raise httpx.ConnectError("down")

    monkeypatch.setattr(httpx, "post", refuse)

    assert health._rpc() == "no node of the right chain answers"


def test_metrics_count_rows_and_requests_and_name_nobody(client, settings):
    user = person("zoe.quill")
    AuditEvent.record("toy.made", subject=user, by=user, at=AT)
    client.get("/healthz")

    text = client.get("/metrics").content.decode()

    assert 'portal_waiting{what="audit_event"} 1.0' in text
    assert "django_http_requests" in text
    assert "zoe" not in text and str(user.pk) not in text
    settings.METRICS_TOKEN = "scrape"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape"}).status_code == 200


def say_everything(user) -> None:
    logger = structlog.get_logger("portal")
    logger.info("user.made", email=user.email, name="Zoe Quill", subject=str(user.pk))
    logger.info("note", text="Mail for zoe.quill@portal.example came back.")
    logger.info("nested", facts={"reason": "Papers looked odd", "rows": [{"street": "17 Marmalade Quay"}]})
    logging.getLogger("some.library").warning("sent to %s", user.email)
    logging.getLogger("some.library").warning("extra", extra={"date_of_birth": "1987-02-03"})
    try:
        raise ValidationError("Key (name)=(Zoe Quill) already exists: 'Marmalade'")
    except ValidationError:
        logger.exception("failed", password="correct horse")


def test_no_log_line_holds_anything_personal(lines):
    say_everything(person("zoe.quill"))

    written = json.dumps(lines())
    assert len(lines()) == 6
    assert not [word for word in PERSONAL if word in written]
    assert "test_watching.py" in lines()[-1]["error"]["stack_trace"]
    assert lines()[-1]["error"]["type"] == "ValidationError"


@action
def decide(*, user) -> None:
    AuditEvent.record("toy.decided", subject=user, by=user, at=AT, reason="Papers looked odd")


@pytest.mark.django_db(transaction=True)
def test_a_decision_is_one_line_with_ids(lines):
    user = person("zoe.quill")

    decide(user=user)

    (line,) = [line for line in lines() if line["message"] == "toy.decided"]
    assert line["subject"] == line["by"] == str(user.pk)
    assert "@timestamp" in line and line["log.level"] == "info"
    assert not [word for word in PERSONAL if word in json.dumps(line)]


@pytest.mark.django_db(transaction=True)
def test_signing_up_and_asking_leaves_nothing_personal_in_the_log(client, lines):
    client.post(
        reverse("account_signup"),
        {"email": "zoe.quill@portal.example", "password1": "correct horse!", "password2": "correct horse!"},
    )
    client.post(reverse("account_login"), {"login": "zoe.quill@portal.example", "password": "correct horse"})
    client.get("/nothing/zoe.quill@portal.example?name=Quill")

    assert [line["message"] for line in lines()].count("request") == 3
    assert not [word for word in PERSONAL if word in json.dumps(lines())]


def test_a_request_has_one_id_in_its_lines_and_its_answer(client, lines):
    user = person("zoe.quill")
    client.force_login(user)

    given = client.get("/accounts/email/", headers={"X-Request-Id": "abcdef-123456"})
    made = client.get("/accounts/email/", headers={"X-Request-Id": "<script>"})

    requests = [line for line in lines() if line["message"] == "request"]
    assert given["X-Request-Id"] == requests[0]["request_id"] == "abcdef-123456"
    assert re.fullmatch("[0-9a-f]{32}", made["X-Request-Id"])
    assert requests[0]["user_id"] == str(user.pk)
    assert requests[0]["route"] == "accounts/email/"


def test_no_error_report_holds_anything_personal():
    report = {
        "request": {
            "method": "POST",
            "url": "https://portal.example/x?name=Quill",
            "data": {"name": "Zoe"},
            "cookies": {"sessionid": "s"},
            "headers": {"Authorization": "Bearer s"},
        },
        "user": {"id": "7", "email": "zoe.quill@portal.example", "ip_address": "203.0.113.7"},
        "extra": {"form": "Zoe Quill"},
        "breadcrumbs": {"values": [{"message": "Zoe Quill"}]},
        "logentry": {"message": "mail to zoe.quill@portal.example", "params": ["Zoe"]},
        "exception": {
            "values": [
                {
                    "type": "IntegrityError",
                    "value": "Key (name)=(Zoe Quill) exists, DETAIL: 'Marmalade'",
                    "stacktrace": {"frames": [{"function": "save", "vars": {"name": "Zoe Quill"}}]},
                }
            ]
        },
    }

    sent = json.dumps(scrub.scrub_report(report, {}))

    assert not [word for word in [*PERSONAL, "203.0.113.7", "sessionid", "Bearer"] if word in sent]
    assert "IntegrityError" in sent and '"id": "7"' in sent and "save" in sent


def policy(answer) -> dict[str, str]:
    parts = (part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    return {name[0]: name[1] if len(name) > 1 else "" for name in parts}


def test_pages_run_no_script_but_our_files(client):
    ours = policy(client.get(reverse("account_login")))

    assert ours["script-src"] == "'self'" and ours["style-src"] == "'self'"
    assert ours["object-src"] == ours["frame-ancestors"] == ours["base-uri"] == "'none'"
    assert ours["form-action"].startswith("'self'")


def test_only_the_admin_may_run_what_unfold_needs(client):
    client.force_login(person("clerk"))

    admins = policy(client.get("/admin/"))

    assert admins["script-src"] == "'self' 'unsafe-eval'"
    assert admins["style-src"] == "'self' 'unsafe-inline'"
    assert "unsafe-inline" not in admins["script-src"]


def test_browsers_are_told_to_keep_their_distance(client):
    answer = client.get(reverse("account_login"))

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("template", ["404.html", "403.html", "400.html", "500.html"])
def test_an_error_page_looks_like_the_portal(client, template):
    assert "portal.css" in render_to_string(template)
