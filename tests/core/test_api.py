import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate

from rwa_portal.core import api
from rwa_portal.core.models import AuditEvent, IdempotencyKey, User
from tests.core import toy
from tests.people import AT, person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.toy")]
TOYS = "/api/toys"
OWNER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def client(user: User, key: str | None = "k1", **kwargs) -> APIClient:
    made = APIClient(headers={"Idempotency-Key": key} if key else {}, **kwargs)
    made.force_login(user)
    return made


@pytest.fixture
def maker():
    return person("maker", "view_auditevent")


def make(user: User, key: str | None = "k1", **body):
    return client(user, key).post(TOYS, {"colour": "red", **body}, format="json")


def problem(answer) -> tuple[int, str, list]:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "errors"}
    assert body["status"] == answer.status_code
    return body["status"], body["code"], [(e["field"], e["rule"]) for e in body["errors"]]


def test_the_same_request_gets_the_same_answer_and_acts_once(maker):
    first, again = make(maker), make(maker)

    assert first.status_code == 201
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("colour", "answer"),
    [
        ("broken", (409, "ToyBroken", [])),
        ("taken", (422, "ColourTaken", [("colour", "ColourTaken")])),
        ("green", (422, "ValidationError", [("colour", "invalid_choice")])),
    ],
)
def test_a_refusal_names_its_rule_leaves_nothing_and_frees_the_key(maker, colour, answer):
    assert problem(make(maker, colour=colour)) == answer

    assert (AuditEvent.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
    assert make(maker).status_code == 201


@pytest.mark.parametrize("key", [None, "x" * 256, "a\tb"])
def test_a_post_without_a_usable_key_is_400_and_does_nothing(maker, key):
    assert problem(make(maker, key)) == (400, "IdempotencyKeyMissing", [])
    assert AuditEvent.objects.count() == 0


def test_a_key_used_for_another_body_is_422(maker):
    make(maker)

    answer = problem(make(maker, units="5"))

    assert answer == (422, "IdempotencyKeyReused", [("Idempotency-Key", "IdempotencyKeyReused")])
    assert AuditEvent.objects.count() == 1


def test_two_people_may_use_the_same_key(maker):
    assert make(maker).status_code == make(person("other", "view_auditevent")).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("owner", OWNER.replace("5aAe", "5aae"), "AddressChecksumWrong"),
        ("owner", "0x" + "0" * 40, "AddressZero"),
        ("owner", "Zoe", "AddressMalformed"),
        ("owner", 7, "NotAString"),
        ("units", 5, "NotAString"),
        ("units", "5.5", "TooManyDecimals"),
        ("units", "1e3", "UnitsMalformed"),
        ("units", "0", "UnitsNotPositive"),
        ("units", "-1", "UnitsNotPositive"),
        ("units", str(2**96), "UnitsTooLarge"),
        ("terms_hash", "0x12", "HashMalformed"),
    ],
)
def test_a_chain_value_that_breaks_a_rule_is_named(maker, field, value, rule):
    assert problem(make(maker, **{field: value})) == (422, "ValidationError", [(field, rule)])
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400, "ParseError"),
        ({"data": b"\xff{}", "content_type": "application/json"}, 400, "ParseError"),
        ({"data": b"[" * 200_000, "content_type": "application/json"}, 400, "ParseError"),
        ({"data": b'{"colour": "\\ud800"}', "content_type": "application/json"}, 400, "ParseError"),
        ({"data": b'{"a": NaN}', "content_type": "application/json"}, 400, "ParseError"),
        ({"data": b"[1]", "content_type": "application/json"}, 422, "ValidationError"),
        ({"data": b" " * 1024 * 1025, "content_type": "application/json"}, 413, "RequestTooLarge"),
        ({"data": b"colour=red", "content_type": "text/plain"}, 415, "UnsupportedMediaType"),
        ({"data": b"a=b", "content_type": "application/x-www-form-urlencoded"}, 415, "UnsupportedMediaType"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_problem(maker, sent, status, code):
    assert problem(client(maker).post(TOYS, **sent))[:2] == (status, code)
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("put", TOYS, {}, 405, "MethodNotAllowed"),
        ("get", TOYS, {"Accept": "text/html"}, 406, "NotAcceptable"),
        ("get", TOYS + "/999", {}, 404, "NotFound"),
        ("get", TOYS + "/no-number", {}, 404, "NotFound"),
        ("get", TOYS + "/", {}, 404, "NotFound"),
        ("post", "/api/nothing/here", {}, 404, "NotFound"),
    ],
)
def test_every_other_error_is_a_problem_too(maker, method, path, headers, status, code):
    assert problem(getattr(client(maker), method)(path, headers=headers)) == (status, code, [])


