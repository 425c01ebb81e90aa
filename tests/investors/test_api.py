import pytest
from rest_framework.test import APIClient

from contracts.models import ChainOperation
from investors.models import KycSession
from rwa_portal.core import api_keys
from tests.investors.conftest import rows_everywhere
from tests.investors.factories import AT, PERSON, make_investor, make_wallet
from tests.people import person

pytestmark = pytest.mark.django_db
ALLOW = {"allowlisted": True, "reason": "Papers checked."}


def api(user=None, key="k1") -> APIClient:
    client = APIClient(headers={"Idempotency-Key": key} if key else {})
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def officer(db):
    return person("officer", "write_allowlist", "view_investor")


def test_a_session_is_opened_and_the_providers_page_given(investor, vendor):
    answer = api(investor.user).post("/api/kyc/session")

    session = KycSession.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(session.pk),
        "provider": "sumsub",
        "status": "",
        "verdict": "NONE",
        "url": "https://sumsub.test/p/x",
    }
    assert session.applicant_id == f"app-{str(session.pk)[:8]}"


def test_the_same_key_and_another_key_continue_the_same_session(investor, vendor):
    first = api(investor.user).post("/api/kyc/session").json()
    again = api(investor.user).post("/api/kyc/session").json()
    later = api(investor.user, key="k2").post("/api/kyc/session").json()

    assert first == again and later["id"] == first["id"]
    assert KycSession.objects.count() == 1


def test_a_person_without_a_profile_has_no_session(vendor, db):
    answer = api(person("nobody")).post("/api/kyc/session")

    assert (answer.status_code, answer.json()["code"]) == (404, "InvestorProfileMissing")
    assert not KycSession.objects.exists()


def test_a_verified_investor_needs_none(vendor, time_machine, db):
    time_machine.move_to(AT)
    answer = api(make_investor().user).post("/api/kyc/session")

    assert (answer.status_code, answer.json()["code"]) == (409, "InvestorAlreadyVerified")


def test_nobody_unknown_opens_a_session(vendor, db):
    assert api().post("/api/kyc/session").status_code == 401
    assert api(make_investor(status="PENDING").user, key="").post("/api/kyc/session").status_code == 400
    assert not KycSession.objects.exists()


def test_a_silent_provider_is_503_and_the_session_goes_on_later(investor, vendor, monkeypatch):
    from investors.kyc import ProviderUnavailable
    from investors.kyc.sumsub import Sumsub

    def silent(self, **_):
        raise ProviderUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(Sumsub, "open_applicant", silent)
        answer = api(investor.user).post("/api/kyc/session")
    assert (answer.status_code, answer.json()["code"]) == (503, "ProviderUnavailable")

    assert api(investor.user).post("/api/kyc/session").status_code == 200


def test_links_are_limited(investor, vendor):
    codes = [api(investor.user, key=f"k{n}").post("/api/kyc/session").status_code for n in range(12)]

    assert codes == [200] * 10 + [429] * 2


def test_an_officer_asks_for_the_allowlist(verified, officer, time_machine):
    time_machine.move_to(AT)
    answer = api(officer).post("/api/compliance/allowlist", {"investor_id": str(verified.pk), **ALLOW})

    operation = ChainOperation.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "investor_id": str(verified.pk),
        "operation": str(operation.pk),
        "state": "QUEUED",
        "approvals": "0/0",
        "links": {"operation": f"/api/operations/{operation.pk}"},
    }


def test_the_same_request_gets_the_same_answer_and_another_with_its_key_is_refused(
    verified, officer, time_machine
):
    time_machine.move_to(AT)
    body = {"investor_id": str(verified.pk), **ALLOW}
    first, again = (api(officer).post("/api/compliance/allowlist", body) for _ in range(2))
    other = api(officer).post("/api/compliance/allowlist", {**body, "reason": "Another reason."})

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "IdempotencyKeyReused")
    assert ChainOperation.objects.count() == 1


