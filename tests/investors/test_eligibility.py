from datetime import date, timedelta

import pytest

from assets.models import Asset
from investors import queries
from investors.models import Wallet
from tests.investors.factories import AT, make_investor, make_wallet

pytestmark = pytest.mark.django_db
ASSET = Asset(terms={"jurisdictions": {"RETAIL": ["DE"], "ACCREDITED": ["DE", "US"], "INSTITUTIONAL": []}})
ON_CHAIN = {"allowlisted_at": AT, "profile_valid_until": AT + timedelta(days=300)}


def names(investor, asset=ASSET, *, at=AT, wallet=None) -> list[str]:
    return [rule.name for rule in queries.eligibility(investor, asset, at=at, wallet=wallet)]


def test_a_verified_allowlisted_investor_of_an_allowed_country_is_eligible():
    investor = make_investor()
    wallet = make_wallet(investor, **ON_CHAIN)

    assert names(investor) == []
    queries.require_eligible(investor, wallet, ASSET, at=AT)


def test_every_failing_rule_is_named_with_a_remedy():
    investor = make_investor(status="PENDING", jurisdiction_code="US")

    failed = queries.eligibility(investor, ASSET, at=AT)

    assert [rule.name for rule in failed] == ["KYC_PENDING", "WALLET_MISSING", "JURISDICTION_REFUSED"]
    assert all(rule.text and rule.remedy for rule in failed)
    assert failed[-1].remedy == "Show evidence of being accredited."


@pytest.mark.parametrize(
    ("investor", "wallet", "at", "name"),
    [
        ({"status": "REJECTED"}, ON_CHAIN, AT, "KYC_REJECTED"),
        ({"kyc_valid_until": date(2026, 3, 30)}, ON_CHAIN, AT, "KYC_EXPIRED"),
        ({}, {}, AT, "WALLET_NOT_ALLOWLISTED"),
        ({}, {**ON_CHAIN, "profile_valid_until": AT - timedelta(days=1)}, AT, "PROFILE_EXPIRED"),
        ({}, {**ON_CHAIN, "frozen_at": AT}, AT, "WALLET_FROZEN"),
        ({}, {**ON_CHAIN, "sanctioned_at": AT}, AT, "WALLET_SANCTIONED"),
        ({"jurisdiction_code": "FR"}, ON_CHAIN, AT, "JURISDICTION_REFUSED"),
    ],
)
def test_each_rule_alone(investor, wallet, at, name):
    made = make_investor(**investor)
    make_wallet(made, **wallet)

    assert names(made, at=at) == [name]


def test_the_last_day_still_counts():
    investor = make_investor(kyc_valid_until=AT.date())
    make_wallet(investor, **ON_CHAIN)

    assert names(investor) == []


def test_evidence_that_has_expired_makes_an_investor_retail_again():
    investor = make_investor(
        jurisdiction_code="US",
        investor_type="ACCREDITED",
        type_evidence="INCOME",
        type_valid_until=AT.date(),
    )
    make_wallet(investor, **ON_CHAIN)

    assert names(investor) == []
    assert names(investor, at=AT + timedelta(days=1)) == ["JURISDICTION_REFUSED"]


def test_one_good_wallet_is_enough_but_a_named_one_must_be_good():
    investor = make_investor()
    make_wallet(investor, **ON_CHAIN)
    second = make_wallet(investor)

    assert names(investor) == []
    assert names(investor, wallet=second) == ["WALLET_NOT_ALLOWLISTED"]
    with pytest.raises(queries.InvestorNotEligible) as refusal:
        queries.require_eligible(investor, second, ASSET, at=AT)
    assert [rule.name for rule in refusal.value.failed] == ["WALLET_NOT_ALLOWLISTED"]


def test_anothers_wallet_does_not_count():
    wallet: Wallet = make_wallet(make_investor(), **ON_CHAIN)

    assert names(make_investor(), wallet=wallet) == ["WALLET_FOREIGN"]
