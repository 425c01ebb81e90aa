import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django_fsm import TransitionNotAllowed

from assets import actions, hooks, projections, queries
from assets.actions.assets import IssuerUnknown
from assets.actions.deployment import AssetNotApproved
from assets.actions.issuers import ReviewerInvolved
from assets.models import Asset, AssetDocument
from contracts import calls
from contracts.models import ChainOperation, CustodyWallet
from indexer import registry as indexer
from indexer.models import Watched
from rwa_portal.core.actions import action
from rwa_portal.core.models import AuditEvent

from . import factories
from .factories import AT, PAY_TO, REASON, deployed_event, event, full_terms, written


def deploy(asset, by):
    return actions.deploy_asset(asset_id=asset.pk, by=by, at=AT, reason=REASON)


@pytest.fixture
def deploying(approved, officer):
    deploy(approved, officer)
    return Asset.objects.get()


@pytest.fixture
def operation(deploying):
    return ChainOperation.objects.get()


@pytest.fixture
def reviewed_chain(settings):
    """A chain where the policy asks for a legal review."""
    settings.APPROVALS_NEEDED = {"*": 1, "assets.review": 1}


def test_deploy_asks_for_one_call_and_watches_both_contracts(approved, officer):
    operation = deploy(approved, officer)

    approved.refresh_from_db()
    token, escrow = calls.predict_asset(approved.pk)
    assert approved.status == "DEPLOYING"
    assert (operation.kind, operation.key) == ("assets.deploy", f"asset:{approved.pk}:deploy")
    assert operation.wallet.purpose == "ASSET_ADMIN"
    assert operation.calldata == queries.deployment_call(approved).calldata
    assert dict(Watched.objects.values_list("abi", "address")) == {"AssetToken": token, "Escrow": escrow}
    assert approved.metadata_hash[2:] in bytes(operation.calldata).hex()
    assert hooks.deploy_title(operation) == (
        "Deploy Beispielhaus (HAUS) of Beispiel GmbH: its token and its escrow"
    )


def test_only_an_approved_asset_is_deployed_and_once(submitted, counsel, officer):
    before = written()
    with pytest.raises(AssetNotApproved):
        deploy(submitted, officer)
    assert written() == before

    actions.approve_asset(asset_id=submitted.pk, by=counsel, at=AT, reason=REASON)
    deploy(submitted, officer)
    with pytest.raises(AssetNotApproved):
        deploy(submitted, officer)
    assert ChainOperation.objects.count() == 1


def change_the_terms(asset):
    Asset.objects.filter(pk=asset.pk).update(min_units=7)


def change_a_document(asset):
    AssetDocument.objects.update(sha256="0x" + "cd" * 32)


def lose_the_registration(asset):
    type(asset.issuer).objects.update(status="IN_REVIEW")


SPOILS = [
    (change_the_terms, queries.MetadataChanged),
    (change_a_document, queries.MetadataChanged),
    (lose_the_registration, queries.IssuerNotRegistered),
]


@pytest.mark.parametrize(("spoil", "error"), SPOILS)
def test_nothing_is_deployed_but_what_was_approved(approved, officer, spoil, error):
    spoil(approved)
    before = written()

    with pytest.raises(error):
        deploy(approved, officer)

    assert written() == before
    assert not Watched.objects.exists()
    assert Asset.objects.get().status == "APPROVED"


@pytest.mark.parametrize(("spoil", "error"), SPOILS)
def test_the_recheck_reads_the_facts_again(deploying, operation, spoil, error):
    assert hooks.recheck_deploy(operation) == operation.facts
    spoil(deploying)

    with pytest.raises(error):
        hooks.recheck_deploy(operation)


def test_the_recheck_refuses_an_asset_that_no_longer_waits(deploying, operation):
    indexer.dispatch(deployed_event(deploying))

    with pytest.raises(hooks.AssetNotDeploying):
        hooks.recheck_deploy(operation)


def test_other_wallets_change_the_facts(deploying, operation):
    wallet = deploying.issuer.custodian_wallet
    CustodyWallet.objects.filter(pk=wallet.pk).update(address=PAY_TO)

    assert hooks.recheck_deploy(operation) != operation.facts


