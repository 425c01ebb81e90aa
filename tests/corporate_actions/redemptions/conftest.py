import pytest
from django.utils import timezone

from tests.corporate_actions.redemptions import factories
from tests.people import AT, person
from tests.subscriptions.factories import make_asset

DECIDE = [
    "settle_redemption",
    "record_settlement",
    "hold_redemption",
    "cancel_redemption_for",
    "open_final_redemption",
]
SEE = ["view_redemption", "view_offchainsettlement", "view_finalredemption", "view_redemptionfact"]


@pytest.fixture(autouse=True)
def one_approval(settings):
    settings.APPROVALS_NEEDED = {"*": 1}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Let the interfaces believe that it is AT."""
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def suite(db):
    factories.deploy_suite()


@pytest.fixture
def asset(suite):
    return make_asset()


@pytest.fixture
def wallet(asset):
    """Holds 20.00 units."""
    return factories.make_holder(asset)


@pytest.fixture
def holder(wallet):
    return wallet.investor.user


@pytest.fixture
def treasurer(db):
    return person("treasurer", *DECIDE, *SEE)


@pytest.fixture
def officer(db):
    return person("officer.a", *DECIDE, *SEE, "approve_operation", "view_chainoperation")


@pytest.fixture
def requested(asset, wallet):
    return factories.redemption_in("REQUESTED", asset, wallet)


@pytest.fixture
def pending(asset, wallet):
    return factories.redemption_in("PENDING", asset, wallet)


@pytest.fixture
def outside(asset, wallet):
    """Locked, and to be settled outside the chain."""
    return factories.redemption_in("PENDING", asset, wallet, method="OFF_CHAIN")
