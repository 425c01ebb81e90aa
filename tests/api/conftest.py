"""The whole API over rows of every kind, asked by each kind of principal."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from contracts.deployment_plan import MODULES
from contracts.models import ChainOperation, Deployment
from corporate_actions import actions as corporate_actions
from indexer.models import EventLog
from investors.kyc.sumsub import Sumsub
from rwa_portal.core import api_keys
from rwa_portal.core.models import User
from subscriptions import actions as subscriptions
from tests.assets.factories import timelock_says
from tests.corporate_actions import factories as dividends
from tests.corporate_actions.redemptions import factories as redemptions
from tests.people import AT, in_role
from tests.subscriptions import factories as orders

REASON = "Papers checked."
OFFICERS = ("compliance_officer", "treasurer", "operations")
CSRF = "c" * 32
CONTRACTS = [*MODULES, "AssetFactory", "AssetTokenImplementation", "EscrowImplementation", "Timelock", "USDC"]


@dataclass
class Principal:
    """How somebody signs in: the headers and cookies of each of its requests."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """A row of every kind: the ids that requests name, and who asks."""

    ids: dict[str, str]  # by the path's first word, and by the field of a body
    principals: dict[str, Principal]


@pytest.fixture(autouse=True)
def kept_connection():
    """As Django's own test client does: the end of a request must not close the test's connection."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def world(db, monkeypatch, settings) -> World:
    settings.APPROVALS_NEEDED = {"*": 1}
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: None)
    monkeypatch.setattr("rwa_portal.core.throttles.take", lambda **who: None)
    monkeypatch.setattr(timezone, "now", lambda: AT)
    monkeypatch.setattr(
        Sumsub, "open_applicant", lambda self, *, external_id, level: f"app-{external_id[:8]}"
    )
    monkeypatch.setattr(
        Sumsub, "hosted_link", lambda self, *, external_id, level, return_url: "https://sumsub.example/p/x"
    )
    _deploy()
    officer, buyer = in_role("officer", *OFFICERS), orders.make_buyer(orders.BUYER.address)
    return World(_rows(officer, buyer), _principals(officer, buyer.investor.user))


def _deploy() -> None:
    for number, name in enumerate(CONTRACTS, 700):
        Deployment.objects.create(
            network="dev",
            chain_id=django_settings.CHAIN.chain_id,
            name=name,
            address=f"0x{number:040d}",
            abi_version="v1",
            code_hash=orders.HASH,
            block_number=1,
            deployed_at=AT,
        )
    dividends.confirmed_until(dividends.RECORD_BLOCK + 100)


def _rows(officer: User, buyer) -> dict[str, str]:
    asset = orders.make_asset()
    orders.make_proof(asset)
    dividends.give(asset, buyer.address, 2000)
    subscription = orders.order_in("PAID", asset, buyer, officer)
    orders.order_in("REQUESTED", asset, buyer, officer)
    operation = subscriptions.approve_subscription(
        subscription_id=orders.order_in("PAID", asset, buyer, officer).pk, by=officer, at=AT, reason=REASON
    )
    dividend = dividends.drafted(asset, officer)
    corporate_actions.declare_distribution(distribution_id=dividend.pk, by=officer, at=AT, reason=REASON)
    redemption = redemptions.redemption_in("PENDING", asset, buyer)
    timelock_says(172_800)
    rows = {
        "assets": asset.pk,
        "issuers": asset.issuer_id,
        "investors": buyer.investor_id,
        "subscriptions": subscription.pk,
        "dividends": dividend.pk,
        "redemptions": redemption.pk,
        "operations": operation.pk,
        "events": EventLog.objects.get().pk,
        "asset_id": asset.pk,
        "issuer_id": asset.issuer_id,
        "investor_id": buyer.investor_id,
        "wallet_id": buyer.pk,
    }
    return {name: str(pk) for name, pk in rows.items()} | {"terms_hash": orders.HASH}


def _principals(officer: User, investor: User) -> dict[str, Principal]:
    _, text = api_keys.issue_api_key(
        service_name="integrator",
        label="tests",
        scopes=sorted(api_keys.SCOPES),
        expires_at=AT + timedelta(days=30),
        by=officer,
        at=AT,
        reason=REASON,
    )
    return {
        "officer": _signed_in(officer),
        "investor": _signed_in(investor),
        "machine": Principal(headers={"Authorization": f"Bearer {text}"}),
        "nobody": Principal(),
    }


def _signed_in(user: User) -> Principal:
    client = Client()
    client.force_login(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return Principal({"X-CSRFToken": CSRF}, {**cookies, django_settings.CSRF_COOKIE_NAME: CSRF})


@pytest.fixture
def chain_world(world) -> World:
    """With what can still be decided: a declared dividend that waits for money, somebody else's operation."""
    officer = User.objects.get(email="officer@portal.example")
    asset, _ = dividends.asset_held_by(100)
    world.ids["funded"] = str(dividends.snapshotted(asset, officer).pk)
    other = in_role("other", *OFFICERS)
    order = orders.order_in("PAID", orders.make_asset(), orders.make_buyer(), other)
    orders.make_proof(order.asset)
    operation = subscriptions.approve_subscription(subscription_id=order.pk, by=other, at=AT, reason=REASON)
    ChainOperation.objects.filter(pk=operation.pk).update(key="else's")
    return world


@pytest.fixture
def machine_without(world):
    """A machine with every scope but one."""

    def make(scope: str) -> APIClient:
        _, text = api_keys.issue_api_key(
            service_name="poor",
            label="tests",
            scopes=sorted(set(api_keys.SCOPES) - {scope}),
            expires_at=AT + timedelta(days=30),
            by=in_role("issuer-of-keys", "operations"),
            at=AT,
            reason=REASON,
        )
        return APIClient(headers={"Authorization": f"Bearer {text}", "Idempotency-Key": "k1"})

    return make


@pytest.fixture
def stranger(world) -> APIClient:
    """Another investor."""
    client = APIClient()
    client.force_login(orders.make_buyer().investor.user)
    return client


@pytest.fixture
def client_without_session() -> APIClient:
    return APIClient()
