"""Stopping, resuming and closing a token, and what the clock says of its maturity."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from assets import actions, hooks, progress, queries, tasks
from assets.actions.status import AssetNotDue
from assets.models import Asset
from contracts import operations, submission
from contracts.actions import approve_operation, cancel_operation
from contracts.models import ChainOperation, Purpose, State
from contracts.queries import TimelockNotHeard
from indexer import registry as indexer
from indexer.models import Incident
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent, User

from . import factories
from .factories import AT, REASON, person, written

pytestmark = pytest.mark.django_db
TWO_DAYS = timedelta(days=2)


@pytest.fixture(autouse=True)
def no_approvals(settings):
    settings.APPROVALS_NEEDED = {**settings.APPROVALS_NEEDED, "*": 0}


@pytest.fixture
def active(active):
    confirm(ChainOperation.objects.get(kind="assets.deploy"))
    return active


def ask(act, asset, by):
    return act(asset_id=asset.pk, by=by, at=AT, reason=REASON)


def status(asset) -> str:
    return Asset.objects.values_list("status", flat=True).get(pk=asset.pk)


def confirm(operation, at=AT) -> None:
    """As the chain's receipt does."""
    ChainOperation.objects.filter(pk=operation.pk).update(
        state=State.CONFIRMED,
        confirmed_at=at,
        settled_at=at,
        tx_hash="0x" + "01" * 32,
        block_number=5,
        block_hash="0x" + "02" * 32,
    )


@action
def fail(operation, reason="the custodian refused"):
    operation = operations.lock(operation.pk)
    operation.cancel(reason)
    operations.end(operation, reason=reason, at=AT)


def test_pausing_asks_the_pausers_wallet_and_leaves_the_status_to_the_chain(active, officer):
    operation = ask(actions.pause_asset, active, officer)

    assert (operation.kind, operation.wallet.purpose) == ("assets.pause", Purpose.PAUSER)
    assert operation.to == active.token_address
    assert status(active) == "ACTIVE"
    asked = AuditEvent.objects.get(kind="asset.pause_asked")
    assert (asked.by, asked.reason_text) == (officer, REASON)
    indexer.dispatch(factories.status_changed(active, 1))
    assert status(active) == "PAUSED"


def test_resuming_schedules_now_and_executes_when_the_delay_has_passed(paused, officer):
    execution = ask(actions.resume_asset, paused, officer)
    scheduling = execution.after

    assert (scheduling.kind, execution.kind) == ("assets.schedule_resume", "assets.resume")
    assert {scheduling.wallet.purpose, execution.wallet.purpose} == {Purpose.GOVERNANCE}
    assert scheduling.facts["delay_s"] == "172800"
    assert list(ChainOperation.objects.claimable(at=AT)) == [scheduling]

    confirm(scheduling)
    execution.refresh_from_db()
    assert execution.ready_at == AT + TWO_DAYS + timedelta(seconds=2)
    assert list(ChainOperation.objects.claimable(at=AT + TWO_DAYS)) == []
    assert submission.claim(at=AT + TWO_DAYS) is None
    assert submission.claim(at=execution.ready_at).operation == execution
    assert status(paused) == "PAUSED"


def test_closing_for_ever_takes_the_same_way_and_ends_redeemed(paused, officer):
    operation = ask(actions.mark_redeemed, paused, officer)

    assert (operation.after.kind, operation.kind) == ("assets.schedule_redeemed", "assets.mark_redeemed")
    indexer.dispatch(factories.status_changed(paused, 2))
    assert status(paused) == "REDEEMED"
    assert "closed for ever" in mail.outbox[-1].body


def test_both_calls_of_a_round_carry_the_same_salt_and_another_round_another(paused, officer):
    first = ask(actions.resume_asset, paused, officer)
    fail(first.after)
    second = ask(actions.resume_asset, paused, officer)

    def salt(operation):
        return bytes(operation.calldata)[4 + 32 * 4 : 4 + 32 * 5]

    assert salt(first) == salt(first.after)
    assert salt(second) != salt(first)


