import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from rest_framework.test import APIClient

from rwa_portal.conf import limits
from rwa_portal.conf.limits import Limit
from rwa_portal.core import throttles
from rwa_portal.core.models import AuditEvent
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_windows():
    cache._cache.get_client(write=True).flushdb()


@pytest.fixture
def tight(monkeypatch):
    for name in limits.LIMITS:
        monkeypatch.setitem(limits.LIMITS, name, Limit(5, 60))


@pytest.fixture
def redis_down(monkeypatch):
    def refuse(*_, **__):
        raise redis.exceptions.ConnectionError("down")

    monkeypatch.setattr(redis.Redis, "execute_command", refuse)


def passes(number: int, **who) -> bool:
    try:
        throttles.take(**who)
    except throttles.TooManyRequests:
        return False
    return True


def test_sixty_at_once_let_exactly_the_limit_through(tight):
    with ThreadPoolExecutor(60) as pool:
        results = list(pool.map(lambda n: passes(n, login_account="zoe"), range(60)))

    assert sum(results) == 5


def test_a_request_takes_a_place_in_all_windows_or_in_none(tight, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "login_account", Limit(1, 60))
    assert passes(0, login_account="zoe", login_address="a")

    assert not passes(1, login_account="zoe", login_address="a")
    assert sum(passes(n, login_address="a") for n in range(9)) == 4


def test_the_window_slides(monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "post", Limit(2, 1))

    assert [passes(n, post="zoe") for n in range(3)] == [True, True, False]
    time.sleep(1.1)
    assert passes(4, post="zoe")


def test_a_place_given_back_is_free(tight):
    for _ in range(20):
        throttles.give_back(throttles.take(post="zoe"))


def test_redis_holds_nobodys_name_or_address(tight):
    throttles.take(login_account="zoe.quill@portal.example", login_address="203.0.113.7")

    kept = b" ".join(cache._cache.get_client(write=True).keys("*"))
    assert b"limit:login_account:" in kept
    assert b"zoe" not in kept and b"203" not in kept


@pytest.fixture
def maker():
    return person("maker", "view_auditevent")


def post(user, key):
    client = APIClient(headers={"Idempotency-Key": key})
    client.force_login(user)
    return client.post("/api/toys", {"colour": "red"}, format="json")


@pytest.mark.urls("tests.core.toy")
def test_the_api_answers_429_with_retry_after_and_does_nothing(tight, maker):
    for number in range(5):
        assert post(maker, f"k{number}").status_code == 201

    refused = post(maker, "k5")

    assert (refused.status_code, refused.json()["code"]) == (429, "Throttled")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["Content-Type"] == "application/problem+json"
    assert AuditEvent.objects.count() == 5
    assert APIClient().get("/api/toys").status_code == 401  # another principal is not limited by this one


@pytest.mark.urls("tests.core.toy")
@pytest.mark.django_db(transaction=True)
def test_sixty_posts_at_once_write_exactly_the_limit(tight, maker):
    def ask(number):
        try:
            return post(maker, f"k{number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(ask, range(60)))

    assert (statuses.count(201), statuses.count(429)) == (5, 55)
    assert AuditEvent.objects.count() == 5


@pytest.mark.urls("tests.core.toy")
def test_without_redis_writes_are_refused_and_reads_pass(maker, redis_down):
    client = APIClient()
    client.force_login(maker)

    refused = post(maker, "k")

    assert (refused.status_code, refused.json()["code"]) == (503, "LimiterUnavailable")
    assert refused["Content-Type"] == "application/problem+json"
    assert AuditEvent.objects.count() == 0
    assert client.get("/api/toys").status_code == 200


def login(client, password: str = "wrong horse battery"):
    return client.post(
        reverse("account_login"),
        {"login": "zoe@portal.example", "password": password},
        REMOTE_ADDR="203.0.113.7",
    )


def test_guessing_a_password_ends_in_429(client, tight):
    person("zoe", password="correct horse battery")

    statuses = [login(client).status_code for _ in range(7)]
    last = login(client, "correct horse battery")

    assert statuses == [200] * 5 + [429] * 2
    assert last.status_code == 429 and 0 < int(last["Retry-After"]) <= 60
    assert "_auth_user_id" not in client.session


def test_without_redis_nobody_signs_in_and_pages_are_read(client, redis_down):
    person("zoe", password="correct horse battery")

    assert login(client, "correct horse battery").status_code == 503
    assert client.get(reverse("account_login")).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.9", "203.0.113.7"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "10.0.0.1, 198.51.100.9", "198.51.100.9"),
        (2, "198.51.100.9, 10.0.0.1", "198.51.100.9"),
        (2, "198.51.100.9", "203.0.113.7"),
    ],
)
def test_a_client_cannot_write_its_own_address(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    asked = rf.get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=forwarded)

    assert throttles.client_address(asked) == address
