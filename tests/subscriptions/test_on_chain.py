"""All ways to pay, to mint and to give back, on the real contracts and the real USDC."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from eth_account import Account

from assets import actions as asset_actions
from assets.models import Asset
from assets.queries import subscription_terms_hash
from contracts import calls, dev_usdc, reads, tasks
from contracts.custody import local
from contracts.models import ChainOperation
from indexer import advance
from investors.actions import allowlist_investor
from investors.models import Wallet
from subscriptions import actions, queries
from subscriptions.models import OrderFact, Payment, Refund, Subscription
from tests.assets import factories as assets
from tests.contracts import chain
from tests.contracts.conftest import DevChain
from tests.investors.factories import make_investor, make_wallet
from tests.people import person
from tests.subscriptions.factories import BUYER, REASON
from tests.subscriptions.test_pay import signed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
STRANGER = Account.from_key("0x" + "09" * 32)
EVERYTHING = ["review_issuer", "deploy_asset", "record_proof", "write_allowlist"]


@pytest.fixture
def now(monkeypatch):
    """The chain has the real time, so the portal has it here, too."""


@pytest.fixture
def suite(anvil, settings):
    settings.CHAIN = chain.parameters(anvil.url)
    settings.APPROVALS_NEEDED = {"*": 0}
    dev_chain = DevChain(anvil.url)
    call_command("deploy_contracts", network="dev", stdout=StringIO())
    yield
    settings.CHAIN = chain.parameters(anvil.url)
    dev_chain.forget()


def hear() -> None:
    """Sign what is asked for, mine it, and hear it two blocks deep; calls that wait for others follow."""
    for _ in range(4):
        tasks.submit_operations()
        chain.wait_for_pool()
        chain.mine(3)
        for _ in range(2):
            advance.advance(at=timezone.now())
            tasks.follow_operations()


def send(key, to: str, calldata: bytes) -> None:
    """As a person's own wallet does."""
    local.fund(key.address)
    nonce = int(chain.call("eth_getTransactionCount", key.address, "latest"), 16)
    transaction = {"to": to, "data": calldata, "gas": 500_000}
    payload = local.sign(key, transaction, nonce=nonce, fees=local.current_fees())
    chain.call("eth_sendRawTransaction", "0x" + payload.raw.hex())
    chain.wait_for_pool()


def pay_plainly(key, escrow: str, amount: int) -> None:
    call = calls.transfer_usdc(escrow, amount)
    send(key, call.to, call.calldata)


@pytest.fixture
def officer(suite):
    return person("officer.a", *EVERYTHING)


@pytest.fixture
def second(suite):
    return person("officer.b", "verify_proof", "review_asset")


@pytest.fixture
def asset(officer, second):
    """On chain, ACTIVE, backed."""
    at, applicant = timezone.now(), assets.person("applicant")
    issuer = assets.registered(applicant, officer)
    window = {"opens_at": at - timedelta(days=1), "closes_at": at + timedelta(days=30)}
    draft = assets.draft(issuer, applicant, **window, lock_up_until=None, max_holders=None, min_holding=None)
    assets.add_deed(draft, applicant)
    asset_actions.submit_asset(asset_id=draft.pk, by=applicant, at=at)
    asset_actions.approve_asset(asset_id=draft.pk, by=second, at=at, reason=REASON)
    asset_actions.deploy_asset(asset_id=draft.pk, by=officer, at=at, reason=REASON)
    hear()
    active = Asset.objects.get(pk=draft.pk)
    assert active.status == "ACTIVE"
    proof = assets.recorded(active, officer, expiry_at=at + timedelta(days=90))
    asset_actions.verify_proof(proof_id=proof.pk, by=second, at=at, reason=REASON)
    hear()
    return active


@pytest.fixture
def wallet(officer):
    """A verified investor's, on the allowlist, with money."""
    until = datetime.now(UTC).date() + timedelta(days=300)
    wallet = make_wallet(make_investor(kyc_valid_until=until), BUYER.address)
    allowlist_investor(investor_id=wallet.investor_id, by=officer, at=timezone.now(), reason=REASON)
    hear()
    dev_usdc.mint(to=BUYER.address, amount=100_000_000_000)
    dev_usdc.mint(to=STRANGER.address, amount=100_000_000_000)
    return Wallet.objects.get(pk=wallet.pk)