@pytest.mark.parametrize("act", [actions.resume_asset, actions.mark_redeemed])
def test_an_active_token_is_neither_resumed_nor_closed(active, officer, act):
    before = written()

    with pytest.raises(queries.AssetNotPaused):
        ask(act, active, officer)

    assert written() == before


def test_a_paused_token_is_not_paused_again(paused, officer):
    before = written()

    with pytest.raises(queries.AssetNotActive):
        ask(actions.pause_asset, paused, officer)

    assert written() == before


@pytest.mark.parametrize("act", [actions.resume_asset, actions.mark_redeemed])
def test_a_second_wish_waits_until_the_first_has_taken_effect(paused, officer, act):
    ask(actions.resume_asset, paused, officer)
    before = written()

    with pytest.raises(queries.StatusCallUnderWay):
        ask(act, paused, officer)

    assert written() == before


def test_a_token_is_paused_a_second_time_under_a_key_of_its_own(paused, officer):
    first = ask(actions.resume_asset, paused, officer)
    ChainOperation.objects.filter(pk__in=[first.pk, first.after.pk]).update(settled_at=AT)
    indexer.dispatch(factories.status_changed(paused, 0))
    ask(actions.pause_asset, paused, officer)
    ChainOperation.objects.update(settled_at=AT)
    indexer.dispatch(factories.status_changed(paused, 1))

    again = ask(actions.resume_asset, paused, officer)

    assert (first.key[-8:], again.key[-8:]) == ("resume:1", "resume:2")


def test_without_the_timelocks_delay_nothing_is_scheduled(active, officer):
    factories.paused(active)
    before = written()

    with pytest.raises(TimelockNotHeard):
        ask(actions.resume_asset, active, officer)

    assert written() == before


def test_a_failed_schedule_takes_the_execution_with_it_and_says_so_once(paused, officer):
    execution = ask(actions.resume_asset, paused, officer)

    fail(execution.after)

    execution.refresh_from_db()
    assert (execution.state, status(paused)) == ("CANCELLED", "PAUSED")
    failed = AuditEvent.objects.filter(kind__endswith="_failed")
    assert [row.kind for row in failed] == ["asset.schedule_resume_failed"]
    assert ask(actions.resume_asset, paused, officer).pk != execution.pk


def test_a_failed_pause_leaves_the_asset_active_and_can_be_asked_for_again(active, officer):
    fail(ask(actions.pause_asset, active, officer))

    assert status(active) == "ACTIVE"
    assert AuditEvent.objects.get(kind="asset.pause_failed").reason_text == "the custodian refused"
    assert ask(actions.pause_asset, active, officer).key.endswith("pause:1")


def test_an_execution_whose_token_is_no_longer_paused_is_not_sent(paused, officer):
    execution = ask(actions.resume_asset, paused, officer)
    indexer.dispatch(factories.status_changed(paused, 2))

    with pytest.raises(queries.AssetNotPaused):
        hooks.recheck_execution(execution)


def test_a_longer_delay_asks_for_new_consent(paused, officer, settings):
    settings.APPROVALS_NEEDED = {**settings.APPROVALS_NEEDED, "*": 1}
    execution = ask(actions.mark_redeemed, paused, officer)
    second = person("second", "approve_operation")
    approve_operation(operation_id=execution.after.pk, by=second, at=AT, reason=REASON)
    factories.timelock_says(999_999, number=2)

    with pytest.raises(submission.ApprovalsMissing, match="delay_s"):
        submission.recheck(ChainOperation.objects.get(pk=execution.after.pk))


def test_the_requester_alone_schedules_nothing(paused, officer, settings):
    settings.APPROVALS_NEEDED = {**settings.APPROVALS_NEEDED, "*": 1}

    execution = ask(actions.resume_asset, paused, officer)

    assert execution.after.state == "AWAITING_APPROVAL"
    assert not ChainOperation.objects.claimable(at=AT + timedelta(days=9)).exists()


def test_a_pause_is_sent_while_an_incident_halts_sending_and_a_resume_is_not(paused, officer):
    ask(actions.resume_asset, paused, officer)
    Incident.objects.create(halts_sending=True, opened_at=AT)

    assert submission.claim(at=AT) is None
    assert "assets.pause" in operations_that_are_harmless()


