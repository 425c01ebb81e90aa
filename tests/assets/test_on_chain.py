"""The whole way of an asset against the real contracts: what the portal asks, and what the chain answers."""

import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from assets import actions, queries
from assets.models import Asset, CustodyProof
from contracts import calls, reads, tasks
from contracts.models import ChainOperation, Purpose
from contracts.wallets import platform
from indexer.advance import advance
from indexer.models import Incident, ReactionFailure
from rwa_portal.core.models import AuditEvent
from tests.contracts import chain
from tests.contracts.conftest import DevChain

from .factories import REASON, full_terms, pdf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def suite(anvil, settings):
    """The contracts, on a real anvil; operations need no approval."""
    settings.CHAIN = chain.parameters(anvil.url)
    settings.APPROVALS_NEEDED = {"*": 0}
    dev_chain = DevChain(anvil.url)
    call_command("deploy_contracts", network="dev", stdout=StringIO())
    yield dev_chain
    settings.CHAIN = chain.parameters(anvil.url)
    dev_chain.forget()


def follow() -> None:
    tasks.submit_operations()
    chain.wait_for_pool()
    chain.mine(2)
    advance(at=timezone.now())
    tasks.follow_operations()
    assert not list(ReactionFailure.objects.values_list("event__event_name", flat=True))
    assert not list(Incident.objects.values_list("summary", flat=True))


def bring(issuer, officer, **changes) -> Asset:
    now = timezone.now().replace(microsecond=0)
    days = {"opens_at": now, "closes_at": now + timedelta(days=30), "lock_up_until": now + timedelta(days=40)}
    asset = actions.create_asset(
        issuer_id=issuer.pk, changes=full_terms(**{**days, **changes}), by=officer, at=now
    )
    follow()
    return Asset.objects.get(pk=asset.pk)


@pytest.fixture
def on_chain(issuer, officer):
    return bring(issuer, officer)


def test_the_factory_deploys_what_was_approved_and_its_events_agree_with_us(on_chain):
    before = (on_chain.terms, on_chain.pay_to, on_chain.unit_price)
    on_chain.refresh_from_db()

    assert on_chain.status == "ACTIVE"
    assert (on_chain.token_address, on_chain.escrow_address) == tuple(calls.predict_asset(on_chain.pk))
    assert (on_chain.terms, on_chain.pay_to, on_chain.unit_price) == before
    assert ChainOperation.objects.get().state == "CONFIRMED"
    kinds = ["asset.terms_set", "asset.policy_set", "asset.limits_set"]
    assert not AuditEvent.objects.filter(kind__in=kinds).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"max_holders": None, "lock_up_until": None, "min_holding": None},
        {"supply_cap": 2**96 - 1, "unit_price": 1, "decimals": 18, "name": "Häuser & Höfe 100%"},
        {"asset_type": "CREDIT", "particulars": {"borrower": "Muster AG"}, "decimals": 0, "symbol": "A1"},
    ],
)
def test_every_kind_of_terms_is_accepted_by_the_contracts(issuer, officer, changes):
    assert bring(issuer, officer, **changes).status == "ACTIVE"


def test_a_proof_is_valid_by_the_custodians_attestation(on_chain, officer, second):
    now = timezone.now()
    proof = actions.record_proof(
        asset_id=on_chain.pk,
        custodian_reference="C-1",
        units=500_000,
        expiry_at=None,
        file_name="certificate.pdf",
        file=pdf(),
        by=officer,
        at=now,
    )
    actions.verify_proof(proof_id=proof.pk, by=second, at=now, reason=REASON)
    follow()

    proof.refresh_from_db()
    assert (proof.status, proof.attest_tx_hash is not None) == ("VALID", True)
    assert queries.valid_proof(on_chain) == proof

    chain.send_first(platform(Purpose.PAUSER), calls.revoke_backing(on_chain.token_address))
    follow()

    assert CustodyProof.objects.get().expired_because == "revoked"
    with pytest.raises(queries.CustodyProofMissing, match="C-1 was revoked"):
        queries.valid_proof(on_chain)


def until_executed(asset: Asset) -> None:
    """Let the dev chain's delay (1 s) and our spare time pass, then send what has waited for it."""
    follow()
    until = time.monotonic() + 20
    while queries.status_calls(asset).exists() and time.monotonic() < until:
        time.sleep(0.5)
        follow()
    follow()


def ask(act, asset: Asset, officer) -> ChainOperation:
    operation = act(asset_id=asset.pk, by=officer, at=timezone.now(), reason=REASON)
    until_executed(asset)
    operation.refresh_from_db()
    return operation


def status_on_chain(asset: Asset) -> int:
    return int(reads.ask(str(asset.token_address), "AssetToken", "status"))


def test_a_token_is_paused_resumed_paused_and_closed_for_ever(on_chain, officer):
    told = []
    for act in (actions.pause_asset, actions.resume_asset, actions.pause_asset, actions.mark_redeemed):
        operation = ask(act, on_chain, officer)
        told.append((operation.state, Asset.objects.get().status, status_on_chain(on_chain)))

    assert told == [
        ("CONFIRMED", "PAUSED", 1),
        ("CONFIRMED", "ACTIVE", 0),
        ("CONFIRMED", "PAUSED", 1),
        ("CONFIRMED", "REDEEMED", 2),
    ]
    before = ChainOperation.objects.count()
    with pytest.raises(queries.AssetNotPaused):
        actions.resume_asset(asset_id=on_chain.pk, by=officer, at=timezone.now(), reason=REASON)
    assert ChainOperation.objects.count() == before


def test_a_pauser_that_lost_its_role_pauses_nothing_and_the_asset_stays_active(on_chain, officer):
    revoke = calls.call(
        "RoleRegistry", "revokeOperational", reads.keccak(b"PAUSER"), platform(Purpose.PAUSER).address
    )
    chain.send_first(platform(Purpose.GUARDIAN), revoke)
    chain.wait_for_pool()

    operation = ask(actions.pause_asset, on_chain, officer)

    assert (operation.state, Asset.objects.get().status) == ("REJECTED", "ACTIVE")
    assert AuditEvent.objects.get(kind="asset.pause_failed").reason_text == operation.failure


def test_a_deployment_the_chain_would_refuse_gives_the_asset_back_and_can_be_asked_for_again(issuer, officer):
    admin = platform(Purpose.ASSET_ADMIN).address
    role = reads.keccak(b"ASSET_ADMIN")
    revoke = calls.call("RoleRegistry", "revokeOperational", role, admin)
    chain.send_first(platform(Purpose.GUARDIAN), revoke)
    chain.wait_for_pool()

    asset = bring(issuer, officer)

    operation = ChainOperation.objects.get()
    assert (operation.state, asset.status) == ("REJECTED", "APPROVED")
    assert AuditEvent.objects.get(kind="asset.deployment_failed").reason_text == operation.failure
    again = actions.deploy_asset(asset_id=asset.pk, by=officer, at=timezone.now(), reason=REASON)
    assert again.pk != operation.pk
