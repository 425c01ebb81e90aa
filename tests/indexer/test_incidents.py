from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.urls import reverse

from indexer import actions, queries, registry
from indexer.models import Block, Cursor, EventLog, Incident
from rwa_portal.core.approvals import AlreadyApproved, RequesterCannotApprove
from rwa_portal.core.chain_values import ZERO_ADDRESS
from rwa_portal.core.models import AuditEvent
from tests.indexer.conftest import AT, address
from tests.people import in_role, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident():
    return Incident.open("DEEP_REORG", "two blocks", halts_sending=True, at=AT)


@pytest.fixture
def sound():
    """A position whose confirmed block is on the chain."""
    block = Block.objects.create(
        hash="0x" + "01" * 32,
        chain_id=31337,
        number=1,
        parent_hash="0x" + "00" * 32,
        at=AT,
        is_canonical=True,
    )
    Cursor.objects.create(
        chain_id=31337,
        renewed_at=AT,
        polled_at=AT,
        head_number=1,
        confirmed_number=1,
        confirmed_hash=block.hash,
    )
    return block


def close(incident, by, reason="the node was mended"):
    return actions.close_incident(incident_id=incident.pk, by=by, at=AT, reason=reason)


def test_one_incident_is_open_per_subject(incident):
    again = Incident.open("DEEP_REORG", "three blocks", halts_sending=True, at=AT + timedelta(hours=1))

    assert again == incident and again.opened_at == AT
    assert queries.sending_halted()


def test_in_dev_one_person_closes_it(incident, sound):
    by = person("operator", "resolve_incident")

    close(incident, by)

    incident.refresh_from_db()
    assert (incident.closed_by, incident.closed_at) == (by, AT)
    assert not queries.sending_halted()
    assert AuditEvent.objects.get(kind="incident.closed").subject == incident.pk
    with pytest.raises(actions.IncidentAlreadyClosed):
        close(incident, by)


def test_elsewhere_a_second_person_must_agree(incident, sound, settings):
    settings.APPROVALS_NEEDED = {"*": 1}
    first, second = person("first"), person("second")

    close(incident, first)
    assert queries.sending_halted()
    with pytest.raises(RequesterCannotApprove):
        close(incident, first)
    assert queries.sending_halted()
    close(incident, second)

    assert not queries.sending_halted()
    kinds = AuditEvent.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["incident.close_requested", "incident.closed"]


def test_where_two_must_agree_the_same_one_does_not_count_twice(incident, sound, settings):
    settings.APPROVALS_NEEDED = {"*": 2}
    first, second = person("first"), person("second")
    close(incident, first)
    close(incident, second)

    with pytest.raises(AlreadyApproved):
        close(incident, second)
    assert queries.sending_halted()
    close(incident, person("third"))
    assert not queries.sending_halted()


def test_a_deep_reorg_cannot_be_closed_away(incident, sound):
    Block.objects.update(is_canonical=False)

    with pytest.raises(actions.ConfirmedBlockOffChain):
        close(incident, person("operator"))
    assert queries.sending_halted() and not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [("operations", 200), ("auditor", 403), ("compliance_officer", 403)]
)
def test_the_close_button_asks_for_the_right(client, incident, sound, role, status):
    client.force_login(in_role("someone", role))
    url = reverse("admin:indexer_incident_close_incident", args=[incident.pk])

    answer = client.post(url, {"reason": "the node was mended", "_form_submitted": "True"})

    assert answer.status_code == status
    assert queries.sending_halted() is (status != 200)


@pytest.mark.parametrize(
    "table", ["block", "eventlog", "reorg", "cursor", "watched", "holding", "holdingchange", "incident"]
)
def test_every_table_can_be_read_and_searched(client, chain, token, follow, incident, table):
    chain.transfer(token, ZERO_ADDRESS, address(), 7)
    chain.reorg(1)
    chain.transfer(token, ZERO_ADDRESS, address(), 8)
    chain.mine(3)
    follow()
    client.force_login(in_role("someone", "auditor"))
    url = reverse(f"admin:indexer_{table}_changelist")

    for query in ("", f"?q={token}", "?q=12", f"?q={'0x' + '00' * 32}", "?q=nonsense"):
        assert client.get(url + query).status_code == 200
    assert client.post(reverse("admin:indexer_incident_add")).status_code == 403


def test_a_position_that_grows_old_opens_an_incident_and_a_fresh_one_closes_it(sound):
    minute = timedelta(seconds=60)

    actions.judge_position(older_than=minute, at=AT + timedelta(seconds=59))
    assert not Incident.objects.exists()
    actions.judge_position(older_than=minute, at=AT + timedelta(seconds=61))
    actions.judge_position(older_than=minute, at=AT + timedelta(seconds=90))
    assert Incident.objects.get().kind == Incident.Kind.INDEXER_BEHIND

    Cursor.objects.update(polled_at=AT + timedelta(seconds=99))
    actions.judge_position(older_than=minute, at=AT + timedelta(seconds=100))
    assert Incident.objects.get().closed_by.service_name == "clock"


@pytest.mark.parametrize("table", ["indexer_eventlog", "indexer_reorg"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET chain_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_runtime_role_cannot_change_what_the_chain_said(chain, token, follow, table, statement):
    chain.transfer(token, ZERO_ADDRESS, address(), 7)
    follow()
    chain.reorg(1)
    follow()
    before = EventLog.objects.count()

    with pytest.raises((ProgrammingError, InternalError), match="permission denied|append-only"):  # noqa: SIM117
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table))
    assert EventLog.objects.count() == before == 1


def test_check_registries_names_what_nobody_hears_and_what_nobody_says(monkeypatch):
    for name in ("_reactions", "_projections", "_recorded_only", "_decoders"):
        monkeypatch.setattr(registry, name, {})
    monkeypatch.setattr(registry, "_checks", [lambda: ["assets.deploy: no hooks"]])
    inputs = [{"name": "id", "type": "uint256", "indexed": True}]
    for name in ("Opened", "Closed"):
        registry.abi("Pot", [{"type": "event", "name": name, "inputs": inputs}], "1")
    registry.react("Pot.Opened", print)
    registry.record_only("Pot.Vanished", because="it never did")

    with pytest.raises(CommandError) as told:
        call_command("check_registries")
    assert str(told.value).splitlines() == [
        "Pot.Closed: no projection, reaction or record_only",
        "Pot.Vanished: no registered interface has this event",
        "assets.deploy: no hooks",
    ]


def test_an_event_has_one_reaction():
    registry.react("AssetToken.Transfer", print)

    with pytest.raises(registry.AlreadyListening):
        registry.react("AssetToken.Transfer", repr)
