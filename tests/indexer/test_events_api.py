from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from indexer.models import Watched
from rwa_portal.core import api_keys
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import AT, address, watch
from tests.people import in_role, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor():
    client = APIClient()
    client.force_login(in_role("auditor", "auditor"))
    return client


@pytest.fixture
def transfers(chain, token, follow):
    """Three confirmed transfers, one orphaned and one seen."""
    alice, bob = address(), address()
    chain.transfer(token, ZERO_ADDRESS, bob, 13)
    follow()
    chain.reorg(1, chain.call_of(token, ZERO_ADDRESS, alice, 2**80))
    chain.transfer(token, alice, bob, 5)
    chain.transfer(token, alice, bob, 6)
    chain.mine(2)
    chain.transfer(token, alice, bob, 7)
    follow()
    return token, alice, bob


def values(answer):
    assert answer.status_code == 200, answer.content
    return [event["payload"]["value"] for event in answer.json()["results"]]


def test_events_are_confirmed_and_canonical_unless_asked_otherwise(auditor, transfers):
    assert values(auditor.get("/api/events")) == [str(2**80), "5", "6"]
    assert values(auditor.get("/api/events?status=seen")) == ["7"]
    assert values(auditor.get("/api/events?status=orphaned")) == ["13"]


def test_event_shows_every_chain_integer_as_a_string(auditor, transfers):
    token, alice, _ = transfers

    event = auditor.get("/api/events").json()["results"][0]

    assert event["payload"] == {"from": ZERO_ADDRESS, "to": alice, "value": str(2**80)}
    assert (event["contract"], event["event"], event["address"]) == ("AssetToken", "Transfer", token)
    assert {type(event[name]) for name in ("seq", "block_number", "log_index")} == {str}
    assert event["status"] == "confirmed"
    assert [len(topic) for topic in event["topics"]] == [66, 66, 66]


def test_events_come_in_pages_by_cursor(auditor, transfers):
    first = auditor.get("/api/events?page_size=2").json()

    assert len(first["results"]) == 2
    assert values(auditor.get(first["next"])) == ["6"]


def test_events_are_filtered(auditor, transfers, chain):
    token, alice, bob = transfers
    escrow = Watched.objects.create(
        chain_id=31337, address=address(), abi="Escrow", token=token, from_block=1, watched_at=AT
    )
    other = watch(address(), chain).address
    all_of = auditor.get("/api/events").json()["results"]
    number, tx_hash = all_of[1]["block_number"], all_of[1]["tx_hash"]

    def found(query):
        return values(auditor.get(f"/api/events?{query}"))

    assert found(f"asset={token}") == [str(2**80), "5", "6"]
    assert found(f"asset={other}") == [] and escrow.token == token
    assert found(f"wallet={bob}") == ["5", "6"]
    assert found(f"wallet={alice.lower()}&event=Transfer") == [str(2**80), "5", "6"]
    assert found("event=AssetToken.Transfer&page_size=1") == [str(2**80)]
    assert found("event=USDC.Transfer") == []
    assert found(f"tx={tx_hash}") == ["5"]
    assert found(f"from_block={number}&to_block={number}") == ["5"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=final", "status"),
        ("colour=blue", "colour"),
        ("event=Nonsense", "event"),
        ("asset=0x12", "asset"),
        ("asset=0x00000000000000000000000000000000000000AA", "asset"),
        ("wallet=0x0000000000000000000000000000000000000000", "wallet"),
        ("tx=0x12", "tx"),
        ("from_block=-1", "from_block"),
        ("to_block=ten", "to_block"),
        ("page_size=0", "page_size"),
    ],
)
def test_what_cannot_match_is_refused_by_name(auditor, query, field):
    answer = auditor.get(f"/api/events?{query}")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_tampered_cursor_is_malformed(auditor, transfers):
    link = auditor.get("/api/events?page_size=1").json()["next"]

    for bad in (link.replace("cursor=", "cursor=x"), "/api/events?cursor=abc"):
        answer = auditor.get(bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "CursorMalformed")


def test_events_need_a_right_or_a_scope(db):
    nobody, stranger = APIClient(), APIClient()
    stranger.force_login(person("clerk", is_staff=True))

    assert nobody.get("/api/events").status_code == 401
    assert stranger.get("/api/events").status_code == 403
    assert machine("events:read").get("/api/events").status_code == 200
    assert machine("assets:read").get("/api/events").status_code == 403


def machine(scope):
    now = timezone.now()
    _, secret = api_keys.issue_api_key(
        service_name=f"it.{scope.replace(':', '.')}",
        label="a test",
        scopes=[scope],
        expires_at=now + timedelta(days=1),
        by=person(f"issuer-{scope.partition(':')[0]}"),
        at=now,
        reason="for a test",
    )
    return APIClient(headers={"Authorization": f"Bearer {secret}"})
