from datetime import timedelta

from contracts.models import Deployment
from investors import models
from tests.investors.factories import AT, make_investor, make_wallet
from tests.rows import row_of


@row_of(models.Investor)
def investor() -> models.Investor:
    Deployment.objects.get_or_create(
        chain_id=31337,
        name="ComplianceModule",
        defaults={
            "network": "dev",
            "address": "0x" + "c0" * 20,
            "abi_version": "v1",
            "code_hash": "0x" + "00" * 32,
            "block_number": 1,
            "tx_hash": "0x" + "01" * 32,
            "deployed_at": AT,
        },
    )
    made = make_investor()
    make_wallet(made)
    return made


@row_of(models.Wallet)
def wallet() -> models.Wallet:
    return make_wallet(make_investor())


@row_of(models.WalletChallenge)
def challenge() -> models.WalletChallenge:
    return models.WalletChallenge.objects.create(
        investor=make_investor(),
        address="0x" + "aa" * 20,
        nonce="0123456789abcdef",
        message="test",
        issued_at=AT,
        expires_at=AT + timedelta(minutes=15),
    )


@row_of(models.KycSession)
def session() -> models.KycSession:
    return models.KycSession.objects.create(
        investor=make_investor(), provider="sumsub", level="basic-kyc", applicant_id="app-row", created_at=AT
    )


@row_of(models.WebhookDelivery)
def delivery() -> models.WebhookDelivery:
    about = session()
    return models.WebhookDelivery.objects.create(
        provider="sumsub",
        dedupe_key="0" * 64,
        session=about,
        person_id=about.investor_id,
        body=b"sealed",
        headers=b"sealed",
        received_at=AT,
        outcome=models.Outcome.QUARANTINED,
    )
