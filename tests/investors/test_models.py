import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from investors import personal
from investors.models import Investor, KycStatus
from rwa_portal.core.models import PersonKey
from tests.investors.factories import PERSON, make_investor, make_wallet

pytestmark = pytest.mark.django_db
ALLOWED = {
    "verify": {"PENDING", "VERIFIED", "REJECTED"},
    "reject": {"PENDING", "VERIFIED"},
    "reopen": {"VERIFIED", "REJECTED"},
}


@pytest.mark.parametrize("status", KycStatus.values)
@pytest.mark.parametrize("name", ALLOWED)
def test_each_transition_starts_only_where_the_table_says(status, name):
    investor = make_investor(status=status)
    arguments = {"kyc_hash": "0x" + "22" * 32, "valid_until": None} if name == "verify" else {}

    if status in ALLOWED[name]:
        getattr(investor, name)(**arguments)
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(investor, name)(**arguments)


def test_the_status_cannot_be_assigned():
    with pytest.raises(AttributeError):
        make_investor().kyc_status = KycStatus.PENDING


def test_a_verified_investor_without_hash_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_investor(kyc_hash=None)


def test_an_accredited_investor_without_evidence_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_investor(investor_type="ACCREDITED")


def test_an_address_belongs_to_one_investor():
    wallet = make_wallet(make_investor())

    with pytest.raises(IntegrityError), transaction.atomic():
        make_wallet(make_investor(), wallet.address)


def test_an_investor_has_one_primary_wallet():
    investor = make_investor()
    make_wallet(investor)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_wallet(investor, is_primary=True)


def test_chain_ids_differ_and_fit_u128():
    ids = {make_investor().chain_investor_id for _ in range(5)}

    assert len(ids) == 5
    assert all(0 < number < 2**128 for number in ids)


def test_personal_details_are_ciphertext_and_end_with_the_key():
    investor = make_investor()
    stored = Investor.objects.values_list(*personal.FIELDS).get(pk=investor.pk)

    assert not any(b"Quintessa" in bytes(value) or b"1987" in bytes(value) for value in stored)
    assert personal.unseal(investor).family_names == PERSON.family_names

    PersonKey.objects.filter(pk=investor.pk).delete()
    assert personal.unseal(investor).family_names == "[erased]"


def test_a_person_is_shown_as_an_id():
    investor = make_investor()

    assert str(investor) == str(investor.pk)
    assert "Quintessa" not in repr(PERSON)
