import json

import pytest
from rest_framework.test import APIClient

from assets.models import Asset
from contracts.models import ChainOperation
from rwa_portal.core.models import IdempotencyKey

from .factories import PAY_TO, person, written


@pytest.fixture
def api():
    def client(user, key="k1"):
        client = APIClient(headers={"Idempotency-Key": key} if key else {})
        client.force_login(user)
        return client

    return client


def body(issuer, **changes) -> dict:
    given = {
        "issuer_id": str(issuer.pk),
        "asset_type": "REAL_ESTATE",
        "name": "Beispielhaus",
        "symbol": "HAUS",
        "particulars": {"location": "Beispielstrasse 1, Berlin"},
        "decimals": 2,
        "supply_cap": "1000000",
        "unit_price": "100000000",
        "min_units": "1000",
        "opens_at": "2026-01-01T00:00:00Z",
        "closes_at": "2099-01-01T00:00:00Z",
        "pay_to": PAY_TO,
        "jurisdictions": {"RETAIL": ["DE"], "ACCREDITED": ["DE", "US"]},
        "max_holders": 3,
        "lock_up_until": "2099-02-01T00:00:00Z",
        "min_holding": "100",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not ...}


def post(client, given):
    return client.post("/api/assets", given, format="json")


def test_post_creates_and_deploys_at_once_where_no_review_is_asked(issuer, officer, api):
    answer = post(api(officer), body(issuer))

    operation = ChainOperation.objects.get()
    assert answer.status_code == 202
    assert answer.json()["awaiting"] is None
    assert answer.json()["operation"] == str(operation.pk)
    assert (answer.json()["state"], answer.json()["approvals"]) == ("QUEUED", "0/0")
    assert answer.json()["links"] == {
        "self": f"/api/assets/{answer.json()['asset']['id']}",
        "operation": f"/api/operations/{operation.pk}",
    }
    assert answer["Location"] == f"/api/operations/{operation.pk}"
    asset = answer.json()["asset"]
    assert (asset["status"], asset["supply_cap"], asset["terms"]["max_holders"]) == (
        "DEPLOYING",
        "1000000",
        3,
    )
    assert asset["metadata_uri"].endswith(f"{asset['metadata_hash'][2:]}.json")


def test_post_awaits_legal_review_where_the_policy_asks_for_one(issuer, officer, api, settings):
    settings.APPROVALS_NEEDED = {"*": 1, "assets.review": 1}

    answer = post(api(officer), body(issuer))

    assert (answer.status_code, answer.json()["awaiting"], answer.json()["operation"]) == (
        202,
        "legal_review",
        None,
    )
    assert not ChainOperation.objects.exists()


def test_the_same_request_gets_the_same_answer_and_acts_once(issuer, officer, api):
    first = post(api(officer), body(issuer))
    again = post(api(officer), body(issuer))

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert Asset.objects.count() == ChainOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"supply_cap": str(2**96)}, "supply_cap"),
        ({"supply_cap": "1.5"}, "supply_cap"),
        ({"supply_cap": 1000}, "supply_cap"),
        ({"supply_cap": "-1"}, "supply_cap"),
        ({"supply_cap": ...}, "supply_cap"),
        ({"min_units": "1000001"}, "min_units"),
        ({"min_holding": "1000001"}, "min_holding"),
        ({"unit_price": "0"}, "unit_price"),
        ({"unit_price": str(2**96 - 1)}, "unit_price"),
        ({"decimals": 19}, "decimals"),
        ({"symbol": "h-1"}, "symbol"),
        ({"asset_type": "ART"}, "asset_type"),
        ({"particulars": {"borrower": "x"}}, "particulars"),
        ({"pay_to": "0x" + "0" * 40}, "pay_to"),
        ({"pay_to": PAY_TO.replace("C5ED", "c5ED")}, "pay_to"),
        ({"jurisdictions": {"RETAIL": ["XX"]}}, "jurisdictions"),
        ({"jurisdictions": {}}, "jurisdictions"),
        ({"max_holders": 0}, "max_holders"),
        ({"lock_up_until": "0001-01-01T00:00:00Z"}, "lock_up_until"),
        ({"lock_up_until": "9999-12-31T23:59:59-23:59"}, "lock_up_until"),
        ({"particulars": {"location": {"a": 1}}}, "particulars.location"),
        ({"name": "a\u0000b"}, "name"),
        ({"jurisdictions": {"RETAIL": ["DEU"]}}, "jurisdictions.RETAIL.0"),
        ({"closes_at": "2026-01-01T00:00:00Z"}, "closes_at"),
        ({"opens_at": "2020-01-01T00:00:00Z", "closes_at": "2021-01-01T00:00:00Z"}, "closes_at"),
        ({"maturity_date": "2098-01-01"}, "maturity_date"),
        ({"issuer_id": "none"}, "issuer_id"),
        ({"issuer_id": "00000000-0000-4000-8000-000000000000"}, "issuer_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_term_is_422_with_its_field_and_stores_nothing(issuer, officer, api, changes, field):
    before = written()

    answer = post(api(officer), body(issuer, **changes))

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert all(fault["rule"] and fault["detail"] for fault in answer.json()["errors"])
    assert (written(), IdempotencyKey.objects.count()) == (before, 0)


def test_an_issuer_that_is_not_registered_is_409(issuer, officer, api):
    type(issuer).objects.update(status="IN_REVIEW")
    before = written()

    answer = post(api(officer), body(issuer))

    assert (answer.status_code, answer.json()["code"]) == (409, "IssuerNotRegistered")
    assert written() == before


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [("{", "application/json", 400, "ParseError"), ("a=1", "text/plain", 415, "UnsupportedMediaType")],
)
def test_a_malformed_body_is_a_problem(issuer, officer, api, content, content_type, status, code):
    before = written()

    answer = api(officer).post("/api/assets", content, content_type=content_type)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert written() == before


