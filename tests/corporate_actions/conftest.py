import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.corporate_actions import factories
from tests.people import AT, person

TREASURY = ["declare_dividend", "fund_dividend", "sweep_dividend", "cancel_dividend"]
SEE = ["view_dividenddistribution", "view_dividendclaim"]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: None)


@pytest.fixture
def one_approval(settings):
    settings.APPROVALS_NEEDED = {"*": 1, "corporate_actions.pay_holders": 0}


@pytest.fixture
def now(monkeypatch):
    """Let the interfaces believe that it is AT."""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def dividends(db, one_approval, now):
    """The contracts' addresses; one other person must consent to each call."""
    factories.deploy_suite()


@pytest.fixture
def officer(db):
    return person("officer.a", "draft_dividend", "hold_dividend", *SEE)


@pytest.fixture
def treasurer(db):
    return person("treasurer", *TREASURY, *SEE)


@pytest.fixture
def api():
    def client(user, key="k1"):
        client = APIClient(headers={"Idempotency-Key": key} if key else {})
        client.force_authenticate(user)
        return client

    return client


@pytest.fixture
def held(dividends):
    return factories.asset_held_by(4000, 1000)


@pytest.fixture
def asset(held):
    return held[0]


@pytest.fixture
def draft(asset, officer):
    return factories.drafted(asset, officer)


@pytest.fixture
def snapshotted(asset, treasurer):
    return factories.snapshotted(asset, treasurer)
