"""Replay finds whatever differs from the log, names it, and changes nothing unless it is told to."""

import json
import random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from corporate_actions.models import DistributionFact
from indexer import registry, replay, shadow
from indexer.findings import Finding, Kind
from indexer.models import Break, Cursor, EventLog, Holding, HoldingChange
from rwa_portal.core.models import AuditEvent, User
from subscriptions.models import OrderFact
from tests.indexer.conftest import AT
from tests.indexer.ledger import CONTRACTS, Ledger
from tests.tampering import by_hand, everything

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = CONTRACTS["AssetToken"]


@pytest.fixture(autouse=True)
def no_predicates(monkeypatch):
    monkeypatch.setattr(registry, "_predicates", {})


@pytest.fixture
def ledger():
    """Three holders, an orphaned block, and one event of each kind."""
    made = Ledger()
    made.a, made.b, made.c = made.wallet(), made.wallet(), made.wallet()
    made.mine(made.mint(made.a, 100), made.mint(made.b, 50))
    made.mine(*made.one_of_each())
    made.orphan(made.mint(made.c, 7), *made.one_of_each())
    made.mine(made.transfer(made.a, made.b, 30), made.transfer(made.b, made.c, 5))
    made.confirm()
    return made


def first_difference():
    report = replay.examine()
    assert not report.is_clean
    return next(each for table in report.tables for each in table.differences)


def repair():
    return replay.repair(by=User.service("console"), at=AT, reason="restored from the log")


def test_examine_finds_nothing_where_nothing_was_altered(ledger):
    report = replay.examine()

    assert report.is_clean
    assert report.logs == EventLog.objects.canonical().count()
    assert report.expected_digest == bytes(Cursor.objects.get().digest).hex()
    rows = {table.table: table.found_rows for table in report.tables}
    assert rows["indexer_holding"] == 3 and rows["indexer_holdingchange"] == 5
    assert all(rows.values())


def test_examine_names_an_altered_holding_and_the_event_behind_it(ledger):
    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(ledger.c[2:]))

    difference = first_difference()

    assert (difference.table, difference.column) == ("indexer_holding", "units")
    assert (difference.expected, difference.found) == ("5", "5000")
    assert difference.key == {"chain_id": "31337", "token": TOKEN, "wallet": ledger.c}
    moved = EventLog.objects.get(block_number=3, log_index=1)
    assert difference.event["name"] == "AssetToken.Transfer"
    assert (difference.event["block"], difference.event["tx"]) == ("3", moved.tx_hash)


def test_examine_names_a_missing_row(ledger):
    by_hand("DELETE FROM indexer_holding WHERE wallet = %s", bytes.fromhex(ledger.a[2:]))

    difference = first_difference()

    assert (difference.column, difference.expected, difference.found) == ("", "a row", "no row")
    assert difference.key["wallet"] == ledger.a


def test_examine_names_an_extra_row_that_no_event_accounts_for(ledger):
    stranger = ledger.wallet()
    Holding.objects.create(chain_id=31337, token=TOKEN, wallet=stranger, units=1, updated_block=3)

    difference = first_difference()

    assert (difference.expected, difference.found, difference.event) == ("no row", "a row", None)
    assert difference.key["wallet"] == stranger


def test_examine_names_a_changed_amount_of_a_fact(ledger):
    fact = OrderFact.objects.get(kind="SETTLED")
    by_hand("UPDATE subscriptions_orderfact SET amount = amount + 1 WHERE id = %s", fact.pk)

    difference = first_difference()

    assert (difference.table, difference.column) == ("subscriptions_orderfact", "amount")
    assert (difference.expected, difference.found) == (str(fact.amount), str(fact.amount + 1))
    assert difference.event["name"] == "Escrow.OrderSettled"


def test_a_row_of_a_block_that_a_reorg_took_back_is_told_from_an_altered_one(ledger):
    orphan = EventLog.objects.orphaned().filter(event_name="DividendHeld").get()
    kept = DistributionFact.objects.get(kind="HELD")
    kept.pk, kept.seq = orphan.pk, orphan.seq
    kept.save(force_insert=True)

    report = replay.examine()

    found = [each.kind for each in replay.findings_of(report)]
    assert found == [Kind.REORGED_OUT]


