from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from contracts import operations, submission, tasks
from contracts.actions import (
    OperationNotAwaitingApproval,
)
from contracts.custody import AnswerUnknown, Progress, Standing, custodian_of, lanes, request_of
from contracts.models import Attempt, ChainOperation, OperationEvent, State
from indexer.models import Incident
from rwa_portal.core.actions import TransactionMissing, TransactionOpen, action
from rwa_portal.core.approvals import AlreadyApproved, RequesterCannotApprove
from rwa_portal.core.models import Approval, AuditEvent

from .conftest import AT, TO, ProofExpired, consent, person, state

pytestmark = pytest.mark.django_db


MINUTES = timedelta(minutes=1)


def test_enqueue_keeps_the_call_and_its_facts_but_queues_nothing_yet(operation, order):
    assert (operation.state, operation.facts, operation.chain_id) == ("AWAITING_APPROVAL", order.facts, 31337)
    assert OperationEvent.objects.get().state == "AWAITING_APPROVAL"


def test_enqueue_outside_an_action_is_refused(order, wallet, officer):
    call = operations.Call("tests.mint", wallet.address, b"", {})

    with pytest.raises(TransactionMissing):
        operations.enqueue(call, key="k", subject=order, wallet=wallet, by=officer, at=AT)


def test_a_second_living_operation_with_the_same_key_is_refused(operation, ask):
    with pytest.raises(operations.OperationUnderWay):
        ask()

    assert (ChainOperation.objects.count(), OperationEvent.objects.count()) == (1, 1)


def test_another_persons_consent_queues_the_call(queued):
    assert (queued.state, operations.approvals(queued)) == ("QUEUED", "1/1")


def test_the_requester_cannot_approve(operation, officer):
    events = AuditEvent.objects.count()

    with pytest.raises(RequesterCannotApprove):
        consent(operation, officer)

    assert (state(), Approval.objects.count(), AuditEvent.objects.count()) == ("AWAITING_APPROVAL", 0, events)


def test_the_requester_does_not_count_even_if_a_row_says_so(operation, officer):
    Approval.objects.create(subject=operation.pk, digest=operation.digest, by=officer, at=AT)

    assert operations.approvals(operation) == "0/1"


def test_one_person_counts_once(operation, second, settings):
    settings.APPROVALS_NEEDED = {"*": 2}
    consent(operation, second)

    with pytest.raises(AlreadyApproved):
        consent(operation, second)

    assert state() == "AWAITING_APPROVAL"
    assert consent(operation, person("third")).state == "QUEUED"


def test_a_queued_call_takes_no_more_approvals(queued):
    with pytest.raises(OperationNotAwaitingApproval):
        consent(queued, person("third"))


def test_consent_to_a_fact_that_no_longer_holds_is_refused(operation, order, second):
    order.proof_valid = False

    with pytest.raises(ProofExpired):
        consent(operation, second)

    assert (state(), Approval.objects.count()) == ("AWAITING_APPROVAL", 0)


def test_no_approval_needed_queues_at_once(ask, settings):
    settings.APPROVALS_NEEDED = {"*": 0}

    assert ask().state == "QUEUED"


def test_a_fact_named_like_a_field_of_the_call_cannot_pass_for_it(operation):
    plain = operations.Call("k", "to", b"\x01", {})
    forged = operations.Call("k", "to", b"\x02", {"calldata": "01"})

    assert plain.digest != forged.digest


def test_a_queued_call_is_sent_once(queued, custodian):
    tasks.submit_operations()
    tasks.submit_operations()

    assert state() == "CUSTODY"
    assert len(custodian.asked) == 1


def test_approvals_do_not_count_after_a_fact_has_changed(queued, order, custodian, second):
    order.facts["investor"] = "2"

    tasks.submit_operations()

    assert (state(), custodian.asked) == ("AWAITING_APPROVAL", [])
    assert OperationEvent.objects.latest("id").note == "facts changed: investor"
    consent(queued, second)
    tasks.submit_operations()
    assert (state(), len(custodian.asked)) == ("CUSTODY", 1)


