"""S9: two want the last units; one gets them, and never are there more than the cap."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from contracts import calls
from contracts.custody import local
from rwa_portal.core.errors import DomainError
from subscriptions import actions
from tests.flows.market import CAP
from tests.flows.node import Refused
from tests.flows.world import REASON, status_of

LEFT = 100


@pytest.fixture
def orders(world, asset):
    """A and B have each paid for 80 units; 100 are left after C."""
    of_c = world.order("investor.c", asset, CAP - LEFT)
    world.sign_payment(of_c, "investor.c")
    both = [world.order(name, asset, 80) for name in ("investor.a", "investor.b")]
    for order, name in zip(both, ("investor.a", "investor.b"), strict=True):
        world.sign_payment(order, name)
    world.settle()
    world.approve(of_c)
    world.settle_with_approvals()
    assert status_of(of_c) == "MINTED"
    return both


def test_the_first_to_be_approved_gets_them_and_the_other_is_told(world, asset, orders):
    first, second = orders
    world.approve(first)
    answer = world.api("officer.b").post(
        f"/api/subscriptions/{second.pk}/approve", {"reason": REASON}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "SupplyCapExceeded")
    assert "Only 20 HAUS are left" in answer.json()["detail"]
    world.settle_with_approvals()
    assert (status_of(first), status_of(second)) == ("MINTED", "PAID")

    # Whoever signs: the contract knows its cap, too.
    issuer = local.account(asset.issuer.custody_wallet.pk)
    with pytest.raises(Refused, match="CapExceeded"):
        world.node.send(issuer, calls.mint(second.order_id))
    world.decide("officer.a", second, "reject")
    world.settle_with_approvals()

    assert status_of(second) == "REFUNDED"
    assert world.node.supply(asset.token_address) == CAP - 20


def test_two_officers_at_the_same_moment_cannot_both_give_them_away(world, asset, orders):
    """Protects the lock on the asset: each order alone would fit."""
    gate = Barrier(2)

    def approve(order, officer) -> str:
        try:
            gate.wait(timeout=30)
            actions.approve_subscription(subscription_id=order.pk, by=officer, at=world.now(), reason=REASON)
            return "approved"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    officers = [world.person("officer.a"), world.person("officer.b")]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(approve, orders, officers))
    world.settle_with_approvals()

    assert sorted(outcomes) == ["SupplyCapExceeded", "approved"]
    assert sorted(status_of(order) for order in orders) == ["MINTED", "PAID"]
    assert world.node.supply(asset.token_address) == CAP - 20