def operations_that_are_harmless() -> list[str]:
    from contracts.registry import harmless_kinds

    return harmless_kinds()


def test_pages_say_what_a_token_waits_for(paused, officer, applicant, client):
    execution = ask(actions.resume_asset, paused, officer)
    assert progress.status_call(paused).note == "queued"
    confirm(execution.after)

    call = progress.status_call(paused)
    client.force_login(applicant)
    pages = [client.get(f"/issuer/assets/{paused.pk}"), client.get(f"/assets/{paused.pk}")]

    assert (call.wish, call.operation) == ("To be resumed", execution)
    for page in pages:
        assert "the timelock waits until 02 Apr 2026 12:00:02 UTC" in page.content.decode()


def test_of_a_cancelled_wish_only_the_scheduling_remains(paused, officer):
    execution = ask(actions.resume_asset, paused, officer)

    cancel_operation(operation_id=execution.pk, by=officer, at=AT, reason=REASON)

    call = progress.status_call(paused)
    assert (call.operation, call.wish) == (execution.after, "Scheduled, but no longer to be resumed")
    confirm(execution.after)
    assert progress.status_call(paused) is None


def test_an_operation_that_waits_for_a_time_waits_for_another_operation(active, officer):
    operation = ask(actions.pause_asset, active, officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        ChainOperation.objects.filter(pk=operation.pk).update(wait=TWO_DAYS)


@pytest.fixture
def due(issuer, applicant, counsel, officer, monkeypatch):
    """An asset that matures on 15 May 2026."""
    terms = factories.full_terms
    matures = {"maturity_date": date(2026, 5, 15)}
    monkeypatch.setattr(factories, "full_terms", lambda **given: terms(**{**matures, **given}))
    return factories.active(issuer, applicant, counsel, officer)


def at_noon(day: date):
    return AT.replace(year=day.year, month=day.month, day=day.day)


def test_the_clock_notes_once_that_an_asset_has_fallen_due_and_tells_people(due, officer, monkeypatch):
    mail.outbox.clear()
    monkeypatch.setattr("django.utils.timezone.now", lambda: at_noon(date(2026, 5, 15)))

    tasks.note_matured_assets()
    tasks.note_matured_assets()

    due.refresh_from_db()
    assert due.matured_at == at_noon(date(2026, 5, 15))
    event = AuditEvent.objects.get(kind="asset.matured")
    assert event.by == User.service("clock")
    assert due.history.filter(history_change_reason="asset.matured").count() == 1
    assert {m.to[0] for m in mail.outbox} == {"applicant@portal.example", "officer.a@portal.example"}
    assert "fell due on 15 May 2026" in mail.outbox[0].subject


def test_the_day_before_nothing_has_fallen_due(due):
    before = written()

    with pytest.raises(AssetNotDue):
        actions.note_maturity(asset_id=due.pk, by=User.service("clock"), at=at_noon(date(2026, 5, 14)))

    assert written() == before


def test_an_asset_without_a_maturity_date_or_already_closed_never_falls_due(active, due):
    indexer.dispatch(factories.status_changed(due, 1))
    indexer.dispatch(factories.status_changed(due, 2))

    assert not Asset.objects.falling_due(at_noon(date(2036, 1, 1))).exists()


def test_a_matured_asset_stands_in_the_work_queue_until_it_is_closed(due, officer, client):
    actions.note_maturity(asset_id=due.pk, by=User.service("clock"), at=at_noon(date(2026, 5, 16)))
    client.force_login(officer)

    listed = client.get("/admin/assets/asset/?matured_at__isempty=0&status__in=ACTIVE,PAUSED")
    assert "Beispielhaus" in listed.content.decode()
    assert list(Asset.objects.to_close()) == [due]
    assert "the asset fell due on 15 May 2026" in client.get(f"/assets/{due.pk}").content.decode()
    indexer.dispatch(factories.status_changed(due, 1))
    indexer.dispatch(factories.status_changed(due, 2))
    assert not Asset.objects.to_close().exists()