def test_a_failed_deployment_returns_the_asset_and_can_be_asked_for_again(deploying, operation, officer):
    fail = action(hooks.deploy_failed)
    fail(operation, "BLOCKED_BY_POLICY")
    fail(operation, "BLOCKED_BY_POLICY")

    assert Asset.objects.get().status == "APPROVED"
    assert AuditEvent.objects.filter(kind="asset.deployment_failed").count() == 1
    ChainOperation.objects.update(state="REJECTED")
    deploy(deploying, officer)
    assert (Asset.objects.get().status, Watched.objects.count()) == ("DEPLOYING", 2)


def test_asset_deployed_makes_it_active_once_however_often_it_is_heard(deploying):
    for _ in range(2):
        indexer.dispatch(deployed_event(deploying))

    asset = Asset.objects.get()
    assert (asset.status, asset.deployed_at) == ("ACTIVE", AT)
    assert (asset.token_address, asset.escrow_address) == tuple(calls.predict_asset(asset.pk))
    assert AuditEvent.objects.filter(kind="asset.deployed").count() == 1


@pytest.mark.parametrize("changes", [{"cap": "2"}, {"decimals": "3"}, {"metadataHash": "0x" + "00" * 32}])
def test_other_terms_than_approved_are_never_accepted(deploying, changes):
    with pytest.raises(projections.DeploymentDiffers):
        indexer.dispatch(deployed_event(deploying, **changes))

    assert Asset.objects.get().status == "DEPLOYING"


def test_a_deployment_nobody_asked_for_is_raised_to_be_parked(approved):
    with pytest.raises(TransitionNotAllowed):
        indexer.dispatch(deployed_event(approved))
    with pytest.raises(Asset.DoesNotExist):
        indexer.dispatch(deployed_event(approved, assetId="0x" + "11" * 16 + "00" * 16))

    assert Asset.objects.get().status == "APPROVED"


def hear_status(asset, status):
    indexer.dispatch(event("AssetToken.StatusChanged", asset.token_address, status=status))
    return Asset.objects.get().status


def test_the_token_pauses_resumes_and_closes_the_asset(active):
    heard = [hear_status(active, status) for status in ("0", "1", "1", "0", "1", "2", "2")]

    assert heard == ["ACTIVE", "PAUSED", "PAUSED", "ACTIVE", "PAUSED", "REDEEMED", "REDEEMED"]
    assert AuditEvent.objects.filter(kind__in=["asset.paused", "asset.active", "asset.redeemed"]).count() == 4


def test_a_redeemed_asset_stays_redeemed(active):
    hear_status(active, "1")
    hear_status(active, "2")

    with pytest.raises(TransitionNotAllowed):
        hear_status(active, "0")


def test_the_escrows_terms_are_taken_over(active):
    same = event("Escrow.TermsSet", active.escrow_address, payTo=PAY_TO, price=str(active.unit_price))
    indexer.dispatch(same)
    assert not AuditEvent.objects.filter(kind="asset.terms_set").exists()

    other = active.token_address
    indexer.dispatch(event("Escrow.TermsSet", active.escrow_address, payTo=other, price="5"))

    asset = Asset.objects.get()
    assert (asset.pay_to, asset.unit_price) == (other, 5)


def test_the_policy_and_limits_of_the_chain_are_taken_over(active):
    token = active.token_address
    for number, kind in enumerate(("RETAIL", "ACCREDITED", "INSTITUTIONAL", "SYSTEM")):
        word = calls.policy_word(active.terms["jurisdictions"].get(kind, ()), limited=True)
        policy = {"token": token, "investorType": str(number), "word": str(word)}
        indexer.dispatch(event("ComplianceModule.PolicySet", PAY_TO, **policy))
    seconds = str(int((AT + factories.timedelta(days=40)).timestamp()))
    limits = {"token": token, "maxHolders": "3", "lockUpUntil": seconds, "minHolding": "100"}
    indexer.dispatch(event("ComplianceModule.LimitsSet", PAY_TO, **limits))
    assert Asset.objects.get().terms == active.terms
    assert not AuditEvent.objects.filter(kind__in=["asset.policy_set", "asset.limits_set"]).exists()

    word = calls.policy_word(["FR", "AT"], limited=False)
    policy = {"token": token, "investorType": "0", "word": str(word)}
    indexer.dispatch(event("ComplianceModule.PolicySet", PAY_TO, **policy))
    none = {"token": token, "maxHolders": "0", "lockUpUntil": "0", "minHolding": "0"}
    indexer.dispatch(event("ComplianceModule.LimitsSet", PAY_TO, **none))

    terms = Asset.objects.get().terms
    assert terms["jurisdictions"]["RETAIL"] == ["AT", "FR"]
    assert terms["jurisdictions"]["ACCREDITED"] == ["DE", "US"]
    assert (terms["max_holders"], terms["lock_up_until"], terms["min_holding"]) == (None, None, None)


