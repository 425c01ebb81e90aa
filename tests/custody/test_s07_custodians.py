"""S7 with each custodian's own protocol: it says no, says nothing, says no but did it. Minted once in all."""

from datetime import timedelta

import pytest

from contracts import calls
from contracts.models import Attempt, Purpose
from contracts.wallets import platform
from indexer.models import EventLog
from tests.flows.conftest import asset, pytest_pyfunc_call, snapshots, vendor, world  # noqa: F401
from tests.flows.world import status_of

SILENT = timedelta(seconds=95)
LOOK_UP = timedelta(seconds=35)


@pytest.fixture
def mint(world, asset, desk):  # noqa: F811
    """A mint with all its consents whose issuer's wallet the custodian holds."""
    desk.take_over(asset.issuer.custody_wallet)
    order = world.paid_order("investor.a", asset, 50)
    operation = world.approve(order)
    world.decide("officer.b", operation, "approve")
    return operation, order


def settle(world, desk) -> None:  # noqa: F811
    for _ in range(4):
        world.settle()
        desk.wait_idle()
        world.pass_time(timedelta(seconds=15))
    world.settle()


def is_minted_once(world, asset, order) -> bool:  # noqa: F811
    minted = EventLog.objects.canonical().filter(event_name="Minted")
    return (world.node.supply(asset.token_address), minted.count(), status_of(order)) == (50, 1, "MINTED")


def test_yes(world, asset, desk, mint):  # noqa: F811
    operation, order = mint

    settle(world, desk)

    assert status_of(operation) == "CONFIRMED"
    assert is_minted_once(world, asset, order)
    assert len(desk.transactions()) == 1
    assert Attempt.objects.get(operation=operation).vendor_id == desk.transactions()[0]["id"]


def test_no_by_policy_takes_a_new_approval_and_a_new_request(world, asset, desk, mint):  # noqa: F811
    operation, order = mint
    desk.goes_wrong("reject")
    settle(world, desk)

    assert (status_of(operation), status_of(order)) == ("REJECTED", "PAID")
    said = {"fireblocks": "BLOCKED: BLOCKED_BY_POLICY", "anchorage": "FAILED: policy"}
    assert operation.vendor_status == said.get(desk.vendor, "REJECTED: policy")
    assert world.node.supply(asset.token_address) == 0

    again = world.approve(order)
    settle(world, desk)
    assert status_of(again) == "AWAITING_APPROVAL"
    world.decide("officer.b", again, "approve")
    settle(world, desk)
    assert status_of(again) == "CONFIRMED"
    assert is_minted_once(world, asset, order)


@pytest.mark.parametrize("fault", ["timeout_after_accept", "error_after_accept"])
def test_silence_is_looked_up_and_never_sent_twice(world, asset, desk, mint, fault):  # noqa: F811
    operation, order = mint
    desk.goes_wrong(fault)
    world.work()
    assert status_of(operation) == "SUBMITTING"
    desk.wait("DONE")
    assert len(desk.transactions()) == 1

    world.pass_time(SILENT)
    settle(world, desk)
    world.pass_time(LOOK_UP)
    settle(world, desk)
    world.pass_time(LOOK_UP)
    settle(world, desk)

    assert len(desk.transactions()) == 1
    # Anchorage has no look-up: the fresh recheck finds the order minted, and the chain is searched instead.
    assert status_of(operation) == "CONFIRMED"
    assert is_minted_once(world, asset, order)


def test_no_but_did_it_is_found_on_the_chain(world, asset, desk, mint):  # noqa: F811
    operation, order = mint
    desk.goes_wrong("fail_after_broadcast")

    settle(world, desk)

    assert status_of(operation) == "CONFIRMED"
    assert is_minted_once(world, asset, order)
    assert len(desk.transactions()) == 1


def test_a_replaced_transaction_is_followed_under_both_names(world, asset, desk, mint):  # noqa: F811
    operation, order = mint
    desk.goes_wrong("replaced")

    settle(world, desk)

    sent = desk.transactions()[0]
    assert status_of(operation) == "CONFIRMED"
    assert operation.tx_hash == sent["tx_hash"] != sent["replaced_hash"]
    assert is_minted_once(world, asset, order)


def test_an_approval_that_does_not_come_holds_the_order_and_is_seen(world, asset, desk, mint):  # noqa: F811
    operation, order = mint
    desk.goes_wrong("stuck")
    settle(world, desk)

    assert (status_of(operation), status_of(order)) == ("CUSTODY", "APPROVED")
    desk.press(f"transactions/{desk.transactions()[0]['id']}/approve")
    settle(world, desk)
    assert is_minted_once(world, asset, order)


def test_a_revert_in_its_block_pays_nobody_and_its_reason_is_read(world, asset, desk, mint):  # noqa: F811
    operation, order = mint
    with world.node.not_mining():
        world.work()
        desk.wait("SENT")
        world.node.overtake_as(platform(Purpose.PAUSER), calls.revoke_backing(asset.token_address))
    settle(world, desk)

    assert (status_of(operation), status_of(order)) == ("REVERTED", "PAID")
    assert operation.failure.startswith("NotAttested"), operation.failure
    assert world.node.usdc(asset.escrow_address) == order.payment_due
    assert world.node.supply(asset.token_address) == 0
