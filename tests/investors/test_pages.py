import json

import pytest
from eth_account import Account

from contracts.models import ChainOperation
from investors.models import Investor, KycSession, Wallet, WalletChallenge
from rwa_portal.conf.limits import LIMITS, Limit
from rwa_portal.core import drafts
from rwa_portal.core.models import AuditEvent
from tests.investors.conftest import rows_everywhere
from tests.investors.factories import AT, PERSON, make_investor, make_wallet
from tests.investors.test_wallets import ADDRESS, KEY, OTHER_KEY, signed
from tests.people import person

pytestmark = pytest.mark.django_db
PROFILE = {
    "given_names": PERSON.given_names,
    "family_names": PERSON.family_names,
    "date_of_birth": "1987-06-05",
    "residential_address": PERSON.residential_address,
    "jurisdiction_code": "DE",
    "declared_type": "RETAIL",
}


@pytest.fixture
def visitor(client, db):
    user = person("visitor", is_staff=False)
    client.force_login(user)
    return user


def test_pages_need_a_signed_in_person(client, db):
    for page in ("", "profile", "identity", "wallets"):
        assert client.get(f"/investor/{page}").status_code == 302


def test_a_newcomer_is_told_to_write_the_profile(client, visitor):
    page = client.get("/investor/").content.decode()

    assert "Tell us who you are" in page and 'href="/investor/profile"' in page
    assert client.get("/investor/identity").headers["Location"] == "/investor/profile"


def test_the_profile_is_saved_sealed(client, visitor):
    answer = client.post("/investor/profile", PROFILE)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/investor/")
    investor = Investor.objects.get()
    assert (investor.user, investor.kyc_status, investor.jurisdiction_code) == (visitor, "PENDING", "DE")
    assert b"Quintessa" not in bytes(investor.family_names)
    assert AuditEvent.objects.get(kind="investor.registered").by == visitor


def test_a_draft_comes_back_and_goes_with_the_profile(client, visitor):
    client.post(
        "/drafts/investor-profile", json.dumps({"given_names": "Half"}), content_type="application/json"
    )
    assert 'value="Half"' in client.get("/investor/profile").content.decode()

    client.post("/investor/profile", PROFILE)

    assert drafts.load(user=visitor, name="investor-profile") == {}


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"given_names": ""}, "given_names", "required"),
        ({"family_names": "Tab\there"}, "family_names", "passport"),
        ({"date_of_birth": "2020-01-01"}, "date_of_birth", "18"),
        ({"date_of_birth": "yesterday"}, "date_of_birth", "valid date"),
        ({"jurisdiction_code": "XX"}, "jurisdiction_code", "valid choice"),
        ({"declared_type": "SYSTEM"}, "declared_type", "valid choice"),
    ],
)
def test_a_wrong_profile_names_field_and_rule_and_stores_nothing(client, visitor, change, field, says):
    before = rows_everywhere()

    answer = client.post("/investor/profile", {**PROFILE, **change})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in page and says in page
    assert rows_everywhere() == before


def test_a_profile_can_be_corrected_until_it_is_verified(client, visitor):
    client.post("/investor/profile", PROFILE)
    client.post("/investor/profile", {**PROFILE, "jurisdiction_code": "FR"})
    assert Investor.objects.get().jurisdiction_code == "FR"

    verified = make_investor()
    client.force_login(verified.user)
    assert "cannot be changed here" in client.get("/investor/profile").content.decode()
    client.post("/investor/profile", {**PROFILE, "jurisdiction_code": "FR"})
    assert Investor.objects.get(pk=verified.pk).jurisdiction_code == "DE"


def test_verify_identity_gives_the_providers_page(client, investor, vendor):
    client.force_login(investor.user)
    assert "Verify identity" in client.get("/investor/identity").content.decode()

    page = client.post("/investor/identity").content.decode()

    assert 'href="https://sumsub.test/p/x"' in page
    assert KycSession.objects.get().investor == investor


def test_a_link_too_many_within_the_hour_is_refused(client, investor, vendor, monkeypatch):
    monkeypatch.setitem(LIMITS, "kyc_session", Limit(1, 3600))
    client.force_login(investor.user)
    assert client.post("/investor/identity").status_code == 200
    before = rows_everywhere()

    answer = client.post("/investor/identity")

    assert answer.status_code == 409
    assert "many links within an hour" in answer.content.decode()
    assert rows_everywhere() == before


def test_a_wallet_is_proven_through_the_pages(client, investor):
    client.force_login(investor.user)
    to_sign = client.post("/investor/wallets", {"address": ADDRESS}).headers["Location"]
    challenge = WalletChallenge.objects.get()
    assert challenge.message.splitlines()[0] in client.get(to_sign).content.decode()

    wrong = client.post(to_sign, {"signature": signed(challenge.message, OTHER_KEY)})
    assert wrong.status_code == 422 and "another wallet" in wrong.content.decode()
    assert not Wallet.objects.exists()

    right = client.post(to_sign, {"signature": signed(challenge.message)})
    assert right.headers["Location"] == "/investor/"
    assert Wallet.objects.get().address == Account.from_key(KEY).address


def test_another_persons_challenge_is_404(client, investor):
    client.force_login(investor.user)
    to_sign = client.post("/investor/wallets", {"address": ADDRESS}).headers["Location"]
    client.force_login(make_investor().user)

    assert client.get(to_sign).status_code == 404
    assert client.post(to_sign, {"signature": "0x"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("0x12", "40 hexadecimal"),
        ("0x" + "0" * 40, "zero address"),
        (ADDRESS.swapcase().replace("0X", "0x"), "checksum is wrong"),
    ],
)
def test_a_wrong_address_names_the_rule_and_stores_nothing(client, investor, address, says):
    client.force_login(investor.user)
    before = rows_everywhere()

    answer = client.post("/investor/wallets", {"address": address})

    assert answer.status_code == 422 and says in answer.content.decode()
    assert rows_everywhere() == before


def test_the_status_page_leads_to_the_end(client, investor, compliance_module, time_machine):
    time_machine.move_to(AT)
    client.force_login(investor.user)

    def says() -> str:
        return client.get("/investor/").content.decode()

    assert "Verify your identity" in says()
    session = KycSession.objects.create(
        investor=investor, provider="sumsub", level="l", applicant_id="a", status="pending", created_at=AT
    )
    assert "being reviewed" in says()
    KycSession.objects.update(status="completed", verdict="UNCLEAR")
    assert "A person is looking" in says()
    session.delete()
    investor.verify(kyc_hash="0x" + "11" * 32, valid_until=AT.date())
    investor.save()
    assert "Prove your wallet" in says()
    wallet = make_wallet(investor)
    assert "Waiting for compliance" in says()
    officer = person("officer", "write_allowlist")
    from investors.actions import allowlist_investor

    allowlist_investor(investor_id=investor.pk, by=officer, at=AT, reason="Checked.")
    assert ChainOperation.objects.count() == 1 and "being put on the allowlist" in says()
    Wallet.objects.filter(pk=wallet.pk).update(allowlisted_at=AT)
    assert "You can invest" in says()
    investor.reject()
    investor.save()
    assert "Your identity check was refused" in says()


def test_a_wallet_of_another_cannot_be_made_primary(client, investor):
    foreign = make_wallet(make_investor())
    client.force_login(investor.user)

    assert client.post(f"/investor/wallets/{foreign.pk}/primary").status_code == 404