def test_a_fault_of_ours_is_a_problem_and_tells_nothing(maker):
    quiet = client(maker, raise_request_exception=False)

    assert problem(quiet.get("/api/fault")) == (500, "InternalError", [])
    assert b"secret detail" not in quiet.get("/api/fault").content
    assert "text/html" in quiet.get("/fault")["Content-Type"]


def test_a_stranger_is_401_and_a_person_without_the_right_403(maker):
    assert problem(APIClient().get(TOYS)) == (401, "NotAuthenticated", [])
    assert problem(client(person("clerk")).get(TOYS)) == (403, "PermissionDenied", [])


def test_who_asks_is_a_person_or_the_view_is_wrong(maker):
    asked = APIRequestFactory().get(TOYS)
    with pytest.raises(TypeError, match="without a person"):
        api.person(Request(asked))

    force_authenticate(asked, maker)

    assert api.person(Request(asked)) == maker


def test_a_session_post_without_a_csrf_token_is_a_problem(maker):
    asked = client(maker, enforce_csrf_checks=True)

    assert problem(asked.post(TOYS, {"colour": "red"}, format="json"))[:2] == (403, "PermissionDenied")
    plain = Client(enforce_csrf_checks=True)
    plain.force_login(maker)
    assert problem(plain.post("/api/fault"))[:2] == (403, "CsrfFailed")
    assert AuditEvent.objects.count() == 0


@pytest.fixture
def ten(maker):
    for number in range(10):
        toy.make_toy(colour="red" if number % 2 else "blue", by=maker, at=AT + timedelta(hours=number // 3))


def test_pages_follow_each_other_without_gap_or_twin(ten, maker):
    seen, page = [], TOYS + "?page_size=3"
    while page:
        body = client(maker).get(page).json()
        seen += [row["id"] for row in body["results"]]
        page = body["next"]

    assert seen == list(AuditEvent.objects.order_by("at", "id").values_list("id", flat=True))


def cursor_of(maker, path: str) -> str:
    return client(maker).get(path).json()["next"].split("cursor=")[1].split("&")[0]


@pytest.mark.parametrize(
    "change", [lambda c: c[:-1] + "-", lambda c: "x" + c, lambda c: "", lambda c: "cD0x"]
)
def test_a_changed_cursor_is_400(ten, maker, change):
    cursor = change(cursor_of(maker, TOYS + "?page_size=3"))

    assert problem(client(maker).get(f"{TOYS}?cursor={cursor}")) == (400, "CursorMalformed", [])


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("kind=toy.green", "FilterNotValid", "kind"),
        ("kind=toy.red&kind=toy.blue", "FilterNotValid", "kind"),
        ("subject=5", "FilterNotValid", "subject"),
        ("colour=red", "FilterUnknown", "colour"),
        ("page_size=0", "PageSizeOutOfRange", "page_size"),
        ("page_size=201", "PageSizeOutOfRange", "page_size"),
        ("page_size=x", "PageSizeOutOfRange", "page_size"),
    ],
)
def test_a_filter_that_cannot_match_is_422_and_named(ten, maker, query, code, field):
    assert problem(client(maker).get(f"{TOYS}?{query}")) == (422, code, [(field, code)])


def test_a_filter_narrows_the_list(ten, maker):
    rows = client(maker).get(f"{TOYS}?kind=toy.red&subject={maker.pk}").json()["results"]

    assert {row["kind"] for row in rows} == {"toy.red"} and len(rows) == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first_takes_s", "statuses"), [(0.5, [201, 201]), (3.5, [201, 409])])
def test_a_twin_waits_for_the_first_answer_but_not_for_ever(maker, monkeypatch, first_takes_s, statuses):
    inside = threading.Event()
    record = AuditEvent.record

    def slow(*args, **kwargs):
        inside.set()
        time.sleep(first_takes_s)
        record(*args, **kwargs)

    monkeypatch.setattr(AuditEvent, "record", slow)

    def post(_):
        started = time.monotonic()
        try:
            answer = make(maker)
            return answer.status_code, answer.json(), time.monotonic() - started
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, 1)
        inside.wait(5)
        twin = pool.submit(post, 2)
        answers = [first.result(), twin.result()]

    assert [answer[0] for answer in answers] == statuses
    assert answers[1][2] < 3
    assert AuditEvent.objects.count() == 1
    if statuses[1] == 201:
        assert answers[0][1] == answers[1][1]
    else:
        assert answers[1][1]["code"] == "RequestInProgress"


@pytest.mark.django_db(transaction=True)
def test_eight_twins_at_once_act_once_and_get_one_answer(maker):
    def post(_):
        try:
            return make(maker).content
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, range(8)))

    assert len(answers) == AuditEvent.objects.count() == 1
