import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from contracts.models import ChainOperation
from rwa_portal.core.api_keys import issue_api_key
from rwa_portal.core.models import AuditEvent, IdempotencyKey
from subscriptions import actions
from subscriptions.models import Status, Subscription
from tests.investors.factories import make_investor
from tests.people import AT, person
from tests.subscriptions import factories
from tests.subscriptions.factories import HASH, REASON, written

ORDERS = "/api/subscriptions"
BODY = {"reason": REASON}


def url(subscription) -> str:
    return f"{ORDERS}/{subscription.pk}/approve"


@pytest.fixture
def body(asset):
    return {"asset_id": str(asset.pk), "amount_requested": "250", "terms_hash": HASH}


@pytest.fixture
def machine(officer):
    def client(*scopes):
        _, text = issue_api_key(
            service_name="desk",
            label="Trading desk",
            scopes=list(scopes),
            expires_at=AT + timedelta(days=30),
            by=officer,
            at=AT,
            reason=REASON,
        )
        return APIClient(headers={"Idempotency-Key": "k1", "Authorization": f"Bearer {text}"})

    return client


def test_an_investor_orders_and_is_told_how_to_pay(api, buyer, body, wallet, asset):
    answer = api(buyer).post(ORDERS, body, format="json")

    order, told = Subscription.objects.get(), answer.json()
    assert answer.status_code == 201
    assert (told["id"], told["status"], told["order_id"]) == (str(order.pk), "REQUESTED", order.order_id)
    assert (told["amount_requested"], told["payment_due"]) == ("250", "250000000")
    assert (told["wallet_address"], told["investor_id"]) == (wallet.address, str(wallet.investor_id))
    assert told["payment"]["amount"] == "250000000"
    assert told["payment"]["escrow"] == asset.escrow_address
    assert order.order_id in told["payment"]["typed_data"]


def test_the_same_order_sent_twice_is_one_order(api, buyer, body):
    first, again = (api(buyer).post(ORDERS, body, format="json") for _ in range(2))

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert Subscription.objects.count() == 1


def test_a_machine_orders_for_an_investor_it_names(machine, body, wallet):
    named = {**body, "investor_id": str(wallet.investor_id)}

    answer = machine("subscriptions:write").post(ORDERS, named, format="json")

    assert answer.status_code == 201
    assert Subscription.objects.get().requested_by.service_name == "api.desk"


@pytest.mark.parametrize("scopes", [["subscriptions:read"], ["assets:write", "kyc:write"]])
def test_a_machine_without_the_scope_gets_403(machine, body, wallet, scopes):
    client = machine(*scopes)
    before = written()

    answer = client.post(ORDERS, {**body, "investor_id": str(wallet.investor_id)}, format="json")

    assert answer.status_code == 403
    assert written() == before


UNKNOWN = "00000000-0000-4000-8000-000000000001"
BAD = [
    ({"asset_id": UNKNOWN}, 422, "AssetUnknown", "asset_id"),
    ({"asset_id": "house"}, 422, "ValidationError", "asset_id"),
    ({"asset_id": None}, 422, "ValidationError", "asset_id"),
    ({"investor_id": UNKNOWN}, 422, "InvestorUnknown", "investor_id"),
    ({"wallet_id": UNKNOWN}, 422, "WalletNotProven", "wallet_id"),
    ({"amount_requested": "100001"}, 422, "UnitsAboveCap", "amount_requested"),
    ({"amount_requested": "9"}, 422, "UnitsBelowMinimum", "amount_requested"),
    ({"amount_requested": "10.5"}, 422, "ValidationError", "amount_requested"),
    ({"amount_requested": "0"}, 422, "ValidationError", "amount_requested"),
    ({"amount_requested": "-250"}, 422, "ValidationError", "amount_requested"),
    ({"amount_requested": "1" + "0" * 40}, 422, "ValidationError", "amount_requested"),
    ({"amount_requested": 250}, 422, "ValidationError", "amount_requested"),
    ({"amount_requested": "NaN"}, 422, "ValidationError", "amount_requested"),
    ({"terms_hash": "0x" + "00" * 32}, 422, "TermsNotAccepted", "terms_hash"),
    ({"terms_hash": "0x12"}, 422, "ValidationError", "terms_hash"),
]


