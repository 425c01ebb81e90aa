import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from rwa_portal.core import audit, tasks
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditCheckpoint, AuditEvent, AuditSeal
from tests.people import AT, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three():
    zoe = person("zoe")
    for number in range(3):
        record(zoe, f"toy.{number}", at=timezone.now())
    tasks.seal_audit()
    return zoe


@action
def record(user, kind, *, at):
    AuditEvent.record(kind, subject=user, by=user, at=at, reason="Papers checked.")


def tamper(sql: str, *parameters) -> None:
    """What only somebody with the server's superuser could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET session_replication_role = DEFAULT; SET ROLE rwa_app")


def verify() -> str:
    try:
        call_command("verify_audit")
    except CommandError as error:
        return str(error)
    return ""


def test_seals_are_gapless_and_the_chain_holds(three):
    assert list(AuditSeal.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3]
    assert verify() == ""
    assert audit.seal() == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditevent SET kind = 'x' WHERE id = %s",
        "UPDATE core_auditevent SET at = now() WHERE id = %s",
        "UPDATE core_auditevent SET facts = '{}' WHERE id = %s",
        "UPDATE core_auditevent SET reason = 'x' WHERE id = %s",
        "UPDATE core_auditevent SET person_id = NULL WHERE id = %s",
        "UPDATE core_auditseal SET hash = 'x' WHERE event_id = %s",
        "UPDATE core_auditseal SET prev_hash = 'x' WHERE event_id = %s",
        "DELETE FROM core_auditseal WHERE event_id = %s",
    ],
)
def test_verify_names_the_first_broken_seq(three, sql):
    tamper(sql, AuditEvent.objects.order_by("id")[1].pk)

    assert verify().startswith("seq 2: ")


def test_an_event_left_unsealed_for_a_minute_is_named(three):
    record(three, "toy.fresh", at=timezone.now())
    assert verify() == ""

    record(three, "toy.late", at=timezone.now() - timedelta(seconds=61))

    assert "unsealed for more than 60 s, 1 in all" in verify()


def test_a_chain_cut_before_a_checkpoint_shows(three):
    tasks.write_audit_checkpoint()
    record(three, "toy.3", at=timezone.now())

    tamper("DELETE FROM core_auditseal WHERE seq > 1")
    tamper("DELETE FROM core_auditevent WHERE id NOT IN (SELECT event_id FROM core_auditseal)")

    assert "checkpoint 3: 2 rows before it are missing" in verify()


def test_a_chain_cut_with_its_checkpoints_shows_in_the_file(three, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    tasks.write_audit_checkpoint()

    tamper("DELETE FROM core_auditcheckpoint")
    tamper("DELETE FROM core_auditseal WHERE seq = 3")

    assert "checkpoint 3: 1 rows before it are missing" in verify()


def test_a_chain_written_anew_does_not_fit_its_checkpoint(three):
    tasks.write_audit_checkpoint()
    tamper("UPDATE core_auditevent SET kind = 'x' WHERE kind = 'toy.0'")
    tamper("DELETE FROM core_auditseal")
    tasks.seal_audit()

    assert verify() == "checkpoint 3: the chain before it was written anew"


def test_a_checkpoint_nobody_signed_shows(three):
    tasks.write_audit_checkpoint()
    last = AuditSeal.objects.get(seq=2)
    AuditCheckpoint.objects.create(seq=2, hash=last.hash, at=AT, signature=bytes(64))

    assert verify() == "checkpoint 2: the signature is not ours"


def test_a_checkpoint_is_a_row_and_a_line_and_made_once(three, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")

    tasks.write_audit_checkpoint()
    tasks.write_audit_checkpoint()

    (line,) = (tmp_path / "checkpoints.jsonl").read_text().splitlines()
    assert json.loads(line)["seq"] == AuditCheckpoint.objects.get().seq == 3


def test_an_event_committed_late_is_sealed_too(three, monkeypatch):
    late = AuditEvent.objects.order_by("id").first().pk - 1
    monkeypatch.setattr(audit, "WINDOW", 0)
    tamper(
        "INSERT INTO core_auditevent (id, kind, subject, facts, at, person_id, reason, by_id)"
        " SELECT %s, 'toy.late', subject, facts, at, person_id, reason, by_id FROM core_auditevent LIMIT 1",
        late,
    )

    tasks.seal_audit()
    assert AuditSeal.objects.count() == 3
    tasks.write_audit_checkpoint()

    assert AuditSeal.objects.get(seq=4).event_id == late
    assert verify() == ""


def test_two_sealers_at_once_leave_one_gapless_chain(three):
    for number in range(50):
        record(three, f"toy.{number}", at=timezone.now())

    def seal(_):
        try:
            tasks.seal_audit()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(seal, range(4)))
    tasks.seal_audit()

    assert AuditSeal.objects.count() == AuditEvent.objects.count()
    assert verify() == ""


def test_ten_thousand_rows_are_verified_in_seconds(three):
    event = AuditEvent.objects.latest("id")
    values = {field.attname: getattr(event, field.attname) for field in AuditEvent._meta.fields[1:]}
    for _ in range(10):
        AuditEvent.objects.bulk_create([AuditEvent(**values) for _ in range(1000)])
    tasks.seal_audit()

    started = time.monotonic()
    assert verify() == ""
    assert time.monotonic() - started < 5
