import os

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import sync_playwright

from rwa_portal.core.models import User
from tests.browser.looking import Looking
from tests.people import in_role
from tests.subscriptions import factories
from tests.subscriptions.conftest import asset, no_broker, now, one_approval, suite, wallet  # noqa: F401

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium():
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in this thread
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium, live_server):
    """A page of somebody who has not signed in."""
    context = chromium.new_context(base_url=live_server.url)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def signed_in(client, visitor, live_server):
    """Make the page that of a user."""

    def page(user: User):
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        visitor.context.add_cookies([cookie])
        return visitor

    return page


@pytest.fixture
def look(visitor):
    return Looking(visitor)


@pytest.fixture
def officer(db):
    return in_role("officer.a", "compliance_officer")


@pytest.fixture
def second(db):
    return in_role("officer.b", "compliance_officer")


@pytest.fixture
def buyer(wallet):  # noqa: F811
    user = wallet.investor.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def order(asset, wallet, buyer):  # noqa: F811
    return factories.place(asset, wallet)


@pytest.fixture
def paid(asset, wallet, officer):  # noqa: F811
    return factories.order_in("PAID", asset, wallet, officer)