@pytest.mark.parametrize(("changes", "status", "code", "field"), BAD)
def test_a_bad_order_names_field_and_rule_and_stores_nothing(api, buyer, body, changes, status, code, field):
    before = written()

    answer = api(buyer).post(ORDERS, {**body, **changes}, format="json")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["errors"][0]["detail"]
    assert written() == before


def test_an_unverified_investor_and_a_closed_offering_are_409(api, body, asset):
    stranger = make_investor(status="PENDING")
    before = written()

    unverified = api(stranger.user).post(ORDERS, body, format="json")
    type(asset).objects.filter(pk=asset.pk).update(closes_at=AT)
    closed = api(stranger.user).post(ORDERS, body, format="json")

    assert (unverified.status_code, unverified.json()["code"]) == (409, "InvestorNotEligible")
    assert unverified.json()["detail"] == "The investor is not verified yet. No wallet is proven."
    assert (closed.status_code, closed.json()["code"]) == (409, "OfferingNotOpen")
    assert written() == before


def test_a_person_who_is_no_investor_and_an_investor_for_another_are_refused(api, officer, buyer, body):
    other = make_investor()
    before = written()

    nobody = api(officer).post(ORDERS, body, format="json")
    another = api(buyer).post(ORDERS, {**body, "investor_id": str(other.pk)}, format="json")

    for answer in (nobody, another):
        assert (answer.status_code, answer.json()["code"]) == (422, "InvestorUnknown")
    assert written() == before


def test_malformed_json_wrong_type_no_key_and_nobody(api, buyer, body):
    before = written()

    malformed = api(buyer).post(ORDERS, "{", content_type="application/json")
    typed = api(buyer).post(ORDERS, "<a/>", content_type="text/xml")
    keyless = api(buyer, key=None).post(ORDERS, body, format="json")
    nobody = APIClient(headers={"Idempotency-Key": "k"}).post(ORDERS, body, format="json")

    codes = [(a.status_code, a.json()["code"]) for a in (malformed, typed, keyless, nobody)]
    assert codes == [
        (400, "ParseError"),
        (415, "UnsupportedMediaType"),
        (400, "IdempotencyKeyMissing"),
        (401, "NotAuthenticated"),
    ]
    assert written() == before


def test_a_reused_key_for_another_order_is_422(api, buyer, body):
    api(buyer).post(ORDERS, body, format="json")

    answer = api(buyer).post(ORDERS, {**body, "amount_requested": "251"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "IdempotencyKeyReused")
    assert Subscription.objects.count() == 1


@pytest.fixture
def others(asset, officer):
    return factories.order_in("PAID", asset, factories.make_buyer(), officer)


def ids(answer) -> set[str]:
    return {row["id"] for row in answer.json()["results"]}


def test_an_investor_sees_own_orders_only_and_staff_and_machines_all(
    api, machine, order, others, buyer, officer
):
    both = {str(order.pk), str(others.pk)}

    assert ids(api(buyer).get(ORDERS)) == {str(order.pk)}
    assert ids(api(officer).get(ORDERS)) == both
    assert ids(machine("subscriptions:read").get(ORDERS)) == both
    assert api(buyer).get(f"{ORDERS}/{others.pk}").status_code == 404
    assert api(officer).get(f"{ORDERS}/{others.pk}").json()["id"] == str(others.pk)
    assert ids(api(person("clerk")).get(ORDERS)) == set()


def test_lists_are_filtered_by_what_exists_and_page_by_cursor(api, order, others, officer):
    paid = api(officer).get(ORDERS, {"status": "PAID"})
    first = api(officer).get(ORDERS, {"page_size": 1}).json()
    rest = api(officer).get(first["next"]).json()

    assert ids(paid) == {str(others.pk)}
    assert {first["results"][0]["id"], rest["results"][0]["id"]} == {str(order.pk), str(others.pk)}
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"status": "LOST"}, 422, "status"),
        ({"asset_id": "house"}, 422, "asset_id"),
        ({"colour": "red"}, 422, "colour"),
        ({"cursor": "tampered"}, 400, None),
        ({"page_size": "0"}, 422, "page_size"),
    ],
)
def test_an_unknown_filter_or_a_tampered_cursor_is_refused(api, officer, order, query, status, field):
    answer = api(officer).get(ORDERS, query)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])