def test_an_asset_by_api_is_deployed_at_once_where_no_review_is_asked(issuer, officer):
    asset = actions.create_asset(issuer_id=issuer.pk, changes=full_terms(), by=officer, at=AT)

    assert (asset.status, asset.approved_by) == ("DEPLOYING", None)
    assert ChainOperation.objects.get().requested_by == officer


def test_an_asset_by_api_waits_for_another_persons_review(issuer, officer, counsel, reviewed_chain):
    asset = actions.create_asset(issuer_id=issuer.pk, changes=full_terms(), by=officer, at=AT)
    assert (asset.status, ChainOperation.objects.count()) == ("IN_REVIEW", 0)

    actions.approve_asset(asset_id=asset.pk, by=counsel, at=AT, reason=REASON)

    operation = ChainOperation.objects.get()
    assert Asset.objects.get().status == "DEPLOYING"
    assert (operation.requested_by, operation.state) == (officer, "AWAITING_APPROVAL")


def test_who_brought_an_asset_by_api_cannot_review_it(issuer, officer, reviewed_chain):
    asset = actions.create_asset(issuer_id=issuer.pk, changes=full_terms(), by=officer, at=AT)
    before = written()

    with pytest.raises(ReviewerInvolved):
        actions.approve_asset(asset_id=asset.pk, by=officer, at=AT, reason=REASON)

    assert written() == before


def test_a_returned_asset_by_api_is_deployed_for_who_asked(
    issuer, officer, counsel, applicant, reviewed_chain
):
    asset = actions.create_asset(issuer_id=issuer.pk, changes=full_terms(), by=officer, at=AT)
    actions.return_asset(asset_id=asset.pk, asked=["documents"], by=counsel, at=AT, reason=REASON)
    factories.add_deed(asset, applicant)
    actions.submit_asset(asset_id=asset.pk, by=applicant, at=AT)

    actions.approve_asset(asset_id=asset.pk, by=counsel, at=AT, reason=REASON)

    assert ChainOperation.objects.get().requested_by == officer


def test_a_public_chain_always_asks_for_a_review(settings):
    assert queries.reviews_needed() == 0

    settings.CHAIN = replace(settings.CHAIN, chain_id=421614)

    assert queries.reviews_needed() == 1


def test_an_asset_by_api_needs_a_registered_issuer(suite, applicant, officer):
    waiting = actions.submit_issuer(
        legal_name="Neu GmbH", registration_number="HRB 9", jurisdiction_code="DE", by=applicant, at=AT
    )
    before = written()

    with pytest.raises(queries.IssuerNotRegistered):
        actions.create_asset(issuer_id=waiting.pk, changes=full_terms(), by=officer, at=AT)
    with pytest.raises(IssuerUnknown):
        actions.create_asset(issuer_id=officer.pk, changes=full_terms(), by=officer, at=AT)

    assert written() == before


def test_an_asset_without_limits_counts_no_holders(issuer, officer):
    free = {"max_holders": None, "lock_up_until": None, "min_holding": None}
    actions.create_asset(issuer_id=issuer.pk, changes=full_terms(**free), by=officer, at=AT)

    asset = Asset.objects.get()
    assert queries._limits(asset) is None
    assert ChainOperation.objects.get().calldata == queries.deployment_call(asset).calldata


@pytest.mark.django_db(transaction=True)
def test_eight_officers_at_once_ask_for_one_deployment(applicant, officer, counsel):
    factories.deploy_suite()
    asset = factories.approved(factories.registered(applicant, officer), applicant, counsel)
    start = threading.Barrier(8)

    def race(_):
        try:
            start.wait(10)
            deploy(asset, officer)
            return "asked"
        except AssetNotApproved:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = sorted(pool.map(race, range(8)))

    assert results == ["asked"] + ["refused"] * 7
    assert ChainOperation.objects.count() == 1
