from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from eth_abi import decode

from contracts import registry
from contracts.models import ChainOperation, State
from contracts.operations import OperationUnderWay
from indexer.registry import Event
from investors import hooks, operations, projections, queries
from investors.actions import allowlist_investor, classify_investor, disallow_investor
from investors.actions.profile import EvidenceMissing
from investors.models import Investor, KycSession, Wallet
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent
from tests.investors.conftest import FINAL, RETRY, notice_body, post_notice, rows_everywhere, work_off_all
from tests.investors.factories import AT, PERSON, make_investor, make_wallet
from tests.people import person

pytestmark = pytest.mark.django_db
INPUTS = ["(address,uint48,uint8,uint8,uint128,bool)[]"]
LAST_SECOND = int(datetime(2027, 4, 1, tzinfo=UTC).timestamp()) - 1


@pytest.fixture
def officer(db):
    return person("officer", "write_allowlist", "view_investor")


def allow(investor, officer, at=AT):
    return allowlist_investor(investor_id=investor.pk, by=officer, at=at, reason="Papers checked.")


def disallow(investor, officer):
    return disallow_investor(investor_id=investor.pk, by=officer, at=AT, reason="Court order.")


def event(name: str, wallet: Wallet, **payload) -> Event:
    return Event(
        id=uuid4(),
        seq=1,
        abi="ComplianceModule",
        name=name,
        address="0x" + "c0" * 20,
        tx_hash="0x" + "02" * 32,
        log_index=0,
        block_number=7,
        block_at=AT,
        payload={"wallet": wallet.address, **payload},
    )


def said_by_chain(investor: Investor) -> None:
    """What the two events of a confirmed allowlisting do."""
    for wallet in investor.wallets.all():
        projections.react_profile_set(
            event(
                "ProfileSet",
                wallet,
                investorId="4711",
                validUntil=str(LAST_SECOND),
                jurisdiction="57",
                investorType="0",
            )
        )
        projections.react_allowlist_updated(event("AllowlistUpdated", wallet, allowlisted=True))


def confirm(operation: ChainOperation) -> None:
    ChainOperation.objects.filter(pk=operation.pk).update(
        state=State.CONFIRMED, tx_hash="0x" + "02" * 32, block_number=7, block_hash="0x" + "03" * 32
    )


def test_one_call_says_all_wallets_of_a_person(verified, officer):
    operation = allow(verified, officer)

    assert (operation.kind, operation.to.lower()) == ("investors.allowlist", "0x" + "c0" * 20)
    (inputs,) = decode(INPUTS, bytes(operation.calldata)[4:])
    assert inputs == (
        ("0x" + "aa" * 20, LAST_SECOND, 57, 0, 4711, True),
        ("0x" + "bb" * 20, LAST_SECOND, 57, 0, 4711, True),
    )
    assert not Wallet.objects.allowlisted().exists()  # only the chain says so
    assert AuditEvent.objects.filter(kind="investor.allowlist_asked", by=officer).exists()


def test_the_calldata_and_facts_tell_nothing_of_the_person(verified, officer):
    operation = allow(verified, officer)

    told = bytes(operation.calldata).hex() + str(operation.facts)
    for secret in (PERSON.family_names, PERSON.given_names, "1987", str(verified.pk), verified.user.email):
        assert secret not in told and secret.encode().hex() not in told


def test_the_chains_word_sets_the_wallets(verified, officer):
    said_by_chain(verified)
    said_by_chain(verified)  # the same events again are harmless

    wallets = list(Wallet.objects.filter(investor=verified))
    assert {wallet.allowlisted_at for wallet in wallets} == {AT}
    assert {wallet.profile_valid_until for wallet in wallets} == {datetime.fromtimestamp(LAST_SECOND, UTC)}
    assert all(queries.is_on_chain(wallet) for wallet in wallets)
    assert AuditEvent.objects.filter(kind="wallet.allowlisted").count() == 2

    projections.react_allowlist_updated(event("AllowlistUpdated", wallets[0], allowlisted=False))
    assert Wallet.objects.get(pk=wallets[0].pk).allowlisted_at is None


def test_events_about_wallets_nobody_has_proven_are_skipped(verified):
    stranger = Wallet(address="0x" + "dd" * 20)

    projections.react_allowlist_updated(event("AllowlistUpdated", stranger, allowlisted=True))
    projections.react_sanction_set(event("SanctionSet", stranger, sanctioned=True))


def test_sanctions_and_freezes_follow_the_chain(verified):
    wallet = verified.wallets.first()
    projections.react_sanction_set(event("SanctionSet", wallet, sanctioned=True))
    projections.react_wallet_frozen(event("WalletFrozen", wallet, frozen=True))

    names = {
        rule.name for rule in queries.eligibility(verified, at=AT, wallet=Wallet.objects.get(pk=wallet.pk))
    }
    assert {"WALLET_SANCTIONED", "WALLET_FROZEN"} <= names


@pytest.mark.parametrize("status", ["PENDING", "REJECTED"])
def test_an_unverified_investor_is_refused(compliance_module, officer, status):
    investor = make_investor(status=status)
    make_wallet(investor)
    before = rows_everywhere()

    with pytest.raises(operations.InvestorNotVerified):
        allow(investor, officer)
    assert rows_everywhere() == before


def test_an_investor_without_a_wallet_is_refused(compliance_module, officer):
    with pytest.raises(operations.WalletMissing):
        allow(make_investor(), officer)
    assert not ChainOperation.objects.exists()


