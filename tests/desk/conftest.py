import pytest

from tests.people import in_role, person
from tests.subscriptions import factories
from tests.subscriptions.conftest import asset, no_broker, now, one_approval, suite, wallet  # noqa: F401


@pytest.fixture
def officer(db):
    return in_role("officer.a", "compliance_officer")


@pytest.fixture
def second(db):
    return in_role("officer.b", "compliance_officer")


@pytest.fixture
def clerk(db):
    return person("clerk")


@pytest.fixture
def paid(asset, wallet, officer):  # noqa: F811
    return factories.order_in("PAID", asset, wallet, officer)
