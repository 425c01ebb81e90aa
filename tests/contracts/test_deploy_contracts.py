import uuid
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from contracts import calls, deploying, deployments, reads
from contracts.custody import local
from contracts.models import Deployment, DeploymentStep, Purpose
from contracts.wallets import platform
from indexer import rpc
from indexer.models import Watched

from . import chain

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = {
    "AssetFactory",
    "AssetTokenImplementation",
    "ComplianceModule",
    "CustodyRegistry",
    "DividendDistributor",
    "EscrowImplementation",
    "IssuanceModule",
    "RedemptionModule",
    "RoleRegistry",
    "SanctionsOracle",
    "Timelock",
    "USDC",
}


def deploy() -> str:
    out = StringIO()
    call_command("deploy_contracts", network="dev", stdout=out)
    return out.getvalue()


def deployers_nonce() -> int:
    return chain.nonce_of(local.address_of(deploying.DEPLOYER))


def test_it_deploys_the_suite_records_it_and_keeps_no_right(dev_chain):
    said = deploy()

    assert set(Deployment.objects.values_list("name", flat=True)) == NAMES
    assert "the deployer holds no role" in said
    assert reads.has_role("ASSET_ADMIN", platform(Purpose.ASSET_ADMIN).address)
    assert not reads.has_role("ASSET_ADMIN", local.address_of(deploying.DEPLOYER))
    assert deployments.domain("USDC")["name"] == "USD Coin"
    assert Deployment.objects.get(name="SanctionsOracle").is_mock


def test_run_twice_it_changes_nothing_and_says_so(dev_chain):
    deploy()
    before, nonce = list(Deployment.objects.order_by("name").values()), deployers_nonce()

    said = deploy()

    assert "Nothing to do" in said
    assert (list(Deployment.objects.order_by("name").values()), deployers_nonce()) == (before, nonce)


def test_every_address_is_watched_from_before_its_first_event(dev_chain):
    deploy()

    for row in Deployment.objects.exclude(name__in=["SanctionsOracle"]).exclude(name__endswith="tation"):
        assert Watched.objects.get(address=row.address).from_block <= row.block_number


def test_killed_at_every_step_it_resumes_and_sends_each_once(dev_chain, monkeypatch):
    """Each run is killed at its first new step: once before and once after the transaction is out."""
    send, deaths = deploying._send, {"before": 0, "after": 0}

    class Killed(BaseException):
        pass

    def killed_before(row, say):
        if chain.call("eth_getTransactionByHash", row.tx_hash) is None:
            deaths["before"] += 1
            raise Killed
        send(row, say)

    def killed_after(row, say):
        is_new = chain.call("eth_getTransactionByHash", row.tx_hash) is None
        send(row, say)
        if is_new:
            deaths["after"] += 1
            raise Killed

    start, has_ended = deployers_nonce(), False
    while not has_ended:
        for killer in (killed_before, killed_after):
            monkeypatch.setattr(deploying, "_send", killer)
            try:
                deploy()
                has_ended = True
            except Killed:
                assert not Deployment.objects.exists()

    steps = DeploymentStep.objects.count()
    assert deaths == {"before": steps, "after": steps}
    assert deployers_nonce() - start == steps
    assert set(Deployment.objects.values_list("name", flat=True)) == NAMES


def test_a_step_that_the_node_has_lost_is_sent_again(dev_chain, monkeypatch):
    send, lost = deploying._send, [19]
    monkeypatch.setattr(deploying, "LOST_AFTER_S", 0.2)
    monkeypatch.setattr(
        deploying, "_send", lambda row, say: lost.remove(row.number) if row.number in lost else send(row, say)
    )

    deploy()

    assert lost == []
    assert set(Deployment.objects.values_list("name", flat=True)) == NAMES


def test_a_step_that_would_send_other_contents_stops_it(dev_chain, monkeypatch):
    monkeypatch.setattr(deploying, "check", lambda plan: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        deploy()
    monkeypatch.undo()
    DeploymentStep.objects.filter(number=3).update(payload_hash="0x" + "00" * 32)
    nonce = deployers_nonce()

    with pytest.raises(CommandError, match="with other contents"):
        deploy()

    assert (deployers_nonce(), Deployment.objects.count()) == (nonce, 0)


def test_a_wiped_chain_is_named_and_nothing_is_sent(dev_chain):
    before = deployers_nonce()  # other tests may have left a suite of theirs on the session's chain
    deploy()
    dev_chain.forget()

    with pytest.raises(CommandError, match="the chain was wiped"):
        deploy()

    assert deployers_nonce() == before


def test_another_chain_id_is_refused(dev_chain, settings):
    settings.CHAIN = replace(settings.CHAIN, chain_id=8453)

    with pytest.raises(CommandError, match="dev is chain 31337, but CHAIN_ID is 8453"):
        deploy()

    assert not DeploymentStep.objects.exists()


def test_a_node_of_another_chain_is_refused(dev_chain, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rpc, "client", lambda: rpc.Rpc(dev_chain.url, chain_id=1))
        with pytest.raises(CommandError, match="serves chain 31337, not 1"):
            deploy()

    assert not DeploymentStep.objects.exists()


def test_the_portal_predicts_where_the_factory_puts_an_asset(dev_chain):
    deploy()
    asset_id = uuid.uuid4()

    assert calls.predict_asset(asset_id) == reads.predicted_asset(calls.word_of(asset_id))
