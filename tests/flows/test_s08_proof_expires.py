"""S8: nothing is minted on a certificate that has run out, whoever has approved it before."""

from datetime import timedelta

import pytest

from assets.models import CustodyProof
from tests.flows import market
from tests.flows.world import status_of

NAMED = "The custody proof C-short ran out on "


@pytest.fixture
def short_proof(world, asset):
    """Good for three days; it replaces the first one."""
    proof = market.record_proof(world, asset, days=3, text="short")
    market.attest(world, proof)
    return proof


@pytest.fixture
def order(world, asset, short_proof):
    return world.paid_order("investor.a", asset, 50)


def test_an_approved_order_is_not_minted_once_its_proof_has_run_out(world, asset, order, short_proof):
    mint = world.approve(order)
    world.decide("officer.b", mint, "approve")
    world.pass_time(timedelta(days=5))
    world.settle()

    assert (status_of(mint), mint.failure) == ("CANCELLED", "CustodyProofMissing")
    assert mint.tx_hash is None
    assert status_of(short_proof) == "EXPIRED"
    assert status_of(order) == "PAID"
    answer = world.api("officer.a").post(
        f"/api/subscriptions/{order.pk}/approve", {"reason": "It was good."}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "CustodyProofMissing")
    assert answer.json()["detail"].startswith(NAMED)


def test_a_half_approved_mint_cannot_be_approved_further_and_the_renewal_lets_it_go_on(
    world, asset, order, short_proof
):
    mint = world.approve(order)
    world.pass_time(timedelta(days=5))
    world.settle()
    assert world.press("officer.b", mint, "approve").startswith(NAMED)
    assert status_of(mint) == "AWAITING_APPROVAL"

    renewal = market.record_proof(world, asset, days=90, text="renewal")
    market.attest(world, renewal)
    world.decide("officer.b", mint, "approve")
    world.settle()

    assert (status_of(mint), status_of(order)) == ("CONFIRMED", "MINTED")
    assert mint.facts["custody_proof"] == str(renewal.pk)
    kept = CustodyProof.objects.filter(asset=asset, file_name="certificate.pdf")
    assert kept.count() == 3 and kept.values("proof_hash").distinct().count() == 3
