"""
One process in which the whole portal lives: tasks run when `settle` is called, the clock is the chain's.

Nothing is faked but the identity provider's answers: contracts, USDC, database, signer, indexer and tasks are
the portal's own.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from eth_account import Account
from eth_utils import keccak
from rest_framework.test import APIClient

import assets.tasks
import corporate_actions.tasks
import subscriptions.tasks
from contracts import calls, deployments, dev_usdc, tasks
from contracts.custody import local
from contracts.models import ChainOperation, Purpose
from contracts.signatures import receive_with_authorization_typed_data
from contracts.wallets import platform
from corporate_actions.models import DividendClaim, DividendDistribution, Redemption
from indexer import advance as indexer
from indexer import leases, reacting
from indexer.models import Cursor, Incident, ReactionFailure
from investors.models import Investor
from rwa_portal.core.models import User
from subscriptions.models import Payment, Subscription
from subscriptions.queries import order_of
from tests.contracts import chain
from tests.flows.node import Node
from tests.investors.conftest import work_off_all

CONFIRMATIONS = 5
REASON = "Papers checked."
ROUNDS = 12
OFFICERS = ("officer.a", "officer.b")


def key_of(name: str):
    """The key of a wallet that somebody outside the portal holds."""
    return Account.from_key(keccak(f"flows/{name}".encode()))


class World:
    def __init__(self) -> None:
        self.node = Node()
        self.escrow_was_reorganised = False  # a deep reorg took a payment that the books have acted upon
        self._block_at, self._ticks = datetime.fromtimestamp(self.node.time(), UTC), 0

    # Time

    def now(self) -> datetime:
        """The chain's time; no two questions get the same answer."""
        self._ticks += 1
        return self._block_at + timedelta(microseconds=self._ticks)

    def look_at_the_clock(self) -> None:
        moment = datetime.fromtimestamp(self.node.time(), UTC)
        if moment > self._block_at:
            self._block_at, self._ticks = moment, 0

    def pass_time(self, delta: timedelta) -> None:
        """Let time pass for the chain and the portal alike."""
        self.node.jump(int(delta.total_seconds()))
        self.look_at_the_clock()

    # The portal's own work

    def work(self) -> None:
        """Run every task once. No block is mined but by what is sent."""
        work_off_all()
        tasks.submit_operations()
        self.listen()
        tasks.sweep_operations()
        tasks.ask_custodians()
        reacting.retry(at=self.now())
        subscriptions.tasks.expire_subscriptions()
        corporate_actions.tasks.follow_redemptions()
        assets.tasks.expire_proofs()

    def listen(self) -> None:
        """Read the chain up to its head, and follow what was sent."""
        chain.wait_for_pool()
        self.look_at_the_clock()
        lease = leases.take(owner="flows", at=self.now())
        assert lease is not None
        with leases.session_limits():
            indexer.advance(at=self.now(), lease=lease)
        tasks.follow_operations()

    def settle(self) -> None:
        """Work and mine until nothing moves any more: all is confirmed, all of it has taken effect."""
        for _ in range(ROUNDS):
            before = _standing()
            self.work()
            self.node.mine(CONFIRMATIONS + 1)
            self.listen()
            self.work()
            if _standing() == before:
                return
        raise AssertionError(f"still moving after {ROUNDS} rounds")

    # People at their screens

    def person(self, name: str) -> User:
        return User.objects.get(email=f"{name}@portal.example")

    def browser(self, user: User | str) -> Client:
        client = Client()
        client.force_login(self.person(user) if isinstance(user, str) else user)
        return client

    def api(self, user: User | str) -> APIClient:
        client = APIClient(headers={"Idempotency-Key": uuid4().hex})
        client.force_authenticate(self.person(user) if isinstance(user, str) else user)
        return client

    def press(self, who: str, row: Model, button: str, **form) -> str:
        """Press a button of the admin, and return what the screen then says."""
        opts = row._meta
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_{button}", args=[row.pk])
        answer = self.browser(who).post(address, {"reason": REASON, "_form_submitted": "True", **form})
        assert answer.status_code == 200 and "HX-Redirect" in answer.headers, answer.content.decode()[:2000]
        return " ".join(str(message) for message in get_messages(answer.wsgi_request))

    def decide(self, who: str, row: Model, button: str, **form) -> None:
        """Press a button whose decision must be taken."""
        said = self.press(who, row, button, **form)
        assert said.endswith(": done."), said

    def approve_operations(self, **which: object) -> list[ChainOperation]:
        """An officer who did not ask for it consents to each call that waits for that."""
        waiting = ChainOperation.objects.filter(state="AWAITING_APPROVAL", **which).order_by("requested_at")
        for operation in (waiting := list(waiting)):
            other = next(name for name in OFFICERS if self.person(name) != operation.requested_by)
            self.decide(other, operation, "approve")
        return waiting

    def settle_with_approvals(self, **which: object) -> None:
        self.settle()
        while self.approve_operations(**which):
            self.settle()

    # The platform's wallets and the world outside, acting on the chain alone

    def platform_calls(self, purpose: Purpose, contract: str, function: str, *arguments: object) -> dict:
        return self.node.send_as(platform(purpose), calls.call(contract, function, *arguments))

    def platform_calls_asset(self, asset, purpose: Purpose, function: str, *arguments: object) -> dict:
        call = calls.call_at(asset.token_address, "AssetToken", function, *arguments)
        return self.node.send_as(platform(purpose), call)

    def give_usdc(self, address: str, amount: int) -> None:
        dev_usdc.mint(to=address, amount=amount)

    def transfer_usdc(self, name: str, to: str, amount: int) -> dict:
        return self.node.send(key_of(name), calls.transfer_usdc(to, amount))

    def blacklist(self, address: str) -> None:
        """Circle lets an address neither send nor receive its dollars."""
        self._as_circle("blacklist", address)

    def unblacklist(self, address: str) -> None:
        self._as_circle("unBlacklist", address)

    def _as_circle(self, function: str, address: str) -> None:
        call = calls.call_at(deployments.address("USDC"), "FiatTokenV2_2", function, address)
        self.node.send(local.account("circle"), call)

    # Orders

    def investor(self, name: str) -> Investor:
        return Investor.objects.get(user=self.person(name))

    def order(self, name: str, asset, units: int) -> Subscription:
        """Order by the API, as the person."""
        asset.refresh_from_db()
        body = {
            "asset_id": str(asset.pk),
            "amount_requested": str(units),
            "terms_hash": asset.metadata_hash,
        }
        answer = self.api(name).post("/api/subscriptions", body, format="json")
        assert answer.status_code == 201, answer.content
        return Subscription.objects.get(pk=answer.json()["id"])

    def sign_payment(self, order: Subscription, name: str) -> None:
        """Sign the payment on its page; the portal sends it."""
        shown = receive_with_authorization_typed_data(order.asset.escrow_address, order_of(order))
        signed = key_of(name).sign_typed_data(full_message=shown)
        page = reverse("orders:sign", args=[order.pk])
        signature = "0x" + signed.signature.hex().removeprefix("0x")
        answer = self.browser(name).post(page, {"signature": signature})
        assert answer.status_code == 302, answer.content.decode()[:3000]

    def paid_order(self, name: str, asset, units: int) -> Subscription:
        order = self.order(name, asset, units)
        self.sign_payment(order, name)
        self.settle()
        order.refresh_from_db()
        assert order.status == "PAID"
        return order

    def approve(self, order: Subscription, who: str = "officer.a") -> ChainOperation:
        """Accept an order by the API; its mint then waits for another person."""
        answer = self.api(who).post(
            f"/api/subscriptions/{order.pk}/approve", {"reason": REASON}, format="json"
        )
        assert (answer.status_code, answer.json()["approvals"]) == (202, "0/1"), answer.content
        return ChainOperation.objects.get(pk=answer.json()["operation"])

    def minted_order(self, name: str, asset, units: int) -> Subscription:
        order = self.paid_order(name, asset, units)
        self.approve(order)
        self.settle_with_approvals()
        order.refresh_from_db()
        assert order.status == "MINTED"
        return order


def status_of(row: Model) -> str:
    row.refresh_from_db()
    for name in ("state", "status", "settlement_status"):
        if hasattr(row, name):
            return str(getattr(row, name))
    raise AttributeError(row)


def _standing() -> tuple[object, ...]:
    """All that a task could still move; not the position, which moves with every block."""
    cursor = Cursor.objects.first()
    behind = None if cursor is None else cursor.reacted_number < (cursor.confirmed_number or 0)
    return (
        behind,
        list(ChainOperation.objects.order_by("pk").values_list("pk", "state", "settled_at")),
        list(Subscription.objects.order_by("pk").values_list("pk", "status")),
        list(Payment.objects.order_by("pk").values_list("pk", "status", "amount_returned")),
        list(DividendDistribution.objects.order_by("pk").values_list("pk", "status", "total_funded")),
        list(DividendClaim.objects.order_by("pk").values_list("pk", "state")),
        list(Redemption.objects.order_by("pk").values_list("pk", "settlement_status")),
        list(ReactionFailure.objects.order_by("pk").values_list("pk", "status")),
        Incident.objects.filter(closed_at=None).count(),
    )
