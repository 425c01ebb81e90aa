"""S15: somebody alters the books; reconcile and replay name the row, a repair restores it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from indexer import reconciling, replay
from indexer.models import BooksCheck, Break, EventLog, Holding
from rwa_portal.core.models import AuditEvent
from tests.flows.world import World
from tests.tampering import by_hand, everything


def manage(*arguments: str) -> str:
    """Run a command, and return what it prints even if it ends with an error."""
    out = StringIO()
    try:
        call_command(*arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}CommandError: {error}"
    return out.getvalue()


def test_an_altered_balance_is_named_by_both_and_restored(world: World, asset):
    order = world.minted_order("investor.a", asset, 50)
    wallet, token = order.wallet.address, order.asset.token_address
    assert "All equal." in manage("reconcile")
    assert "All equal." in manage("replay_events", "--verify")

    by_hand("UPDATE indexer_holding SET units = 5000 WHERE wallet = %s", bytes.fromhex(wallet[2:]))

    said = manage("reconcile")
    assert f"TAMPERED_ROW indexer_holding:31337:{token}:{wallet}: expected 50, found 5000" in said
    assert "CommandError" in said
    row = Break.objects.get(subject=f"indexer_holding:31337:{token}:{wallet}")
    assert (row.kind, row.state, row.seen_by) == ("TAMPERED_ROW", "OPEN", ["reconcile holdings"])
    assert row.evidence["rebuilt_from_events"] == "50"
    said = manage("replay_events", "--verify")
    assert f"wallet={wallet} units: expected 50, found 5000; event AssetToken.Transfer in block" in said

    manage("reconcile")
    row.refresh_from_db()
    assert row.times_seen == 2 and Break.objects.filter(subject=row.subject).count() == 1

    said = manage("replay_events", "--apply", "--reason", "restored from the log")
    assert "1 repaired" in said and "CommandError" not in said
    assert Holding.objects.get(token=token, wallet=wallet).units == 50
    assert "All equal." in manage("reconcile")
    row.refresh_from_db()
    assert (row.state, row.resolved_by.service_name) == ("RESOLVED", "clock")
    assert not Break.objects.standing().exists()
    told = AuditEvent.objects.filter(subject=row.pk).order_by("id").values_list("kind", flat=True)
    assert list(told) == ["break.opened", "break.repaired", "break.resolved"]
    assert "All equal." in manage("replay_events", "--verify")
    assert BooksCheck.objects.filter(kind="RECONCILE", failure="").count() == 4


def test_a_transfer_the_log_lacks_is_no_altered_row(world: World, asset):
    order = world.minted_order("investor.a", asset, 50)
    before = Holding.objects.get(wallet=order.wallet.address)
    digest = EventLog.objects.filter(abi="AssetToken", event_name="Transfer").get()
    by_hand("DELETE FROM indexer_holding; DELETE FROM indexer_holdingchange")
    by_hand("CREATE TEMPORARY TABLE kept AS SELECT * FROM indexer_eventlog WHERE id = %s", digest.pk)
    by_hand("DELETE FROM indexer_eventlog WHERE id = %s", digest.pk)

    outcome = reconciling.compare()

    supply = next(each for each in outcome.all if each.subject == f"supply:{before.token}")
    assert (supply.kind, supply.expected, supply.found) == ("UNKNOWN", "50", "0")
    assert supply.evidence["rebuilt_from_events"] == "0"
    by_hand("INSERT INTO indexer_eventlog SELECT * FROM kept; DROP TABLE kept")
    call_command("replay_events", "--apply", "--reason", "restored from the log")


def test_missing_money_of_an_escrow_is_named(world: World, asset):
    order = world.paid_order("investor.a", asset, 50)
    payment = order.payments.get()

    by_hand("UPDATE subscriptions_payment SET amount = amount + 1 WHERE id = %s", payment.pk)

    (finding,) = reconciling.compare().all
    assert (finding.kind, finding.subject) == ("TAMPERED_ROW", f"escrow:{payment.escrow}")
    assert int(finding.found) == int(finding.expected) + 1
    by_hand("UPDATE subscriptions_payment SET amount = amount - 1 WHERE id = %s", payment.pk)


@pytest.mark.parametrize(
    ("sql", "subject", "expected", "found"),
    [
        (
            "UPDATE subscriptions_subscription SET status = 'MINTED', approved_at = now(), approved_by_id ="
            " requested_by_id, minted_at = now(), mint_tx_hash = payment_tx_hash",
            "subscriptions_subscription:{order}:status",
            "APPROVED or EXPIRED or HELD or PAID or REJECTED",
            "MINTED",
        ),
        (
            "UPDATE subscriptions_subscription SET status = 'REQUESTED', payment_tx_hash = NULL,"
            " paid_at = NULL",
            "subscriptions_subscription:{order}:payment_tx_hash",
            "{paid}",
            "None",
        ),
        (
            "UPDATE subscriptions_subscription SET payment_due = payment_due - 1",
            "subscriptions_subscription:{order}:payment_due",
            "5000000000",
            "4999999999",
        ),
        (
            "UPDATE assets_asset SET status = 'PAUSED'",
            "assets_asset:{asset}:status",
            "ACTIVE",
            "PAUSED",
        ),
        (
            "UPDATE investors_wallet SET allowlisted_at = NULL WHERE address = %s",
            "investors_wallet:{wallet}:allowlisted_at",
            "set",
            "empty",
        ),
        (
            "UPDATE assets_custodyproof SET attest_tx_hash = sha256('x')",
            "assets_custodyproof:{proof}:attest_tx_hash",
            None,
            None,
        ),
        (
            "UPDATE subscriptions_subscription SET amount_requested = 51",
            "subscriptions_subscription:{order}:amount_requested",
            "50",
            "51",
        ),
    ],
)
def test_a_status_that_no_event_bears_out_is_named_and_nothing_changed(
    world: World, asset, sql, subject, expected, found
):
    order = world.paid_order("investor.a", asset, 50)
    names = {
        "order": order.pk,
        "asset": asset.pk,
        "wallet": order.wallet.pk,
        "proof": asset.proofs.get(status="VALID").pk,
        "paid": order.payment_tx_hash,
    }
    assert replay.examine().is_clean
    table = sql.split()[1]
    by_hand(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}; GRANT SELECT ON kept TO rwa_app")
    whole = everything()

    by_hand(sql, *([bytes.fromhex(order.wallet.address[2:])] if "%s" in sql else []))

    before = everything()
    findings = [each for part in replay.examine().statuses.values() for each in part]
    named = [each for each in findings if each.subject == subject.format(**names)]
    assert named and {each.kind for each in named} == {"TAMPERED_ROW"}
    if expected is not None:
        assert (expected.format(**names), found) in [(each.expected, each.found) for each in named]
    # Its history says so, too.
    assert any(each.subject.startswith(f"{table}:") and "history" in str(each.next_step) for each in findings)
    assert everything() == before
    by_hand(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept")
    assert everything() == whole
    by_hand("DROP TABLE kept")


def test_at_a_past_block_the_chain_is_compared_with_what_was_held_then(world: World, asset):
    order = world.minted_order("investor.a", asset, 50)
    minted = EventLog.objects.get(abi="AssetToken", event_name="Transfer").block_number
    assert order.status == "MINTED"

    assert "All equal." in manage("reconcile", "--block", str(minted))
    assert "All equal." in manage("reconcile", "--block", str(minted - 1))
    assert "not confirmed" in manage("reconcile", "--block", "99999999")
    outcome = json.loads(manage("reconcile", "--dry-run", "--json"))
    assert outcome["is_equal"] and "holdings" in outcome["findings"]
