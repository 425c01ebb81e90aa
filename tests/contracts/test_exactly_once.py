import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings as live_settings
from django.db import connection, connections
from django.utils import timezone

from contracts import submission, tasks
from contracts.actions import OperationNotAwaitingApproval, approve_operation, cancel_operation
from contracts.custody import request_of
from contracts.custody.local import LocalSigner
from contracts.models import Attempt, ChainOperation, NonceLane, OperationEvent
from indexer.advance import advance
from indexer.models import EventLog

from . import chain
from .conftest import AT, person

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = """
import os, signal
import django
django.setup()
from contracts import registry, submission, tasks
from contracts.custody import lanes, local

def killed(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

registry.register("tests.mint", recheck=lambda operation: operation.facts, on_failed=killed)
setattr({where}, killed)
tasks.submit_operations()
"""


def run_worker_that_dies(where: str) -> None:
    database = {**connection.settings_dict}
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "rwa_portal.settings",
        "DATABASE_URL": url,
        "CHAIN_RPC_URL": live_settings.CHAIN.rpc_urls[0],
    }
    worker = subprocess.run(
        [sys.executable, "-c", WORKER.format(where=where)], env=environment, timeout=60, check=False
    )
    assert worker.returncode == -signal.SIGKILL


def settle(clock) -> None:
    """Let the clock's tasks run for some minutes."""
    for _ in range(6):
        clock(timedelta(minutes=1))
        tasks.submit_operations()
        tasks.sweep_operations()
        chain.wait_for_pool()
        chain.mine()
        advance(at=timezone.now())
        tasks.follow_operations()


@pytest.mark.parametrize(
    "where",
    [
        "local, 'broadcast'",  # signed and committed, not sent
        "submission, 'record_standing'",  # sent, not recorded
        "lanes, 'commit_payload'",  # claimed, nothing signed
    ],
)
def test_a_worker_killed_between_submit_and_record_sends_exactly_one_transaction(ask_to_allow, clock, where):
    operation = ask_to_allow()

    run_worker_that_dies(where)
    operation.refresh_from_db()
    assert operation.state == "SUBMITTING"
    settle(clock)

    operation.refresh_from_db()
    assert operation.state == "CONFIRMED"
    assert chain.nonce_of(operation.wallet.address) == 1
    assert EventLog.objects.filter(event_name="AllowlistUpdated").count() == 1


def test_eight_threads_approve_one_operation_and_one_queues_it(ask, order, settings):
    operation = ask()
    people = [person(f"officer {number}") for number in range(8)]
    start, outcomes = threading.Barrier(8), Counter()

    def approve(by) -> None:
        start.wait()
        try:
            approve_operation(operation_id=operation.pk, by=by, at=AT, reason="Checked.")
            outcomes["approved"] += 1
        except OperationNotAwaitingApproval:
            outcomes["refused"] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=[one]) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == {"approved": 1, "refused": 7}
    assert OperationEvent.objects.filter(state="QUEUED").count() == 1


def test_eight_workers_claim_five_operations_once_each(ask, custodian, settings):
    settings.APPROVALS_NEEDED = {"*": 0}
    for number in range(5):
        ask(f"order:{number}")

    def work() -> None:
        try:
            tasks.submit_operations()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(custodian.asked) == len(set(custodian.asked)) == 5


def test_eight_workers_number_one_wallets_transactions_without_gap_or_twin(ask_to_allow):
    for number in range(1, 9):
        ask_to_allow(number)

    def work() -> None:
        try:
            tasks.submit_operations()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(Attempt.objects.values_list("nonce", flat=True)) == list(range(8))
    assert NonceLane.objects.get().next_nonce == 8
    assert chain.nonce_of(ChainOperation.objects.first().wallet.address) == 8


def test_a_lane_that_lags_behind_the_chain_catches_up(ask_to_allow):
    operation = ask_to_allow()
    chain.spend_nonce(operation.wallet)

    tasks.submit_operations()

    assert Attempt.objects.get().nonce == 1
    assert chain.receipt(Attempt.objects.get().tx_hash)["status"] == "0x1"


def test_submitting_twice_sends_the_same_bytes(ask_to_allow):
    operation = ask_to_allow()
    attempt = submission.claim(at=timezone.now())

    first = LocalSigner().submit(request_of(attempt))
    second = LocalSigner().submit(request_of(attempt))

    assert first.tx_hash == second.tx_hash
    assert chain.nonce_of(operation.wallet.address) == 1


def test_a_sent_call_that_is_cancelled_is_displaced_and_ends_when_that_is_final(
    ask_to_allow, order, clock, second
):
    operation = ask_to_allow()
    with chain.not_mining():
        tasks.submit_operations()
        cancel_operation(operation_id=operation.pk, by=second, at=timezone.now(), reason="A mistake.")
        chain.mine()
    operation.refresh_from_db()
    assert (operation.state, order.failures) == ("BROADCAST", [])

    settle(clock)

    operation.refresh_from_db()
    assert (operation.state, len(order.failures)) == ("CANCELLED", 1)
    assert chain.nonce_of(operation.wallet.address) == 1
    assert not EventLog.objects.filter(event_name="AllowlistUpdated").exists()
