"""S1: from a company's application to the last redemption, all roles, no handwork."""

from django.urls import reverse

from assets.models import CustodyProof
from contracts import calls, reads
from contracts.models import ChainOperation
from indexer import queries as indexer
from tests.flows import dividends, market, redemptions
from tests.flows.market import USDC
from tests.flows.world import CONFIRMATIONS, REASON, key_of, status_of


def test_an_asset_lives_from_its_application_to_a_dividend_and_a_redemption(world, vendor):
    asset = review(world)
    deploy(world, asset)
    back_and_let_investors_in(world, vendor, asset)
    buy(world, asset)
    trade(world, asset)
    pay_a_dividend(world, asset)
    redeem(world, asset)


def review(world):
    """An asset that counsel has returned once and approved then."""
    asset = market.submit_asset(world, market.register_issuer(world))
    world.decide("counsel", asset, "send_back", asked=["documents"])
    assert status_of(asset) == "RETURNED"
    review = reverse("issuer:step_review", args=[asset.pk])
    assert REASON in world.browser("issuer").get(reverse("issuer:asset", args=[asset.pk])).content.decode()
    insurance = {"kind": "INSURANCE", "file": market.pdf("insurance"), "expires_on": ""}
    world.browser("issuer").post(reverse("issuer:step_documents", args=[asset.pk]), insurance)
    world.browser("issuer").post(review)
    world.decide("counsel", asset, "approve")
    return asset


def deploy(world, asset) -> None:
    """One officer asks, who cannot consent; another does."""
    world.decide("officer.a", asset, "deploy")
    deployment = ChainOperation.objects.get(kind="assets.deploy")
    refused = world.press("officer.a", deployment, "approve")
    assert refused == "Whoever asked for this cannot approve it."
    world.settle()
    assert (status_of(deployment), status_of(asset)) == ("AWAITING_APPROVAL", "DEPLOYING")
    world.decide("officer.b", deployment, "approve")
    world.settle()
    assert (status_of(deployment), status_of(asset)) == ("CONFIRMED", "ACTIVE")


def back_and_let_investors_in(world, vendor, asset) -> None:
    market.attest(world, market.record_proof(world, asset, days=180))
    assert CustodyProof.objects.get().status == "VALID"

    for name in ("investor.a", "investor.b"):
        market.join(world, name)
        market.verdict(world, vendor, name, "GREEN")
        world.give_usdc(key_of(name).address, 10_000 * USDC)
    market.allow(world, "investor.a", "investor.b")


def buy(world, asset) -> None:
    """50 units, PAID after five confirmations and MINTED after two people."""
    order = world.order("investor.a", asset, 50)
    assert order.payment_due == 5_000 * USDC
    world.sign_payment(order, "investor.a")
    world.work()
    for confirmations in range(CONFIRMATIONS):
        assert status_of(order) == "REQUESTED"
        state = world.browser("investor.a").get(reverse("orders:state", args=[order.pk])).json()
        assert state["steps"][1]["note"] == f"{confirmations}/5 confirmations"
        world.node.mine()
        world.work()
    assert status_of(order) == "PAID"

    mint = world.approve(order)
    assert status_of(order) == "APPROVED"
    world.settle()
    assert world.node.supply(asset.token_address) == 0  # one person's approval mints nothing
    page = f"/api/operations/{mint.pk}/approve"
    answer = world.api("officer.b").post(page, {"reason": REASON}, format="json")
    assert (answer.status_code, answer.json()["approvals"]) == (202, "1/1")
    world.settle()
    assert (status_of(mint), status_of(order)) == ("CONFIRMED", "MINTED")
    assert world.node.usdc(asset.pay_to) == 5_000 * USDC


def trade(world, asset) -> None:
    """10 units to another holder, once the lock-up is over."""
    world.pass_time(market.LOCK_UP)
    a, b = key_of("investor.a"), key_of("investor.b")
    assert reads.explain(asset.token_address, a.address, b.address, 10) == []
    world.node.send(a, calls.transfer_units(asset.token_address, b.address, 10))
    world.settle()
    assert indexer.holdings(asset.token_address) == {a.address: 40, b.address: 10}


def pay_a_dividend(world, asset) -> None:
    """By the 40 and 10 units of the snapshot."""
    funds = {name: world.node.usdc(key_of(name).address) for name in ("investor.a", "investor.b")}
    distribution = dividends.opened(world, asset, "1,000")
    dividends.claim(world, distribution, "investor.a")
    dividends.let_the_portal_send(world, distribution, "investor.b")
    world.settle()
    gained = {name: world.node.usdc(key_of(name).address) - before for name, before in funds.items()}
    assert gained == {"investor.a": 800 * USDC, "investor.b": 200 * USDC}


def redeem(world, asset) -> None:
    redemption = redemptions.locked(world, "investor.a", asset, "20", least="2000")
    dividends.give_treasury(world, 2_000 * USDC)
    redemptions.settle(world, redemption, "2000")
    assert status_of(redemption) == "SETTLED"
    assert indexer.holdings(asset.token_address) == {
        key_of("investor.a").address: 20,
        key_of("investor.b").address: 10,
    }
