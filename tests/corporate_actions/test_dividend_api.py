import pytest

from contracts.models import ChainOperation
from corporate_actions.models import DividendDistribution
from rwa_portal.core import api_keys
from tests.corporate_actions import factories
from tests.corporate_actions.factories import AMOUNT, DAY, REASON, USDC, again, hear, written
from tests.people import AT, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dividends")]


@pytest.fixture
def asset(dividends):
    return factories.asset_held_by(4000, 1000)[0]


def body(asset, **changes) -> dict[str, str]:
    return {
        "asset_id": str(asset.pk),
        "amount": str(AMOUNT),
        "distribution_date": str(factories.PAY_DATE),
        "expires_at": factories.EXPIRES_AT.isoformat(),
        **changes,
    }


def post(client, path="/api/dividends", **given):
    return client.post(path, given, format="json")


def bearer(scopes, officer):
    _, text = api_keys.issue_api_key(
        service_name="integrator",
        label="test",
        scopes=scopes,
        expires_at=AT + DAY,
        by=officer,
        at=AT,
        reason=REASON,
    )
    from rest_framework.test import APIClient

    return APIClient(headers={"Idempotency-Key": "machine", "Authorization": f"Bearer {text}"})


def test_one_request_declares_and_funding_follows_the_confirmed_snapshot(api, asset, treasurer):
    answer = post(api(treasurer), **body(asset))

    said = answer.json()
    row = DividendDistribution.objects.get()
    declare = ChainOperation.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/operations/{declare.pk}")
    assert (said["distribution"], said["operations"]) == (str(row.pk), [str(declare.pk)])
    assert (said["follows"], said["approvals"]) == (["allow_distributor", "fund_dividend"], "0/1")

    hear(factories.declared(row))
    shown = api(treasurer).get(said["links"]["distribution"]).json()
    assert (shown["status"], len(shown["operations"])) == ("SNAPSHOTTED", 3)
    assert shown["totals"]["shortfall"] == str(AMOUNT)


def test_the_same_request_twice_is_one_dividend(api, asset, treasurer):
    first, second = (post(api(treasurer), **body(asset)) for _ in range(2))

    assert first.json() == second.json()
    assert DividendDistribution.objects.count() == 1


def test_a_machine_with_the_scope_asks_and_people_consent(asset, officer):
    client = bearer(["dividends:write", "dividends:read"], officer)

    answer = post(client, **body(asset))

    operation = ChainOperation.objects.get()
    assert (answer.status_code, operation.state) == (202, "AWAITING_APPROVAL")
    assert operation.requested_by.is_service
    assert client.get("/api/dividends").json()["results"][0]["status"] == "DRAFT"


def test_without_the_right_or_the_scope_nothing_is_written(api, asset, officer, treasurer):
    stranger = person("stranger", is_staff=False)
    half = person("half", "declare_dividend")
    reading = bearer(["dividends:read"], officer)
    row = factories.snapshotted(asset, treasurer)
    before = written()

    answers = [post(client, **body(asset)) for client in (api(stranger), api(half), api(officer), reading)]
    answers.append(post(api(officer), f"/api/dividends/{row.pk}/fund"))

    assert [answer.status_code for answer in answers] == [403] * 5
    assert written() == before


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"amount": "0"}, 422, "UnitsNotPositive", "amount"),
        ({"amount": 5}, 400, "NotAString", "amount"),
        ({"distribution_date": "2020-01-01"}, 422, "PayDatePassed", "distribution_date"),
        ({"expires_at": AT.isoformat()}, 422, "ExpiryTooEarly", "expires_at"),
        ({"asset_id": "6f2f0d0e-0000-4000-8000-000000000000"}, 422, "AssetUnknown", "asset_id"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(api, asset, treasurer, changes, status, code, field):
    before = written()

    answer = post(api(treasurer), **body(asset, **changes))

    assert answer.status_code in (status, 400, 422), answer.json()
    assert answer.json()["errors"][0]["field"] == field
    assert code in str(answer.json())
    assert written() == before


def test_no_eligible_supply_is_a_conflict_and_a_second_open_one_a_broken_rule(api, asset, treasurer):
    empty, _ = factories.asset_held_by()
    factories.drafted(asset, treasurer)
    before = written()

    nobody = post(api(treasurer, "k2"), **body(empty))
    twice = post(api(treasurer, "k3"), **body(asset))

    assert (nobody.status_code, nobody.json()["code"]) == (409, "NoEligibleSupply")
    assert (twice.status_code, twice.json()["code"]) == (422, "DistributionAlreadyOpen")
    assert written() == before


def test_funding_and_topping_up_over_the_api(api, asset, treasurer):
    row = factories.snapshotted(asset, treasurer)
    path = f"/api/dividends/{row.pk}/fund"

    too_much = post(api(treasurer, "k1"), path, amount=str(AMOUNT + 1))
    assert (too_much.status_code, too_much.json()["code"]) == (422, "FundingAboveDeclared")
    part = post(api(treasurer, "k2"), path, amount=str(400 * USDC))
    assert (part.status_code, len(part.json()["operations"])) == (202, 2)
    again_at_once = post(api(treasurer, "k3"), path)
    assert (again_at_once.status_code, again_at_once.json()["code"]) == (409, "OperationUnderWay")
    hear(factories.funded(row, 400 * USDC))
    rest = post(api(treasurer, "k4"), path)

    assert ChainOperation.objects.get(pk=rest.json()["operation"]).facts["amount"] == str(600 * USDC)


def test_totals_of_an_open_dividend_sum_to_what_was_funded(api, asset, treasurer):
    row = factories.opened(asset, treasurer)
    wallet = factories.Holding.objects.filter(token=asset.token_address, units=4000).get().wallet
    hear(factories.claimed(row, wallet, 800 * USDC))

    totals = api(treasurer).get(f"/api/dividends/{row.pk}").json()["totals"]

    assert (totals["paid"], totals["outstanding"]) == (str(800 * USDC), str(200 * USDC))
    parts = ("paid", "held", "outstanding", "residual", "swept", "waiting", "returned")
    assert sum(int(totals[part]) for part in parts) == int(totals["funded"]) == AMOUNT


def test_who_sees_what(api, asset, officer, treasurer):
    draft = factories.drafted(asset, officer)
    opened = factories.opened(asset, treasurer, distribution_date=(AT + 9 * DAY).date())
    stranger, member = person("stranger", is_staff=False), person("member", is_staff=False)
    asset.issuer.memberships.create(user=member, added_by=officer, joined_at=AT)

    def seen(user):
        return {row["id"] for row in api(user).get("/api/dividends").json()["results"]}

    assert seen(stranger) == {str(opened.pk)}
    assert seen(member) == seen(treasurer) == {str(opened.pk), str(draft.pk)}
    assert api(stranger).get(f"/api/dividends/{draft.pk}").status_code == 404
    assert again(draft).status == "DRAFT"
    listed = api(treasurer).get("/api/dividends", {"status": "ACTIVE", "asset_id": str(asset.pk)}).json()
    assert [row["id"] for row in listed["results"]] == [str(opened.pk)]
