from datetime import timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from contracts import encoding
from corporate_actions.models import Redemption
from rwa_portal.core import api_keys
from tests.corporate_actions.redemptions.factories import USDC, redemption_in, written
from tests.people import AT, person
from tests.subscriptions.factories import make_buyer

pytestmark = pytest.mark.django_db
URL = "/api/redemptions"


def body(asset, **changes) -> dict:
    return {"asset_id": str(asset.pk), "amount": "500", "min_payment": str(450 * USDC), **changes}


def machine(*scopes: str) -> APIClient:
    officer = person("key.officer")
    _, secret = api_keys.issue_api_key(
        service_name="books",
        label="Books",
        scopes=list(scopes),
        expires_at=AT + timedelta(days=30),
        by=officer,
        at=AT,
        reason="For a test.",
    )
    return APIClient(headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "k1"})


def test_a_holder_asks_and_gets_the_call_their_wallet_must_send(api, asset, wallet, holder):
    answer = api(holder).post(URL, body(asset), format="json")

    said, kept = answer.json(), Redemption.objects.get()
    assert answer.status_code == 201, said
    assert (said["id"], said["settlement_status"], said["amount"]) == (str(kept.pk), "REQUESTED", "500")
    assert (said["number"], said["burn_tx_hash"], said["payment"]) == (None, None, None)
    assert said["transaction"]["sender"] == wallet.address
    described = encoding.describe_call(bytes.fromhex(said["transaction"]["calldata"][2:]))
    assert [each.value for each in described.arguments] == [asset.token_address, "500", str(450 * USDC)]


def test_the_same_key_asks_once(api, asset, wallet, holder):
    client = api(holder)

    first, again = (client.post(URL, body(asset), format="json") for _ in range(2))

    assert first.json() == again.json()
    assert Redemption.objects.count() == 1


def test_without_a_key_nothing_is_asked(api, asset, wallet, holder):
    assert api(holder, key="").post(URL, body(asset), format="json").status_code == 400
    assert not Redemption.objects.exists()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "2001"}, 422, "RedeemExceedsAvailable"),
        ({"min_payment": "1", "method": "OFF_CHAIN"}, 422, "MinPaymentNotZero"),
        ({"asset_id": str(uuid4())}, 422, "AssetUnknown"),
        ({"wallet_id": str(uuid4())}, 422, "WalletNotProven"),
        ({"investor_id": str(uuid4())}, 422, "InvestorUnknown"),
    ],
)
def test_a_refusal_names_the_broken_rule_and_writes_nothing(
    api, asset, wallet, holder, changes, status, code
):
    before = written()

    answer = api(holder).post(URL, body(asset, **changes), format="json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert written() == before


def test_a_request_without_a_least_payment_is_refused(api, asset, wallet, holder):
    before = written()

    answer = api(holder).post(URL, {"asset_id": str(asset.pk), "amount": "500"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "MinPaymentMissing")
    assert written() == before


@pytest.mark.parametrize(
    "changes", [{"amount": 500}, {"amount": "0"}, {"amount": "5.5"}, {"method": "FINAL"}]
)
def test_what_is_malformed_is_refused(api, asset, wallet, holder, changes):
    before = written()

    answer = api(holder).post(URL, body(asset, **changes), format="json")

    assert answer.status_code in (400, 422)
    assert written() == before


def test_a_paused_asset_is_a_conflict(api, asset, wallet, holder):
    type(asset).objects.filter(pk=asset.pk).update(status="PAUSED")
    before = written()

    answer = api(holder).post(URL, body(asset), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "AssetPaused")
    assert written() == before


def test_a_machine_with_the_scope_asks_for_an_investor_it_names(asset, wallet):
    client = machine("redemptions:write")

    unnamed = client.post(URL, body(asset), format="json")
    named = client.post(
        URL, body(asset, investor_id=str(wallet.investor_id)), format="json", headers={"Idempotency-Key": "2"}
    )

    assert (unnamed.status_code, unnamed.json()["code"]) == (422, "InvestorUnknown")
    assert named.status_code == 201, named.json()
    assert Redemption.objects.get().requested_by.is_service


def test_a_machine_needs_the_scope_for_each(asset, wallet, pending):
    reader = machine("redemptions:read")

    assert reader.get(URL).json()["results"][0]["id"] == str(pending.pk)
    assert reader.post(URL, body(asset), format="json").status_code == 403
    assert Redemption.objects.count() == 1


def test_a_holder_reads_their_own_only_and_staff_with_the_right_all(api, asset, wallet, holder, officer):
    mine = redemption_in("SETTLED", asset, wallet)
    other = redemption_in("PENDING", asset, make_buyer())

    own = api(holder).get(URL).json()["results"]

    assert [each["id"] for each in own] == [str(mine.pk)]
    assert own[0]["burn_tx_hash"] == mine.burn_tx_hash
    assert api(holder).get(f"{URL}/{mine.pk}").json()["payment"] == str(450 * USDC)
    assert api(holder).get(f"{URL}/{other.pk}").status_code == 404
    assert len(api(officer).get(URL).json()["results"]) == 2


def test_a_list_is_filtered_by_what_it_names(api, asset, wallet, officer):
    held = redemption_in("HELD", asset, wallet)
    redemption_in("PENDING", asset, wallet)

    found = api(officer).get(URL, {"settlement_status": "HELD", "asset_id": str(asset.pk)}).json()["results"]

    assert [each["id"] for each in found] == [str(held.pk)]
    assert api(officer).get(URL, {"settlement_status": "GONE"}).status_code == 422


def test_nobody_who_is_not_signed_in_sees_or_asks_anything(asset):
    client = APIClient(headers={"Idempotency-Key": "k"})

    assert client.get(URL).status_code == 401
    assert client.post(URL, body(asset), format="json").status_code == 401