def test_examine_changes_nothing(ledger):
    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(ledger.c[2:]))
    by_hand("DELETE FROM subscriptions_orderfact")
    before = everything()

    assert not replay.examine().is_clean
    with pytest.raises(CommandError):
        call_command("replay_events", "--verify")

    assert everything() == before


def test_a_projection_that_writes_elsewhere_is_refused_by_the_database(ledger, monkeypatch):
    def stray(batch):
        Cursor.objects.update(owner="somebody")

    monkeypatch.setitem(registry._projections, "AssetToken.Transfer", [stray])

    report = replay.examine()

    assert "InternalError" in report.failure and not report.is_clean
    assert Cursor.objects.get().owner == ""


def test_repair_restores_every_row_and_keeps_what_was_wrong(ledger):
    before = everything()
    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(ledger.c[2:]))
    by_hand("DELETE FROM indexer_holdingchange WHERE block_number = 3")
    by_hand("UPDATE subscriptions_orderfact SET amount = 1 WHERE kind = 'SETTLED'")

    report = repair()

    assert report.repaired == {
        "indexer_holding": 1,
        "indexer_holdingchange": 3,
        "subscriptions_orderfact": 1,
    }
    assert replay.examine().is_clean
    changed = {table for table, digest in everything().items() if before[table] != digest}
    # The counters of rows that were put back are new; what they say is as before.
    assert changed == {"indexer_break", "core_auditevent", "indexer_holding", "indexer_holdingchange"}
    kept = Break.objects.get(subject=f"indexer_holding:31337:{TOKEN}:{ledger.c}")
    assert (kept.state, kept.kind, kept.expected, kept.found) == ("RESOLVED", "TAMPERED_ROW", "5", "5000")
    told = AuditEvent.objects.filter(subject=kept.pk).order_by("id")
    assert list(told.values_list("kind", flat=True)) == ["break.opened", "break.repaired", "break.resolved"]
    assert told[1].reason_text == "restored from the log"


def test_repair_of_emptied_tables_comes_to_the_same_digests(ledger):
    digests = [table.found_digest for table in replay.examine().tables]
    for table in registry.projected_tables():
        by_hand(f"DELETE FROM {table._meta.db_table}")

    repair()

    assert [table.found_digest for table in replay.examine().tables] == digests


def test_repair_where_nothing_differs_changes_nothing(ledger):
    before = everything()

    report = repair()

    assert report.repaired == {} and everything() == before


def test_repair_is_refused_while_the_indexer_writes(ledger):
    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(ledger.c[2:]))
    before = everything()
    other = connections.create_connection("default")
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM indexer_cursor FOR UPDATE")
        with pytest.raises(replay.IndexerIsWriting):
            repair()
    finally:
        other.rollback()
        other.close()

    assert everything() == before


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ('UPDATE indexer_eventlog SET decoded_payload = \'{"value": "1"}\' WHERE seq = 1', "decoded_payload"),
        ("UPDATE indexer_eventlog SET data = '\\x00' WHERE seq = 1", "data"),
        ("DELETE FROM indexer_eventlog WHERE seq = 2", ""),
    ],
)
def test_a_damaged_log_is_named_and_nothing_is_repaired_from_it(ledger, damage, named):
    by_hand(damage)
    before = everything()

    report = replay.examine()

    assert not report.is_log_whole
    assert named in [fault.column for fault in report.log_faults]
    with pytest.raises(replay.EventLogNotWhole):
        repair()
    assert everything() == before


def test_a_log_that_was_rewritten_consistently_differs_in_its_digest(ledger):
    raw = bytes(EventLog.objects.get(seq=1).data)
    changed = raw[:-1] + bytes([raw[-1] + 1])
    value = str(int.from_bytes(changed))
    by_hand(
        "UPDATE indexer_eventlog SET data = %s,"
        " decoded_payload = jsonb_set(decoded_payload, '{value}', to_jsonb(%s::text)) WHERE seq = 1",
        changed,
        value,
    )

    report = replay.examine()

    assert report.log_faults == [] and not report.is_log_whole
    assert "log:digest" in [finding.subject for finding in replay.findings_of(report)]


