"""Whoever asks for a call of the chain is told where it ends, and may read it there; each thing is found."""

import uuid
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from contracts.models import ChainOperation
from rwa_portal.core.models import AuditEvent
from tests.assets.factories import full_terms
from tests.people import AT

from .conftest import REASON, World
from .test_whole_schema import OPERATIONS

DAY = timedelta(days=1)
PARTS = (
    "assets",
    "issuers",
    "investors",
    "subscriptions",
    "dividends",
    "redemptions",
    "operations",
    "events",
)
SPECIFIED = {
    "POST /api/assets",
    "GET /api/assets",
    "POST /api/kyc/session",
    "POST /api/compliance/allowlist",
    "POST /api/subscriptions",
    "POST /api/subscriptions/{id}/approve",
    "POST /api/dividends",
    "POST /api/redemptions",
    "GET /api/events",
}
OF_THE_CHAIN = {
    "POST /api/assets",
    "POST /api/compliance/allowlist",
    "POST /api/subscriptions/{id}/approve",
    "POST /api/dividends",
    "POST /api/dividends/{id}/fund",
    "POST /api/operations/{id}/approve",
}
OF_THE_PORTAL_ALONE = {"POST /api/kyc/session", "POST /api/subscriptions", "POST /api/redemptions"}


def client(world: World, who: str, **headers: str) -> APIClient:
    principal = world.principals[who]
    made = APIClient(headers={"Idempotency-Key": str(uuid.uuid4()), **principal.headers, **headers})
    for name, value in principal.cookies.items():
        made.cookies[name] = value
    return made


def terms(world: World) -> dict[str, object]:
    """As an integrator sends them: units as strings, times as text."""
    given = full_terms(symbol="NEU")
    numbers = ("supply_cap", "unit_price", "min_units", "min_holding")
    times = ("opens_at", "closes_at", "lock_up_until")
    return {
        **given,
        **{name: str(given[name]) for name in numbers},
        **{name: given[name].isoformat() for name in times},
        "issuer_id": world.ids["issuer_id"],
    }


def asked(world: World) -> dict[str, tuple[str, dict[str, object]]]:
    """The path and the body of a request to each of them that is acted on."""
    ids = world.ids
    other = ChainOperation.objects.exclude(requested_by__email="officer@portal.example").get(key="else's")
    return {
        "POST /api/assets": ("/api/assets", terms(world)),
        "POST /api/compliance/allowlist": (
            "/api/compliance/allowlist",
            {"investor_id": ids["investor_id"], "allowlisted": False, "reason": REASON},
        ),
        "POST /api/subscriptions/{id}/approve": (
            f"/api/subscriptions/{ids['subscriptions']}/approve",
            {"reason": REASON},
        ),
        "POST /api/dividends": (
            "/api/dividends",
            {
                "asset_id": ids["asset_id"],
                "amount": "1000000",
                "distribution_date": (AT + 2 * DAY).date().isoformat(),
                "expires_at": (AT + 60 * DAY).isoformat(),
            },
        ),
        "POST /api/dividends/{id}/fund": (f"/api/dividends/{ids['funded']}/fund", {}),
        "POST /api/operations/{id}/approve": (f"/api/operations/{other.pk}/approve", {"reason": REASON}),
    }


def test_every_post_is_known_to_ask_the_chain_or_not():
    posts = {label for label in OPERATIONS if label.startswith("POST ") and "/webhooks/" not in label}

    assert posts == OF_THE_CHAIN | OF_THE_PORTAL_ALONE
    assert set(OPERATIONS) >= SPECIFIED
    assert not [label for label in OPERATIONS if label.endswith("/")]


@pytest.mark.parametrize("label", sorted(OF_THE_CHAIN))
def test_what_asks_the_chain_answers_202_and_where_it_ends(chain_world, settings, label):
    settings.APPROVALS_NEEDED = {"*": 1, "assets.review": 0}
    path, body = asked(chain_world)[label]
    before = AuditEvent.objects.count()

    answer = client(chain_world, "officer").post(path, body, format="json")

    assert answer.status_code == 202, answer.content
    assert answer["Location"] == answer.json()["links"]["operation"]
    assert AuditEvent.objects.count() > before
    found = client(chain_world, "officer").get(answer["Location"])
    assert (found.status_code, found.json()["id"]) == (200, answer.json()["operation"])
    assert found.json()["state"] == answer.json()["state"]


def test_a_machine_without_the_scope_reads_what_it_has_asked_for_and_nothing_else(world, machine_without):
    asking = machine_without("operations:read")
    body = {"investor_id": world.ids["investor_id"], "allowlisted": False, "reason": REASON}

    answer = asking.post("/api/compliance/allowlist", body, format="json")

    assert asking.get(answer["Location"]).status_code == 200
    assert asking.get(f"/api/operations/{world.ids['operations']}").status_code == 404
    assert [row["id"] for row in asking.get("/api/operations").json()["results"]] == [
        answer.json()["operation"]
    ]


@pytest.mark.parametrize("part", PARTS)
def test_each_thing_is_listed_and_has_an_address(world, part):
    officer, nobody = client(world, "officer"), client(world, "nobody")

    listed = officer.get(f"/api/{part}")
    found = officer.get(f"/api/{part}/{world.ids[part]}")

    assert (listed.status_code, found.status_code) == (200, 200)
    assert set(listed.json()) == {"next", "previous", "results"}
    assert world.ids[part] in [row["id"] for row in listed.json()["results"]]
    assert found.json()["id"] == world.ids[part]
    for path in (f"/api/{part}", f"/api/{part}/{world.ids[part]}"):
        assert nobody.get(path).status_code == 401
    assert officer.get(f"/api/{part}/{uuid.uuid4()}").status_code == 404
    assert officer.get(f"/api/{part}?colour=red").json()["errors"][0]["rule"] == "FilterUnknown"


@pytest.mark.parametrize("part", ["investors", "subscriptions", "redemptions"])
def test_what_is_not_ones_own_is_404(world, stranger, part):
    listed = stranger.get(f"/api/{part}").json()["results"]
    assert world.ids[part] not in [row["id"] for row in listed]
    assert stranger.get(f"/api/{part}/{world.ids[part]}").status_code == 404


@pytest.mark.parametrize("text", ["\x00", "a\x00b"])
def test_a_null_byte_is_the_senders_fault_everywhere(world, text):
    officer = client(world, "officer")

    for label in sorted(OF_THE_CHAIN | OF_THE_PORTAL_ALONE):
        path = label.split()[1].replace("{id}", world.ids.get(label.split("/")[2], ""))
        answer = officer.post(path, {"reason": text, "asset_id": text, "name": text}, format="json")
        assert answer.status_code in (400, 403, 404, 409, 422), (label, answer.content)
    for part in PARTS:
        assert officer.get(f"/api/{part}", {"status": text}).status_code == 422


def test_the_served_schema_is_the_committed_one(client_without_session):
    import yaml
    from django.conf import settings

    served = client_without_session.get("/api/schema", headers={"Accept": "application/json"}).json()

    assert served == yaml.safe_load((settings.BASE_DIR / "docs" / "openapi.yaml").read_text())
