import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.people import AT, person
from tests.subscriptions import factories

DECIDE = ["approve_subscription", "reject_subscription", "link_payment", "return_payment"]
SEE = ["view_subscription", "view_payment", "view_refund", "view_orderfact"]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: None)


@pytest.fixture(autouse=True)
def one_approval(settings):
    settings.APPROVALS_NEEDED = {"*": 1, "subscriptions.relay_deposit": 0, "subscriptions.refund": 0}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Let the interfaces believe that it is AT."""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def suite(db):
    factories.deploy_suite()


@pytest.fixture
def asset(suite):
    asset = factories.make_asset()
    factories.make_proof(asset)
    return asset


@pytest.fixture
def wallet(db):
    return factories.make_buyer(factories.BUYER.address)


@pytest.fixture
def buyer(wallet):
    return wallet.investor.user


@pytest.fixture
def officer(db):
    return person("officer.a", *DECIDE, *SEE)


@pytest.fixture
def second(db):
    return person("officer.b", *DECIDE, *SEE, "approve_operation", "view_chainoperation")


@pytest.fixture
def order(asset, wallet):
    return factories.place(asset, wallet)


@pytest.fixture
def paid(asset, wallet, officer):
    return factories.order_in("PAID", asset, wallet, officer)


@pytest.fixture
def api():
    def client(user, key="k1"):
        client = APIClient(headers={"Idempotency-Key": key} if key else {})
        client.force_authenticate(user)
        return client

    return client
