"""What people do about a call that was asked for: cancel it, stop it at the custodian, look it up."""

import pytest

from contracts import submission, tasks
from contracts.actions import (
    NothingToLookUp,
    OperationAlreadySent,
    cancel_operation,
    look_up_operation,
)
from contracts.models import OperationEvent
from rwa_portal.core.models import AuditEvent

from .conftest import AT, state

pytestmark = pytest.mark.django_db


def test_a_waiting_call_can_be_cancelled(queued, order, second, custodian):
    cancel_operation(operation_id=queued.pk, by=second, at=AT, reason="A mistake.")
    tasks.submit_operations()

    assert (state(), custodian.asked, len(order.failures)) == ("CANCELLED", [], 1)
    assert AuditEvent.objects.get(kind="operation.cancelled").by == second


def test_a_call_that_a_worker_has_in_hand_is_not_cancelled(queued, second):
    submission.claim(at=AT)

    with pytest.raises(OperationAlreadySent):
        cancel_operation(operation_id=queued.pk, by=second, at=AT, reason="Too late.")

    assert (state(), AuditEvent.objects.filter(kind="operation.cancelled").count()) == ("SUBMITTING", 0)


def test_a_call_the_custodian_holds_is_stopped_there(queued, order, second, custodian):
    tasks.submit_operations()

    cancel_operation(operation_id=queued.pk, by=second, at=AT, reason="A mistake.")

    assert (state(), custodian.accepted, len(order.failures)) == ("CANCELLED", {}, 1)
    assert AuditEvent.objects.get(kind="operation.cancelled").by == second


def test_a_call_the_custodian_cannot_stop_goes_on(queued, order, second, custodian):
    tasks.submit_operations()
    custodian.trouble.append("no")

    with pytest.raises(OperationAlreadySent, match="PolicyDenied"):
        cancel_operation(operation_id=queued.pk, by=second, at=AT, reason="Too late.")

    assert (state(), order.failures) == ("CUSTODY", [])


def test_a_look_up_by_a_person_records_what_the_custodian_says(queued, second, custodian):
    custodian.trouble.append("accepted, no answer")
    tasks.submit_operations()

    look_up_operation(operation_id=queued.pk, by=second, at=AT, reason="It takes long.")

    assert state() == "CUSTODY"
    assert AuditEvent.objects.get(kind="operation.looked_up").by == second


def test_a_look_up_that_finds_nothing_says_so_and_sends_nothing(queued, second, custodian):
    custodian.trouble.append("not heard")
    tasks.submit_operations()

    look_up_operation(operation_id=queued.pk, by=second, at=AT, reason="It takes long.")

    assert (state(), len(custodian.asked)) == ("SUBMITTING", 1)
    assert OperationEvent.objects.latest("id").note == "looked up: the custodian does not know it"


def test_a_call_nobody_was_asked_for_cannot_be_looked_up(queued, second):
    with pytest.raises(NothingToLookUp):
        look_up_operation(operation_id=queued.pk, by=second, at=AT, reason="Curious.")

    assert not AuditEvent.objects.filter(kind="operation.looked_up").exists()