def test_with_approvals_needed_the_operation_waits(verified, officer, settings, time_machine):
    time_machine.move_to(AT)
    settings.APPROVALS_NEEDED = {"*": 1}

    answer = api(officer).post("/api/compliance/allowlist", {"investor_id": str(verified.pk), **ALLOW})

    assert (answer.json()["state"], answer.json()["approvals"]) == ("AWAITING_APPROVAL", "0/1")


def test_a_machine_with_the_scope_may_ask(verified, officer, time_machine):
    time_machine.move_to(AT)

    def key(scope: str) -> str:
        return api_keys.issue_api_key(
            service_name=scope.replace(":", "-"),
            label="Test",
            scopes=[scope],
            expires_at=AT.replace(year=2026, month=4, day=30),
            by=officer,
            at=AT,
            reason="A test.",
        )[1]

    body = {"investor_id": str(verified.pk), **ALLOW}
    wrong = APIClient(headers={"Idempotency-Key": "k", "Authorization": f"Bearer {key('kyc:write')}"})
    assert wrong.post("/api/compliance/allowlist", body).status_code == 403
    right = APIClient(headers={"Idempotency-Key": "k", "Authorization": f"Bearer {key('compliance:write')}"})
    assert right.post("/api/compliance/allowlist", body).status_code == 202


def problem(answer) -> tuple:
    said = answer.json()
    return answer.status_code, said["code"], [error["field"] for error in said["errors"]]


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({}, 422, ["investor_id", "reason"]),
        ({"investor_id": "not-a-uuid", **ALLOW}, 422, ["investor_id"]),
        ({"investor_id": "11111111-1111-1111-1111-111111111111", **ALLOW}, 422, ["investor_id"]),
        ({"investor_id": "11111111-1111-1111-1111-111111111111", "reason": "x"}, 422, ["reason"]),
        ([], 422, None),
    ],
)
def test_a_wrong_allowlist_request_names_its_fields(officer, body, status, fields):
    before = rows_everywhere()

    answer = api(officer).post("/api/compliance/allowlist", body)

    assert answer.status_code == status
    assert fields is None or problem(answer)[2] == fields
    assert rows_everywhere() == before


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [(b"{", "application/json", 400), (b"a=b", "application/x-www-form-urlencoded", 415)],
)
def test_a_malformed_body_or_type_is_refused(officer, raw, kind, status):
    before = rows_everywhere()

    answer = api(officer).generic("POST", "/api/compliance/allowlist", raw, content_type=kind)

    assert answer.status_code == status
    assert rows_everywhere() == before


def test_an_unverified_investor_is_409(officer, compliance_module):
    investor = make_investor(status="PENDING")
    make_wallet(investor)

    answer = api(officer).post("/api/compliance/allowlist", {"investor_id": str(investor.pk), **ALLOW})

    assert problem(answer) == (409, "InvestorNotVerified", [])
    assert not ChainOperation.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "investor", "clerk"])
def test_without_the_right_nothing_is_asked(verified, who):
    user = {"nobody": None, "investor": verified.user, "clerk": person("clerk", "view_investor")}[who]

    answer = api(user).post("/api/compliance/allowlist", {"investor_id": str(verified.pk), **ALLOW})

    assert answer.status_code == (401 if who == "nobody" else 403)
    assert not ChainOperation.objects.exists()


def test_an_investor_reads_its_own_record_and_staff_all(verified, officer):
    stranger = make_investor()

    mine = api(verified.user).get("/api/investors").json()["results"]
    assert [row["id"] for row in mine] == [str(verified.pk)]
    assert api(verified.user).get(f"/api/investors/{stranger.pk}").status_code == 404
    assert len(api(officer).get("/api/investors").json()["results"]) == 2
    told = api(officer).get(f"/api/investors/{verified.pk}").content.decode()
    assert verified.user.email not in told and PERSON.family_names not in told


def test_an_unknown_status_filter_is_refused(officer):
    answer = api(officer).get("/api/investors?kyc_status=GREEN")

    assert problem(answer)[0] == 422
