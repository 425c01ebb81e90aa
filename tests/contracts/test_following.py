from datetime import timedelta

import pytest
from django.utils import timezone

from contracts import calls, reads, tasks
from contracts.models import Attempt, ChainOperation, OperationEvent, Purpose, RoleFact
from contracts.wallets import platform
from indexer import registry as heard
from indexer import rpc
from indexer.advance import advance
from indexer.models import Block, Incident

from . import chain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def others_do_not_react(monkeypatch):
    """The events of other apps are not this test's."""
    monkeypatch.setattr(heard, "_reactions", {})


def follow() -> None:
    chain.wait_for_pool()
    advance(at=timezone.now())
    tasks.follow_operations()


def state_of(operation: ChainOperation) -> str:
    operation.refresh_from_db()
    return operation.state


def test_a_sent_call_is_mined_then_confirmed_by_the_indexers_rule(ask_to_allow):
    operation = ask_to_allow()

    tasks.submit_operations()
    assert state_of(operation) == "BROADCAST"
    tasks.follow_operations()
    assert state_of(operation) == "BROADCAST"  # the indexer has not read that block
    follow()
    assert state_of(operation) == "MINED"
    chain.mine(2)
    follow()

    assert state_of(operation) == "CONFIRMED"
    assert operation.gas_used > 21_000
    states = list(OperationEvent.objects.order_by("id").values_list("state", flat=True))
    assert states == ["QUEUED", "SUBMITTING", "BROADCAST", "MINED", "CONFIRMED"]


def test_a_receipt_in_a_block_that_the_indexer_passed_over_is_still_judged(ask_for):
    operation = ask_for(calls.call("ComplianceModule", "RECOVERY_DELAY"), by=Purpose.RELAYER)  # says nothing
    tasks.submit_operations()
    operation.refresh_from_db()
    number = int(chain.receipt(operation.tx_hash)["blockNumber"], 16)
    chain.mine(3)
    advance(at=timezone.now())
    Block.objects.filter(number=number).delete()

    tasks.follow_operations()
    tasks.follow_operations()

    assert state_of(operation) == "CONFIRMED"


def test_a_call_that_would_revert_is_refused_with_the_reason_and_takes_no_nonce(ask_for, order):
    operation = ask_for(calls.mint("0x" + "ab" * 32), by=Purpose.RELAYER)

    tasks.submit_operations()

    assert state_of(operation) == "REJECTED"
    assert operation.failure.startswith("UnknownOrder(orderId=0xabab")
    assert order.failures == [("k", operation.failure)]
    assert chain.nonce_of(operation.wallet.address) == 0


def test_a_call_that_reverts_in_its_block_says_why_after_the_confirmations(ask_for, order, suite):
    """Two mutually exclusive calls wait together: the second is fine when it is sent."""
    guardian, treasurer = platform(Purpose.GUARDIAN), platform(Purpose.TREASURER)
    word = reads.keccak(b"COMPLIANCE")
    revoke = calls.call("RoleRegistry", "revokeOperational", word, platform(Purpose.COMPLIANCE).address)
    profile = calls.Profile(treasurer.address, 2**40, "DE", "RETAIL", 7)
    operation = ask_for(calls.set_profiles_and_allowlist([profile]), by=Purpose.COMPLIANCE)
    with chain.not_mining():
        tasks.submit_operations()
        assert state_of(operation) == "BROADCAST"
        chain.send_first(guardian, revoke)
        chain.mine()
    follow()
    assert state_of(operation) == "MINED"
    assert order.failures == []
    chain.mine(2)
    follow()

    assert state_of(operation) == "REVERTED"
    assert operation.failure.startswith("MissingRole(account=")
    assert order.failures == [("k", operation.failure)]


def test_a_reorg_takes_a_mined_call_back_to_broadcast_and_it_is_sent_again(ask_to_allow, clock):
    operation = ask_to_allow()
    tasks.submit_operations()
    follow()
    assert state_of(operation) == "MINED"
    tx_hash = operation.tx_hash

    chain.call("anvil_reorg", 1, [])
    tasks.follow_operations()
    assert state_of(operation) == "MINED"  # a node's silence is no reorg: the indexer has not seen one
    chain.mine()
    follow()
    assert state_of(operation) == "BROADCAST"
    assert (operation.block_number, operation.block_hash) == (None, None)
    clock(timedelta(seconds=11))
    follow()  # lost by the node: sent again
    follow()

    assert state_of(operation) == "MINED"
    assert operation.tx_hash == tx_hash
    assert chain.nonce_of(operation.wallet.address) == 1


