from indexer import queries
from indexer.models import Block, Cursor, EventLog, HoldingChange, Incident, Reorg
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import UNKNOWN_TOPIC, address


def mint(chain, token, to, value):
    return chain.transfer(token, ZERO_ADDRESS, to, value)


def state():
    """Every row the indexer writes, but the times of its lease."""
    cursor = Cursor.objects.values().get()
    del cursor["renewed_at"], cursor["polled_at"]
    tables = (Block, EventLog, HoldingChange, Reorg, Incident)
    return cursor, [list(table.objects.order_by("pk").values()) for table in tables]


def test_advance_waits_for_the_confirmations(chain, token, heard, follow):
    alice = address()
    receipt = mint(chain, token, alice, 100)
    follow()

    assert queries.seen("AssetToken.Transfer", to=alice).confirmations == 0
    assert queries.receipt_status(receipt["blockHash"], int(receipt["blockNumber"], 16)) == "seen"
    chain.mine(1)
    follow()
    assert queries.seen("AssetToken.Transfer", to=alice).confirmations == 1
    # confirming.confirmable_number: one confirmation less, and this would be 100 already.
    assert (queries.holding(token, alice), heard) == (0, [])

    chain.mine(1)
    follow()

    assert queries.holding(token, alice) == 100
    assert [event.payload for event in heard] == [{"from": ZERO_ADDRESS, "to": alice, "value": "100"}]
    assert queries.seen("AssetToken.Transfer", to=alice) is None
    assert queries.receipt_status(receipt["blockHash"], int(receipt["blockNumber"], 16)) == "confirmed"


def test_advance_twice_changes_nothing(chain, token, heard, follow):
    mint(chain, token, address(), 1)
    chain.mine(3)
    follow()
    before = state()

    follow()

    assert state() == before
    assert len(heard) == 1


def test_reorg_before_the_confirmations_reaches_nobody(chain, token, heard, follow):
    alice, bob = address(), address()
    lost = mint(chain, token, alice, 5)
    chain.mine(1)
    follow()

    chain.reorg(2, chain.call_of(token, ZERO_ADDRESS, bob, 7))
    chain.mine(3)
    follow()

    # branches._walk: without the comparison of parents' hashes the lost log would be confirmed.
    assert [event.payload["to"] for event in heard] == [bob]
    assert (queries.holding(token, alice), queries.holding(token, bob)) == (0, 7)
    reorg = Reorg.objects.get()
    assert (reorg.depth, reorg.is_beyond_confirmed) == (2, False)
    orphan = EventLog.objects.orphaned().get()
    assert (orphan.tx_hash, orphan.decoded_payload["to"]) == (lost["transactionHash"], alice)
    assert queries.receipt_status(lost["blockHash"], int(lost["blockNumber"], 16)) == "orphaned"
    assert not Incident.objects.exists()


def test_reorg_beyond_the_confirmations_halts_sending(chain, token, heard, follow):
    alice, bob = address(), address()
    mint(chain, token, alice, 5)
    chain.mine(2)
    follow()
    assert queries.holding(token, alice) == 5 and not queries.sending_halted()

    chain.reorg(3, chain.call_of(token, ZERO_ADDRESS, bob, 7))
    carol = address()
    mint(chain, token, carol, 9)
    chain.mine(5)
    follow()

    # store._take_back opens it; confirming.confirm refuses to go on from a block off the chain.
    assert queries.sending_halted()
    incident = Incident.objects.get()
    assert incident.kind == Incident.Kind.DEEP_REORG
    assert Reorg.objects.get().is_beyond_confirmed
    assert [queries.holding(token, wallet) for wallet in (alice, bob, carol)] == [5, 0, 0]
    assert [event.payload["to"] for event in heard] == [alice]
    assert EventLog.objects.count() == 3


def test_unknown_events_are_kept_raw(chain, token, heard, follow):
    chain.transfer(token, address(), address(), 9, topic=UNKNOWN_TOPIC)
    chain.mine(2)
    follow()

    log = EventLog.objects.get()
    assert (log.event_name, log.decoded_payload, log.full_name) == ("", None, "AssetToken.?")
    assert bytes(log.topics).hex().startswith("ee" * 32) and int.from_bytes(bytes(log.data)) == 9
    assert heard == [] and Cursor.objects.get().confirmed_number == chain.head() - 2