def test_an_expired_verification_is_refused(verified, officer):
    with pytest.raises(operations.VerificationExpired):
        allow(verified, officer, at=AT + timedelta(days=400))
    assert not ChainOperation.objects.exists()


def test_a_second_request_while_one_is_under_way_is_refused(verified, officer):
    allow(verified, officer)

    with pytest.raises(OperationUnderWay):
        allow(verified, officer)
    assert ChainOperation.objects.count() == 1


def test_what_the_chain_says_already_is_refused(verified, officer):
    confirm(allow(verified, officer))
    said_by_chain(verified)

    with pytest.raises(operations.AllowlistUnchanged):
        allow(verified, officer)


def test_a_new_wallet_and_a_longer_validity_can_be_written_later(verified, officer):
    confirm(allow(verified, officer))
    said_by_chain(verified)
    make_wallet(verified, "0x" + "ab" * 20)

    confirm(allow(verified, officer))

    (inputs,) = decode(INPUTS, bytes(ChainOperation.objects.latest("requested_at", "id").calldata)[4:])
    assert ChainOperation.objects.count() == 2 and len(inputs) in (2, 3)


def test_taking_off_names_the_listed_wallets_and_only_them(verified, officer):
    said_by_chain(verified)
    make_wallet(verified, "0x" + "ab" * 20)

    operation = disallow(verified, officer)

    wallets, listed = decode(["address[]", "bool"], bytes(operation.calldata)[4:])
    assert (set(wallets), listed) == ({"0x" + "aa" * 20, "0x" + "bb" * 20}, False)


def test_nobody_is_taken_off_who_is_not_on(verified, officer):
    with pytest.raises(operations.AllowlistUnchanged):
        disallow(verified, officer)
    assert not ChainOperation.objects.exists()


def test_recheck_refuses_a_call_that_is_no_longer_true(verified, officer, time_machine):
    time_machine.move_to(AT)
    operation = allow(verified, officer)
    assert hooks.recheck_allowlist(operation) == operation.facts

    make_wallet(verified, "0x" + "ab" * 20)
    with pytest.raises(operations.ProfileChanged):
        hooks.recheck_allowlist(operation)


@pytest.mark.parametrize("change", ["rejected", "reopened", "moved", "expired"])
def test_recheck_refuses_when_a_fact_is_gone(verified, officer, time_machine, change):
    time_machine.move_to(AT)
    operation = allow(verified, officer)
    investor = Investor.objects.get(pk=verified.pk)
    match change:
        case "rejected":
            investor.reject()
        case "reopened":
            investor.reopen()
        case "moved":
            investor.jurisdiction_code = "FR"
        case "expired":
            time_machine.move_to(AT + timedelta(days=400))
    investor.save()

    with pytest.raises(DomainError):
        hooks.recheck_allowlist(operation)


def test_both_kinds_have_hooks_and_a_title(verified, officer):
    operation = allow(verified, officer)

    for kind in (queries.ALLOWLIST, queries.DISALLOW):
        assert registry.hooks(kind).expects == "ComplianceModule.AllowlistUpdated"
    assert str(verified.pk) in registry.title(operation)


@pytest.mark.parametrize(("answer", "verdict"), [(FINAL, "FINAL"), (RETRY, "RETRY")])
def test_a_late_refusal_asks_for_removal_at_once(verified, vendor, poked, answer, verdict):
    said_by_chain(verified)
    session = KycSession.objects.create(
        investor=verified, provider="sumsub", level="basic-kyc", applicant_id="app-1", created_at=AT
    )
    vendor.answers = answer
    post_notice(notice_body(session, verdict))

    assert work_off_all() == ["APPLIED"]

    operation = ChainOperation.objects.get()
    assert (operation.kind, operation.requested_by.service_name) == ("investors.disallow", "kyc.sumsub")
    assert Investor.objects.get(pk=verified.pk).kyc_status != "VERIFIED"
    with pytest.raises(queries.InvestorNotEligible):
        queries.require_eligible(Investor.objects.get(pk=verified.pk), verified.wallets.first(), at=AT)


def test_a_late_refusal_while_the_allowlisting_is_on_its_way_takes_it_back(verified, officer, vendor, poked):
    allow(verified, officer)
    session = KycSession.objects.create(
        investor=verified, provider="sumsub", level="basic-kyc", applicant_id="app-1", created_at=AT
    )
    vendor.answers = FINAL
    post_notice(notice_body(session, "FINAL"))
    work_off_all()

    assert set(ChainOperation.objects.values_list("kind", flat=True)) == {queries.ALLOWLIST, queries.DISALLOW}


def test_a_type_needs_evidence_and_shortens_the_profile(verified, officer):
    with pytest.raises(EvidenceMissing):
        classify_investor(
            investor_id=verified.pk,
            investor_type="ACCREDITED",
            evidence="",
            valid_until=date(2026, 12, 31),
            by=officer,
            at=AT,
            reason="Tax return seen.",
        )
    assert Investor.objects.get(pk=verified.pk).investor_type == "RETAIL"

    classify_investor(
        investor_id=verified.pk,
        investor_type="ACCREDITED",
        evidence="INCOME",
        valid_until=date(2026, 12, 31),
        by=officer,
        at=AT,
        reason="Tax return seen.",
    )

    profile = queries.chain_profile(Investor.objects.get(pk=verified.pk))
    assert profile.investor_type == "ACCREDITED"
    assert profile.valid_until == int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) - 1


def test_nobody_has_a_profile_before_the_first_verification(investor):
    with pytest.raises(ValueError, match="before the first verification"):
        queries.chain_profile(investor)