def test_approve_answers_202_while_others_must_consent(paid, officer, api):
    answer = api(officer).post(url(paid), BODY, format="json")

    operation = ChainOperation.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "subscription": str(paid.pk),
        "operation": str(operation.pk),
        "state": "AWAITING_APPROVAL",
        "approvals": "0/1",
        "links": {"operation": f"/api/operations/{operation.pk}"},
    }
    assert answer["Location"] == f"/api/operations/{operation.pk}"


def test_approve_answers_202_where_nobody_else_is_needed(paid, officer, api, settings):
    settings.APPROVALS_NEEDED = {"*": 0}

    answer = api(officer).post(url(paid), BODY, format="json")

    assert (answer.status_code, answer.json()["state"], answer.json()["approvals"]) == (202, "QUEUED", "0/0")


def test_the_same_approval_gets_the_same_answer_and_acts_once(paid, officer, api):
    first, again = (api(officer).post(url(paid), BODY, format="json") for _ in range(2))

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert ChainOperation.objects.count() == AuditEvent.objects.count() == 1


def test_approval_before_payment_is_409_and_frees_the_key(order, officer, api):
    before = written()

    refused = api(officer).post(url(order), BODY, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "SubscriptionNotPaid")
    assert refused.json()["detail"] == "Only a paid subscription can be approved."
    assert not IdempotencyKey.objects.exists()
    assert written() == before


@pytest.mark.parametrize("status", [s for s in Status.values if s != "PAID"])
def test_approval_in_any_other_state_is_409(asset, wallet, officer, api, status):
    order = factories.order_in(status, asset, wallet, officer)
    before = written()

    assert api(officer).post(url(order), BODY, format="json").status_code == 409
    assert written() == before


def test_approval_of_an_own_order_is_409(paid, buyer, api):
    from django.contrib.auth.models import Permission

    buyer.user_permissions.set(Permission.objects.filter(codename="approve_subscription"))

    answer = api(type(buyer).objects.get(pk=buyer.pk)).post(url(paid), BODY, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "RequesterCannotApprove")
    assert not ChainOperation.objects.exists()


@pytest.mark.parametrize("bad", [{}, {"reason": "no"}, {"reason": "x" * 2001}, {"reason": ["a"] * 5}])
def test_an_approval_needs_a_reason(paid, officer, api, bad):
    before = written()

    answer = api(officer).post(url(paid), bad, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert written() == before


def test_who_has_no_right_and_a_machine_get_403(paid, api, machine):
    clients = [
        api(person("clerk", "view_subscription")),
        machine("subscriptions:write", "subscriptions:read"),
    ]
    before = written()

    for client in clients:
        assert client.post(url(paid), BODY, format="json").status_code == 403
    assert written() == before


def test_an_unknown_order_is_404(officer, api, paid):
    answer = api(officer).post(url(paid).replace(str(paid.pk), UNKNOWN), BODY, format="json")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("takes_s", "statuses"), [(0.2, [202, 202]), (4, [202, 409])])
def test_a_twin_waits_two_seconds_at_most(paid, officer, api, monkeypatch, takes_s, statuses):
    inside = threading.Event()
    enqueue = actions.decide.operations.enqueue

    def slow(*args, **kwargs):
        inside.set()
        time.sleep(takes_s)
        return enqueue(*args, **kwargs)

    monkeypatch.setattr(actions.decide.operations, "enqueue", slow)

    def post(_):
        try:
            started = time.monotonic()
            answer = api(officer).post(url(paid), BODY, format="json")
            return answer.status_code, answer.json(), time.monotonic() - started
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, 1)
        inside.wait(5)
        twin = pool.submit(post, 2)
        answers = [first.result(), twin.result()]

    assert [answer[0] for answer in answers] == statuses
    assert answers[1][2] < 3.5  # two seconds, and a busy machine
    assert ChainOperation.objects.count() == 1