def test_a_transaction_the_node_has_dropped_is_sent_again_byte_for_byte(ask_to_allow, clock):
    operation = ask_to_allow()
    with chain.not_mining():
        tasks.submit_operations()
        operation.refresh_from_db()
        chain.call("anvil_dropTransaction", operation.tx_hash)
    follow()
    assert chain.receipt(operation.tx_hash) is None

    clock(timedelta(seconds=11))
    follow()

    assert chain.receipt(operation.tx_hash)["status"] == "0x1"
    assert Attempt.objects.count() == 1


def test_a_dropped_transaction_stays_dropped_while_an_incident_halts_sending(ask_to_allow, clock):
    operation = ask_to_allow()
    with chain.not_mining():
        tasks.submit_operations()
        operation.refresh_from_db()
        chain.call("anvil_dropTransaction", operation.tx_hash)
    Incident.open("DEEP_REORG", "test", halts_sending=True, at=timezone.now())

    clock(timedelta(seconds=11))
    follow()

    assert chain.receipt(operation.tx_hash) is None
    assert state_of(operation) == "BROADCAST"


def test_a_nonce_that_something_else_has_used_is_for_a_person(ask_to_allow, clock):
    operation = ask_to_allow()
    with chain.not_mining():
        tasks.submit_operations()
        operation.refresh_from_db()
        chain.call("anvil_dropTransaction", operation.tx_hash)
    chain.spend_nonce(operation.wallet)

    clock(timedelta(seconds=11))
    follow()

    assert state_of(operation) == "NEEDS_REVIEW"
    assert operation.failure == "another transaction of its wallet has used nonce 0"


def test_a_node_that_does_not_answer_changes_nothing(ask_to_allow, monkeypatch):
    operation = ask_to_allow()
    tasks.submit_operations()

    with monkeypatch.context() as patch:
        patch.setattr(rpc, "client", lambda: rpc.Rpc("http://127.0.0.1:1", chain_id=31337))
        tasks.follow_operations()

    assert state_of(operation) == "BROADCAST"


def test_a_call_waits_until_the_one_before_it_is_confirmed(ask_to_allow):
    first = ask_to_allow(1)
    second = ask_to_allow(2, after=first)

    tasks.submit_operations()
    follow()
    tasks.submit_operations()
    assert (state_of(first), state_of(second)) == ("MINED", "QUEUED")
    chain.mine(2)
    follow()
    tasks.submit_operations()

    assert (state_of(first), state_of(second)) == ("CONFIRMED", "BROADCAST")


def test_a_confirmed_call_whose_event_took_no_effect_within_a_minute_is_an_incident(ask_for, clock):
    """freezing emits WalletFrozen, but the kind expects AllowlistUpdated."""
    freeze = calls.call("ComplianceModule", "setWalletsFrozen", ["0x" + "22" * 20], True)
    operation = ask_for(freeze, by=Purpose.FREEZER)
    tasks.submit_operations()
    chain.mine(3)
    follow()
    assert state_of(operation) == "CONFIRMED"

    tasks.follow_operations()
    assert not Incident.objects.exists()
    clock(timedelta(seconds=61))
    tasks.follow_operations()
    tasks.follow_operations()

    found = Incident.objects.values_list("kind", "subject", "halts_sending")
    assert list(found) == [("EVENT_MISSING", str(operation.pk), False)]


def test_a_confirmed_call_whose_event_was_consumed_is_settled(ask_to_allow, clock):
    operation = ask_to_allow()
    tasks.submit_operations()
    chain.mine(3)
    follow()

    clock(timedelta(seconds=61))
    tasks.follow_operations()

    operation.refresh_from_db()
    assert operation.settled_at is not None
    assert not Incident.objects.exists()


def test_the_chain_says_who_holds_which_role(suite):
    chain.mine(3)
    advance(at=timezone.now())

    fact = RoleFact.objects.get(account=platform(Purpose.COMPLIANCE).address)
    assert (fact.role, fact.is_held) == ("0x" + reads.keccak(b"COMPLIANCE").hex(), True)