def place(asset: Asset, wallet: Wallet, units: int = 1000) -> Subscription:
    terms = subscription_terms_hash(asset)
    order = actions.OrderRequest(wallet.investor_id, asset.pk, units, terms)
    return actions.request_subscription(order=order, by=wallet.investor.user, at=timezone.now())


def state(order: Subscription) -> str:
    return Subscription.objects.get(pk=order.pk).status


def decide(name: str, order: Subscription, by) -> None:
    getattr(actions, name)(subscription_id=order.pk, by=by, at=timezone.now(), reason=REASON)
    hear()


def books_agree(asset: Asset) -> None:
    """The escrow holds what our payments and refunds say; the supply is what our orders say."""
    minted = Subscription.objects.filter(asset=asset, status="MINTED")
    assert reads.usdc_balance(asset.escrow_address) == queries.expected_in_escrow(asset).total
    assert reads.total_supply(asset.token_address) == sum(order.amount_requested for order in minted)
    undone = ChainOperation.objects.exclude(state="CONFIRMED").values_list("kind", "state", "failure")
    assert list(undone) == []


def test_the_escrow_takes_what_we_compute_and_every_way_ends_as_it_should(asset, wallet, officer, second):
    buyer, at = wallet.investor.user, timezone.now()

    by_signature = place(asset, wallet)
    actions.relay_deposit(subscription_id=by_signature.pk, signature=signed(by_signature), by=buyer, at=at)
    hear()
    assert state(by_signature) == "PAID"

    by_deposit = place(asset, wallet, 2000)
    approve = calls.approve_usdc(asset.escrow_address, by_deposit.payment_due)
    deposit = calls.deposit(asset.escrow_address, queries.order_of(by_deposit))
    send(BUYER, approve.to, approve.calldata)
    send(BUYER, deposit.to, deposit.calldata)
    hear()
    assert state(by_deposit) == "PAID"

    by_transfer = place(asset, wallet, 3000)
    pay_plainly(BUYER, asset.escrow_address, by_transfer.payment_due - 10)
    pay_plainly(BUYER, asset.escrow_address, 17)
    hear()
    assert state(by_transfer) == "REQUESTED"
    for payment in Payment.objects.unmatched().order_by("block_number"):
        chosen = {"payment_id": payment.pk, "at": timezone.now(), "reason": REASON}
        actions.propose_payment_link(**chosen, subscription_id=by_transfer.pk, by=officer)
        actions.confirm_payment_link(**chosen, by=second)
    assert state(by_transfer) == "UNDERPAID"
    hear()
    assert state(by_transfer) == "PAID"
    surplus = Payment.objects.get(amount=17)
    assert (surplus.status, surplus.amount_left) == ("ALLOCATED", 7)
    books_agree(asset)

    decide("approve_subscription", by_signature, officer)
    decide("approve_subscription", by_deposit, officer)
    decide("reject_subscription", by_transfer, officer)
    assert [state(o) for o in (by_signature, by_deposit, by_transfer)] == ["MINTED", "MINTED", "REFUNDED"]
    assert reads.balance_of(asset.token_address, BUYER.address) == 3000

    pay_plainly(STRANGER, asset.escrow_address, 500)
    hear()
    for payment in (surplus, Payment.objects.unmatched().get()):
        actions.return_payment(payment_id=payment.pk, by=officer, at=timezone.now(), reason=REASON)
    hear()
    assert Payment.objects.get(amount=500).status == "RETURNED"
    assert sorted(Refund.objects.values_list("kind", "amount")) == [
        ("ORDER", by_transfer.payment_due),
        ("PAYMENT", 7),
        ("PAYMENT", 500),
    ]
    books_agree(asset)
    kinds = OrderFact.objects.values_list("kind", flat=True)
    assert {kind: list(kinds).count(kind) for kind in kinds} == {
        "FUNDED": 3,
        "SETTLED": 2,
        "MINTED": 2,
        "REFUNDED": 1,
        "RECEIPT_APPROVED": 3,
        "ALLOCATED": 2,
        "PAYMENT_RETURNED": 2,
    }