def test_as_of_compares_what_stood_at_a_block(ledger):
    assert replay.examine(as_of=2).is_clean
    held = HoldingChange.objects.get(wallet=ledger.a, block_number=1)
    by_hand("UPDATE indexer_holdingchange SET units = 1 WHERE id = %s", held.pk)

    assert not replay.examine(as_of=1).is_clean
    with pytest.raises(replay.BlockNotConfirmed):
        replay.examine(as_of=4)


def test_nothing_is_replayed_before_the_first_block():
    with pytest.raises(replay.NothingConfirmed):
        replay.examine()


def test_predicates_see_the_facts_that_have_taken_effect_and_no_altered_ones(ledger, monkeypatch):
    Cursor.objects.update(reacted_number=1)
    by_hand("UPDATE indexer_holding SET units = 5000")

    def held():
        for each in Holding.objects.order_by("units"):
            yield Finding(Kind.UNKNOWN, f"holding:{each.wallet}", "", str(each.units))

    monkeypatch.setattr(registry, "_predicates", {"holdings": held})

    assert [finding.found for finding in replay.examine().statuses["holdings"]] == ["50", "100"]


def test_one_altered_row_of_any_projected_table_is_always_found(ledger):
    """Seeded: 60 alterations, each of one column of one row, or a row taken out."""
    chance = random.Random(20260331)
    for _ in range(60):
        table = chance.choice(registry.projected_tables())
        name, key = table._meta.db_table, table._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {key} FROM {name} ORDER BY {key}")
            row = chance.choice(cursor.fetchall())[0]
            cursor.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {name} WHERE {key} = %s", [row])
        column = chance.choice(["", *shadow._columns(table)])
        by_hand(f"DELETE FROM {name} WHERE {key} = %s", row)
        if column:
            by_hand(f"UPDATE kept SET {column} = {_other(table, column, chance)}")
            by_hand(f"INSERT INTO {name} SELECT * FROM kept")
        by_hand("DROP TABLE kept")

        report = replay.examine()

        assert [each.table for each in report.tables if not each.is_equal] == [name], (name, row, column)
        assert repair().repaired.keys() == {name}
    assert replay.examine().is_clean


def _other(table, column: str, chance: random.Random) -> str:
    """An SQL expression whose value differs from the column's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [table._meta.db_table, column],
        )
        kind = cursor.fetchone()[0]
    return {
        "bytea": f"sha256(coalesce({column}, ''))"
        if column not in ADDRESSES
        else f"'\\x{chance.randbytes(20).hex()}'",
        "boolean": f"NOT {column}",
        "uuid": "gen_random_uuid()",
        "character varying": "'OTHER'",
        "timestamp with time zone": f"coalesce({column}, now()) + interval '1 second'",
    }.get(kind, f"coalesce({column}, 0) + {chance.randrange(1, 9)}")


ADDRESSES = {"token", "wallet", "account", "holder", "party", "source"}


def test_the_command_prints_a_table_and_the_first_difference(ledger, capsys):
    call_command("replay_events", "--verify")
    assert "All equal." in capsys.readouterr().out
    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(ledger.c[2:]))

    with pytest.raises(
        CommandError, match="indexer_holding .*expected 5, found 5000; event AssetToken.Transfer"
    ):
        call_command("replay_events", "--verify")
    with pytest.raises(CommandError):
        call_command("replay_events", "--verify", "--json")
    printed = capsys.readouterr().out
    report = json.loads(printed[printed.index("{") :])
    assert not report["is_equal"]
    assert [table["table"] for table in report["tables"] if not table["is_equal"]] == ["indexer_holding"]


def test_apply_needs_a_reason(ledger):
    before = everything()

    with pytest.raises(CommandError, match="--reason"):
        call_command("replay_events", "--apply")

    assert everything() == before