def test_a_fact_that_no_longer_holds_ends_the_call_and_undoes_what_rested_on_it(queued, order, custodian):
    order.proof_valid = False

    tasks.submit_operations()

    assert (state(), custodian.asked) == ("CANCELLED", [])
    assert order.failures == [(queued.key, "ProofExpired")]


def test_a_call_the_custodian_refuses_is_rejected_with_its_reason(queued, order, custodian):
    custodian.trouble.append("no")

    tasks.submit_operations()

    queued.refresh_from_db()
    assert (queued.state, queued.failure) == ("REJECTED", "PolicyDenied")
    assert order.failures == [(queued.key, "PolicyDenied")]


def test_a_failed_call_can_be_asked_for_again(queued, ask):
    submission.cancel(operation_id=queued.pk, reason="Test", at=AT)

    ask()

    assert ChainOperation.objects.filter(key=queued.key).count() == 2


def test_a_failure_whose_undoing_fails_leaves_everything_as_it_was(queued, order):
    order.failures = None  # the hook will raise

    with pytest.raises(AttributeError):
        submission.cancel(operation_id=queued.pk, reason="Test", at=AT)

    assert (state(), OperationEvent.objects.filter(state="CANCELLED").count()) == ("QUEUED", 0)


def test_killed_between_submit_and_record_sends_exactly_once(queued, custodian, clock, monkeypatch):
    def killed(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(submission, "record_standing", killed)
        tasks.submit_operations()
    assert state() == "SUBMITTING"

    for _ in range(5):
        clock(2 * MINUTES)
        tasks.submit_operations()
        tasks.sweep_operations()

    assert state() == "CUSTODY"
    assert (len(custodian.asked), len(custodian.accepted)) == (1, 1)


def test_accepted_without_an_answer_is_looked_up_not_sent_again(queued, custodian, clock):
    custodian.trouble.append("accepted, no answer")
    tasks.submit_operations()

    for _ in range(5):
        clock(2 * MINUTES)
        tasks.sweep_operations()

    assert state() == "CUSTODY"
    assert len(custodian.asked) == 1


def test_sent_again_only_after_two_not_founds_an_interval_apart_with_the_same_id(queued, custodian, clock):
    custodian.trouble.append("not heard")
    tasks.submit_operations()

    clock(2 * MINUTES)
    tasks.sweep_operations()
    tasks.sweep_operations()  # too soon to count
    assert (state(), len(custodian.asked)) == ("SUBMIT_UNKNOWN", 1)

    clock(MINUTES)
    tasks.sweep_operations()
    assert state() == "CUSTODY"
    assert len(custodian.asked) == 2
    assert len(set(custodian.asked)) == 1


@pytest.mark.parametrize(
    "change", [lambda order: setattr(order, "proof_valid", False), lambda order: order.facts.clear()]
)
def test_a_call_that_may_be_out_is_for_a_person_when_a_fact_changes(queued, order, custodian, clock, change):
    custodian.trouble.append("not heard")
    tasks.submit_operations()
    change(order)

    for _ in range(3):
        clock(2 * MINUTES)
        tasks.sweep_operations()

    assert (state(), order.failures, len(custodian.asked)) == ("NEEDS_REVIEW", [], 1)


def test_nothing_is_sent_again_while_an_incident_halts_sending(queued, custodian, clock):
    custodian.trouble.append("not heard")
    tasks.submit_operations()
    Incident.objects.create(halts_sending=True, opened_at=AT)

    for _ in range(5):
        clock(2 * MINUTES)
        tasks.sweep_operations()

    assert (state(), len(custodian.asked)) == ("SUBMIT_UNKNOWN", 1)


def test_nothing_is_claimed_while_an_incident_halts_sending(queued, custodian, halted):
    tasks.submit_operations()

    assert (state(), custodian.asked) == ("QUEUED", [])


def test_a_call_that_moves_no_value_is_sent_even_then(ask, settings, custodian, halted):
    settings.APPROVALS_NEEDED = {"*": 0}
    ask(kind="tests.note")

    tasks.submit_operations()

    assert len(custodian.asked) == 1


def test_a_call_waits_for_the_one_before_it_and_ends_with_it(queued, ask, order, settings):
    settings.APPROVALS_NEEDED = {"*": 0}
    later = ask("later", after=queued)
    last = ask("last", after=later)

    assert submission.claim(at=AT).operation == queued
    assert submission.claim(at=AT) is None
    submission.record_rejected(operation_id=queued.pk, reason="Policy", at=AT)

    later.refresh_from_db()
    last.refresh_from_db()
    assert (later.state, last.state) == ("CANCELLED", "CANCELLED")
    assert [key for key, _ in order.failures] == [queued.key, "later", "last"]


def test_a_call_after_one_that_failed_is_refused(queued, ask):
    submission.cancel(operation_id=queued.pk, reason="Test", at=AT)

    with pytest.raises(operations.PrecedingOperationFailed):
        ask("later", after=queued)

    assert ChainOperation.objects.count() == 1


def test_a_call_that_ended_here_and_lives_at_the_custodian_halts_sending(queued):
    tasks.submit_operations()
    submission.record_rejected(operation_id=queued.pk, reason="Policy", at=AT)

    assert standing(Progress.BROADCAST, "0x" + "ab" * 32).state == "REJECTED"
    assert Incident.objects.get().halts_sending


def test_a_worker_that_slept_too_long_sends_nothing_more(queued):
    """It was taken for dead; by the time it wakes, somebody else decides."""
    attempt = submission.claim(at=AT)
    submission.cancel(operation_id=queued.pk, reason="Test", at=AT)

    with pytest.raises(AnswerUnknown):
        lanes.commit_payload(
            external_id=attempt.external_id, chain_id=31337, address=TO, used=0, build=lambda nonce: None
        )

    assert Attempt.objects.get().payload is None


def standing(progress, tx_hash=None, status="WORD"):
    attempt = Attempt.objects.get()
    return submission.record_standing(
        attempt_id=attempt.pk, standing=Standing("v", status, progress, tx_hash), at=AT
    )


def test_news_from_the_custodian_moves_the_operation_and_old_news_does_not(queued):
    tasks.submit_operations()

    assert standing(Progress.BROADCAST, "0x" + "ab" * 32).state == "BROADCAST"
    events = OperationEvent.objects.count()
    assert standing(Progress.IN_CUSTODY, status="PENDING_SIGNATURE").state == "BROADCAST"
    assert OperationEvent.objects.filter(state="CUSTODY").count() == 1
    assert OperationEvent.objects.count() == events
    assert ChainOperation.objects.get().vendor_status == "WORD"


def test_a_word_nobody_knows_keeps_the_state(queued):
    tasks.submit_operations()

    assert standing(Progress.UNKNOWN_WORD, status="BRAND_NEW").state == "CUSTODY"
    assert ChainOperation.objects.get().vendor_status == "BRAND_NEW"
    incident = Incident.objects.get()
    assert (incident.kind, incident.halts_sending) == ("CUSTODY_STATUS_UNKNOWN", False)


def test_a_no_after_it_was_signed_is_for_a_person(queued, order):
    tasks.submit_operations()

    assert standing(Progress.REJECTED, "0x" + "ab" * 32).state == "NEEDS_REVIEW"
    assert order.failures == []


def test_the_custodian_is_never_called_inside_a_transaction(queued, custodian):
    attempt = submission.claim(at=AT)

    with pytest.raises(TransactionOpen):
        action(custodian_of(queued.wallet).submit)(request_of(attempt))

    assert custodian.asked == []


@pytest.mark.parametrize("change", [lambda rows: rows.update(note="x"), lambda rows: rows.delete()])
def test_what_an_operation_has_reached_cannot_be_changed(operation, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(OperationEvent.objects.all())

    assert OperationEvent.objects.get().note == ""


def test_an_operation_in_no_block_cannot_be_confirmed(queued):
    with pytest.raises(IntegrityError, match="operation_in_a_block_names_it"), transaction.atomic():
        ChainOperation.objects.update(state=State.CONFIRMED)
