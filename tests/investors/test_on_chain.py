"""The allowlist on the real ComplianceModule: what we ask for is what the chain then says."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from contracts import deployments, reads, tasks
from contracts.models import ChainOperation
from indexer import advance
from investors import queries
from investors.actions import allowlist_investor, disallow_investor
from investors.models import Wallet
from rwa_portal.core.jurisdictions import jurisdiction_number
from tests.contracts import chain
from tests.contracts.conftest import DevChain
from tests.investors.factories import make_investor, make_wallet
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def suite(anvil, settings):
    settings.CHAIN = chain.parameters(anvil.url)
    settings.APPROVALS_NEEDED = {"*": 0}
    dev_chain = DevChain(anvil.url)
    call_command("deploy_contracts", network="dev", stdout=StringIO())
    yield
    settings.CHAIN = chain.parameters(anvil.url)
    dev_chain.forget()


def carry_out(operation: ChainOperation) -> str:
    """Sign, mine and hear it, two blocks deep."""
    tasks.submit_operations()
    chain.wait_for_pool()
    chain.mine(3)
    for _ in range(3):
        advance.advance(at=timezone.now())
        tasks.follow_operations()
    return ChainOperation.objects.get(pk=operation.pk).state


def profile_of(address: str) -> tuple:
    module = deployments.address("ComplianceModule")
    return reads.ask(module, "ComplianceModule", "profileOf", address)


def test_allow_and_take_off_as_the_chain_sees_it(suite):
    until = datetime.now(UTC).date() + timedelta(days=300)
    investor = make_investor(kyc_valid_until=until, jurisdiction_code="US", chain_investor_id=2**128 - 1)
    wallets = [make_wallet(investor, "0x" + digit * 40).address for digit in ("7", "8")]
    officer = person("officer", "write_allowlist")
    asked = {"investor_id": investor.pk, "by": officer, "reason": "Papers checked."}

    allowed = allowlist_investor(**asked, at=timezone.now())
    assert carry_out(allowed) == "CONFIRMED"

    for address in wallets:
        valid_until, jurisdiction, investor_type, flags, investor_id = profile_of(address)
        assert (jurisdiction, investor_type, flags) == (jurisdiction_number("US"), 0, 1)  # 1: allowlisted
        assert investor_id == 2**128 - 1
        assert datetime.fromtimestamp(valid_until, UTC).date() == until
    assert all(queries.is_on_chain(wallet) for wallet in Wallet.objects.all())
    assert queries.eligibility(investor, at=timezone.now()) == []

    removed = disallow_investor(**asked, at=timezone.now())
    assert carry_out(removed) == "CONFIRMED"

    assert all(profile_of(address)[3] == 0 for address in wallets)
    assert not Wallet.objects.allowlisted().exists()
    names = [rule.name for rule in queries.eligibility(investor, at=timezone.now())]
    assert names == ["WALLET_NOT_ALLOWLISTED"]
    again = allowlist_investor(**asked, at=timezone.now())
    assert carry_out(again) == "CONFIRMED"
    assert Wallet.objects.allowlisted().count() == 2
