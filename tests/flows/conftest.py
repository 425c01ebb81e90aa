"""Flows go through the real contracts and the portal's own tasks; after each, the invariants must hold."""

from dataclasses import replace

import pytest
from django.utils import timezone

from assets.models import Asset
from indexer.rpc import Rpc
from investors.kyc.sumsub import Sumsub
from rwa_portal.conf.approvals import EVERYWHERE
from rwa_portal.conf.chain import DEV_CHAIN_ID
from tests.contracts import chain
from tests.flows import invariants, market
from tests.flows.snapshot import Snapshots
from tests.flows.world import CONFIRMATIONS, World
from tests.investors.conftest import Vendor


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Check the invariants as the last step of every flow, so that their failure is the flow's."""
    result = yield
    world = pyfuncitem.funcargs.get("world")
    if world is not None:
        world.settle()
        printed = "".join(pyfuncitem.funcargs["capfd"].readouterr())
        logged = pyfuncitem.funcargs["caplog"].text
        invariants.check(world, said=printed + logged)
    return result


@pytest.fixture(scope="package")
def snapshots(anvil):
    """The chain is given back as it was found: its time runs far ahead here."""
    first = _call(anvil.url, "evm_snapshot")
    yield Snapshots()
    _call(anvil.url, "evm_revert", first)


def _call(url: str, method: str, *params: object) -> object:
    return Rpc(url, chain_id=DEV_CHAIN_ID).call(method, params)


@pytest.fixture
def vendor(monkeypatch):
    """What Sumsub would answer; its webhooks are signed as it signs them."""
    vendor = Vendor()
    monkeypatch.setattr(Sumsub, "read", lambda self, *, applicant_id: vendor.read(applicant_id=applicant_id))
    monkeypatch.setattr(
        Sumsub, "open_applicant", lambda self, *, external_id, level: f"app-{external_id[:8]}"
    )
    monkeypatch.setattr(Sumsub, "hosted_link", lambda self, **_: "https://sumsub.test/p/x")
    return vendor


@pytest.fixture
def world(anvil, snapshots, settings, monkeypatch, transactional_db, vendor, capfd, caplog, request):
    """The contracts and the platform's people; with `asset`, an open market, too."""
    settings.CHAIN = replace(chain.parameters(anvil.url), confirmations=CONFIRMATIONS)
    settings.APPROVALS_NEEDED = {"*": 1, **EVERYWHERE}
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: None)

    def begin() -> World:
        world = World()
        monkeypatch.setattr(timezone, "now", world.now)
        return world

    def suite() -> None:
        market.deploy_suite(begin())

    def open_market() -> None:
        snapshots.go_to("suite", suite)
        market.open_market(begin(), vendor)

    if "asset" in request.fixturenames:
        snapshots.go_to("market", open_market)
    else:
        snapshots.go_to("suite", suite)
    caplog.clear()
    capfd.readouterr()
    world = begin()
    yield world
    world.node.close()


@pytest.fixture
def asset(world):
    return Asset.objects.get()