def test_a_post_needs_a_key_and_the_same_key_never_serves_two_requests(issuer, officer, api):
    missing = post(api(officer, key=None), body(issuer))
    post(api(officer), body(issuer))
    reused = post(api(officer), body(issuer, symbol="HOF"))

    assert (missing.status_code, missing.json()["code"]) == (400, "IdempotencyKeyMissing")
    assert (reused.status_code, reused.json()["code"]) == (422, "IdempotencyKeyReused")
    assert Asset.objects.count() == 1


@pytest.mark.parametrize("who", ["nobody", "applicant", "counsel"])
def test_only_who_may_deploy_posts(issuer, applicant, counsel, api, who):
    before = written()
    client = APIClient() if who == "nobody" else api({"applicant": applicant, "counsel": counsel}[who])

    answer = post(client, body(issuer))

    assert answer.status_code == (401 if who == "nobody" else 403)
    assert written() == before


def test_the_list_holds_active_tokens_only_and_shows_their_backing(active, draft, api, stranger):
    answer = api(stranger).get("/api/assets")

    rows = answer.json()["results"]
    assert [row["id"] for row in rows] == [str(active.pk)]
    assert (rows[0]["token_address"], rows[0]["custody_proof"]) == (active.token_address, None)
    assert all(isinstance(rows[0][name], str) for name in ("supply_cap", "unit_price", "min_units"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=REAL_ESTATE", 1),
        ("type=CREDIT", 0),
        ("status=ACTIVE", 1),
        ("status=PAUSED", 0),
    ],
)
def test_the_list_is_filtered(active, api, stranger, query, found):
    assert len(api(stranger).get(f"/api/assets?{query}").json()["results"]) == found


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("status=OPEN", 422, "status"),
        ("status=DRAFT", 422, "status"),
        ("type=ART", 422, "type"),
        ("token_address=0x12", 422, "token_address"),
        ("colour=red", 422, "colour"),
        ("cursor=tampered", 400, None),
    ],
)
def test_an_unknown_filter_or_cursor_is_refused(active, api, stranger, query, status, field):
    answer = api(stranger).get(f"/api/assets?{query}")

    assert answer.status_code == status
    assert [fault["field"] for fault in answer.json()["errors"]] == ([field] if field else [])


def test_what_is_not_on_chain_is_the_members_and_the_staffs(draft, api, applicant, officer, stranger):
    seen = {who.email: api(who).get(f"/api/assets/{draft.pk}").status_code for who in (applicant, officer)}

    assert set(seen.values()) == {200}
    hidden = api(stranger).get(f"/api/assets/{draft.pk}")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "NotFound")


def test_an_unknown_asset_is_404(api, stranger):
    for address in ("/api/assets/00000000-0000-4000-8000-000000000000", "/api/assets/1"):
        answer = api(stranger).get(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_registered_issuer_is_anybodys_to_see_an_application_is_not(issuer, api, stranger, applicant):
    answer = api(stranger).get(f"/api/issuers/{issuer.pk}")
    assert (answer.status_code, answer.json()["legal_name"]) == (200, "Beispiel GmbH")

    type(issuer).objects.update(status="IN_REVIEW")
    assert api(stranger).get(f"/api/issuers/{issuer.pk}").status_code == 404
    assert api(applicant).get(f"/api/issuers/{issuer.pk}").status_code == 200


def test_a_machine_reads_with_its_scope_and_never_creates(active, issuer):
    from datetime import timedelta

    from django.utils import timezone

    from rwa_portal.core import api_keys

    def machine(*scopes):
        _, text = api_keys.issue_api_key(
            service_name="erp",
            label="ERP",
            scopes=list(scopes),
            expires_at=timezone.now() + timedelta(days=1),
            by=person(f"operations.{len(scopes)}"),
            at=timezone.now(),
            reason="For the test.",
        )
        return APIClient(headers={"Authorization": f"Bearer {text}", "Idempotency-Key": "k"})

    reader, writer = machine("assets:read", "assets:write"), machine("events:read")
    before = written()

    assert reader.get("/api/assets").status_code == 200
    assert writer.get("/api/assets").status_code == 403
    assert post(reader, body(issuer)).status_code == 403
    assert written() == before


def test_the_answer_is_json_that_keeps_every_digit(issuer, officer, api):
    largest = str(2**96 - 1)
    answer = post(api(officer), body(issuer, supply_cap=largest, unit_price="1", decimals=18))

    assert json.loads(answer.content)["asset"]["supply_cap"] == largest
    assert Asset.objects.get().supply_cap == 2**96 - 1
