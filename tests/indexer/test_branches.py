import pytest

from indexer import branches, queries, reacting
from indexer.models import Block, Cursor, EventLog, Incident, Reorg, Watched
from indexer.reading import ChainMoved, header_at, logs_of
from indexer.rpc import RpcRangeTooWide
from indexer.watchlist import Watchlist
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import AT, address, watch


@pytest.fixture
def far(monkeypatch):
    """Treat five blocks as far behind, so that ranges are read."""
    monkeypatch.setattr(branches, "NEAR", 5)


def test_a_branch_the_chain_comes_back_to_is_not_stored_twice(chain, token, heard, follow):
    first = chain.transfer(token, ZERO_ADDRESS, token, 1)["blockHash"]
    follow()
    on_first = chain.rpc.call("anvil_dumpState", [])
    chain.reorg(1, chain.call_of(token, ZERO_ADDRESS, token, 2))
    follow()
    second = Cursor.objects.get().head_hash
    chain.rpc.call("anvil_loadState", [on_first])
    follow()
    back = Cursor.objects.get().head_hash
    chain.mine(2)
    follow()

    assert first == back != second
    # store.record_branch: blocks that are stored get their flag back and bring no second copy of their logs.
    assert [event.payload["value"] for event in heard] == ["1"]
    flags = Block.objects.filter(pk__in=[first, second]).values_list("pk", "is_canonical")
    assert dict(flags) == {first: True, second: False}
    assert list(EventLog.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert [reorg.depth for reorg in Reorg.objects.order_by("id")] == [1, 1]


def test_far_behind_ranges_are_read_and_empty_blocks_passed_over(chain, token, heard, follow, far):
    follow()
    for value in range(1, 4):
        chain.transfer(token, ZERO_ADDRESS, address(), value)
        chain.mine(7)
    follow()

    assert [event.payload["value"] for event in heard] == ["1", "2", "3"]
    numbers = list(Block.objects.filter(is_canonical=True).values_list("number", flat=True))
    assert len(numbers) < 24 and Cursor.objects.get().head_number == chain.head()
    assert set(range(chain.head() - 4, chain.head() + 1)) <= set(numbers)


def test_a_reorg_below_a_range_is_found_by_its_parents(chain, token, heard, follow, far):
    chain.mine(20)
    follow()
    lost = chain.transfer(token, ZERO_ADDRESS, address(), 1)
    follow()
    chain.reorg(3)
    chain.mine(12)
    follow()

    # branches.next_branch: the header at our own position is asked for before the range.
    assert heard == [] and Reorg.objects.count() == 1
    assert queries.receipt_status(lost["blockHash"], int(lost["blockNumber"], 16)) == "orphaned"


def test_a_range_follows_what_the_endpoint_bears(chain, token, follow, far, monkeypatch):
    follow()
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(30)
    widths = []
    logs_between = branches.logs_between

    def limited(rpc, first, last, watchlist):
        if last - first >= 8:
            refusal = RpcRangeTooWide("limited", code=-32614, reason="", data=None)
            refusal.width = 8
            raise refusal
        widths.append(last - first + 1)
        return logs_between(rpc, first, last, watchlist)

    monkeypatch.setattr(branches, "logs_between", limited)
    follow()

    assert EventLog.objects.count() == 1 and max(widths) <= 8
    assert Cursor.objects.get().head_number == chain.head()


def test_an_endpoint_that_refuses_one_block_leaves_the_position(chain, token, follow, far, monkeypatch):
    follow()
    chain.mine(30)
    before = Cursor.objects.get().head_number

    def refuse(*_):
        raise RpcRangeTooWide("limited", code=-32614, reason="", data=None)

    monkeypatch.setattr(branches, "logs_between", refuse)
    with pytest.raises(branches.RangeRefused):
        follow()
    assert Cursor.objects.get().head_number == before


@pytest.mark.parametrize("silent", [False, True])
def test_logs_of_a_block_that_lost_its_place_are_not_believed(chain, token, monkeypatch, silent):
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    head = header_at(chain.rpc, "latest")
    chain.reorg(1)
    if silent:  # the dev chain says "unknown block"; others answer as if it were empty
        monkeypatch.setattr(chain.rpc, "batch", lambda requests: [[] for _ in requests])

    # reading.logs_of: the look at the tip after the logs were read.
    with pytest.raises(ChainMoved):
        logs_of(chain.rpc, [head], Watchlist.load())


def test_a_node_that_lags_never_rewinds(chain, token, heard, follow, monkeypatch):
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(3)
    follow()
    head = Cursor.objects.get().head_number
    old = header_at(chain.rpc, head - 2)
    monkeypatch.setattr("indexer.advance.header_at", lambda rpc, block: old)
    follow()

    assert Cursor.objects.get().head_number == head and not Reorg.objects.exists()


def test_another_chain_is_reported_and_nothing_stored(chain, token, heard, follow):
    chain.mine(3)
    follow()
    before = Cursor.objects.get()
    # As if all we hold came from another chain.
    Block.objects.all().delete()
    Block.objects.create(
        hash="0x" + "11" * 32, chain_id=31337, number=before.head_number, parent_hash="0x" + "12" * 32, at=AT,
        is_canonical=True,
    )  # fmt: skip
    Cursor.objects.update(head_hash="0x" + "11" * 32, confirmed_hash="0x" + "11" * 32)
    chain.mine(1)
    follow()

    assert Incident.objects.get().kind == Incident.Kind.CHAIN_REPLACED and queries.sending_halted()
    assert Cursor.objects.get().head_number == before.head_number


def test_a_contract_watched_late_is_read_from_its_beginning(chain, token, heard, follow):
    late, alice = chain.deploy(), address()
    from_block = chain.head() + 1
    for value in (1, 2):
        chain.transfer(late, ZERO_ADDRESS, alice, value)
    chain.transfer(token, ZERO_ADDRESS, alice, 5)
    chain.mine(2)
    follow()
    assert [event.payload["value"] for event in heard] == ["5"]

    Watched.objects.create(
        chain_id=31337, address=late, abi="AssetToken", from_block=from_block, watched_at=AT
    )
    chain.transfer(late, ZERO_ADDRESS, alice, 4)
    follow()
    assert queries.holding(late, alice) == 3
    chain.mine(2)
    follow()

    # late.read_for_late_watches: what lies below the position is projected, and its reactions lined up.
    assert queries.holding(late, alice) == 7
    assert queries.holdings_at(late, from_block) == {alice: 1}
    # The one read in time waits behind the late ones of its contract.
    assert [event.payload["value"] for event in heard] == ["5"]
    assert reacting.retry(at=AT) == 3
    assert [event.payload["value"] for event in heard] == ["5", "1", "2", "4"]
    assert sorted(EventLog.objects.values_list("seq", flat=True)) == [1, 2, 3, 4]


def test_of_the_payment_token_only_transfers_into_an_escrow_are_read(chain, token, follow):
    usdc, escrow, payer = chain.deploy(), address(), address()
    watch(usdc, chain, "USDC", kind=Watched.Kind.PAYMENT_TOKEN)
    watch(escrow, chain, "Escrow")
    chain.transfer(usdc, payer, escrow, 100)
    chain.transfer(usdc, payer, address(), 200)
    chain.transfer(usdc, escrow, payer, 300)
    chain.mine(2)
    follow()

    # watchlist.filters: the third topic.
    log = EventLog.objects.get(abi="USDC")
    assert (log.full_name, log.decoded_payload["value"]) == ("USDC.Transfer", "100")
