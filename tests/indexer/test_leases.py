from datetime import timedelta

import pytest

from indexer import confirming, leases, reacting, store
from indexer.branches import next_branch
from indexer.leases import LeaseLost
from indexer.models import Block, Cursor, EventLog
from indexer.reading import header_at
from indexer.watchlist import Watchlist
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import AT, address

LATER = AT + timedelta(seconds=2)


def test_only_one_becomes_the_writer(db):
    first = leases.take(owner="a", at=AT)

    assert first.epoch == 1
    # leases.take: the age of the lease.
    assert leases.take(owner="b", at=AT + timedelta(seconds=1)) is None
    assert leases.take(owner="a", at=AT + timedelta(seconds=1)) == first


def test_a_lease_that_is_not_renewed_changes_hands(db):
    first = leases.take(owner="a", at=AT)

    second = leases.take(owner="b", at=LATER)

    assert (second.owner, second.epoch) == ("b", 2)
    with pytest.raises(LeaseLost):
        leases.renew(first, at=LATER)
    assert Cursor.objects.get().owner == "b"


def test_a_renewed_lease_stays(db):
    first = leases.take(owner="a", at=AT)
    leases.renew(first, at=AT + timedelta(seconds=1))

    assert leases.take(owner="b", at=LATER) is None


def test_a_released_lease_is_taken_at_once(db):
    leases.release(leases.take(owner="a", at=AT))

    assert leases.take(owner="b", at=AT).epoch == 2


def test_the_same_process_with_an_old_epoch_is_refused_too(db):
    first = leases.take(owner="a", at=AT)
    leases.release(leases.take(owner="b", at=LATER))
    leases.take(owner="a", at=LATER)

    with pytest.raises(LeaseLost):
        leases.renew(first, at=LATER)


@pytest.fixture
def paused(chain, token, heard, follow):
    """A writer that was paused after it had read a branch, and the twin that has taken over since."""
    old = leases.take(owner="paused", at=AT)
    follow(lease=old)
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(2)
    cursor, watchlist = Cursor.objects.get(), Watchlist.load()
    branch = next_branch(chain.rpc, cursor, header_at(chain.rpc, "latest"), watchlist)
    twin = leases.take(owner="twin", at=LATER)
    return old, twin, branch, cursor


def test_a_writer_that_wakes_up_late_commits_nothing(paused, heard, follow):
    old, twin, branch, cursor = paused
    before = (Block.objects.count(), EventLog.objects.count())

    # leases.hold: without the comparison of epochs each of these would write.
    with pytest.raises(LeaseLost):
        store.record_branch(old, branch, read_from=cursor.head_hash, at=AT)
    with pytest.raises(LeaseLost):
        confirming.confirm(old, up_to=branch.blocks[-1].number, at=AT)
    with pytest.raises(LeaseLost):
        reacting.react(old, at=AT)
    assert (Block.objects.count(), EventLog.objects.count()) == before
    assert Cursor.objects.get().head_hash == cursor.head_hash and heard == []

    follow(lease=twin, at=LATER)
    assert EventLog.objects.count() == 1 and len(heard) == 1


def test_a_late_reaction_of_the_old_writer_is_refused(paused, heard, follow):
    old, twin, *_ = paused
    follow(lease=twin, at=LATER)
    Cursor.objects.update(reacted_number=0)  # as the old writer still believes

    with pytest.raises(LeaseLost):
        reacting.react(old, at=LATER)
    assert len(heard) == 1


def test_a_branch_read_for_another_head_is_not_stored(paused, follow):
    _, twin, branch, _ = paused
    follow(lease=twin, at=LATER)

    # store.record_branch: the comparison with the head the branch was read for.
    with pytest.raises(store.PositionMoved):
        store.record_branch(twin, branch, read_from="0x" + "00" * 32, at=LATER)
    assert EventLog.objects.count() == 1


def test_advance_without_the_lease_does_nothing(chain, token, follow):
    leases.take(owner="somebody else", at=AT)

    advanced = follow()

    assert not advanced.is_writer
    assert Block.objects.count() == 0
