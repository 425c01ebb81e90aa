"""Investors and wallets for the tests of every app. Rows are written directly; interfaces have tests."""

import uuid
from datetime import UTC, date, datetime

from investors import personal
from investors.models import Investor, KycStatus, Wallet
from rwa_portal.core.models import User

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
PERSON = personal.PersonalDetails(
    given_names="Zoltana Marike",
    family_names="Quintessa-Featherstone",
    date_of_birth=date(1987, 6, 5),
    residential_address="17 Marmalade Quay, 20457 Hamburg",
)  # unlikely words, so that a scan for leaks finds them


def make_investor(*, status: str = KycStatus.VERIFIED, user: User | None = None, **columns) -> Investor:
    identity = uuid.uuid4()
    name = f"investor-{identity.hex[:8]}"
    verified = {"kyc_hash": "0x" + "11" * 32, "kyc_valid_until": date(2027, 3, 31)}
    return Investor.objects.create(
        **{
            "id": identity,
            "user": user or User.objects.create_user(f"{name}@portal.example"),
            "kyc_status": status,
            "jurisdiction_code": "DE",
            "declared_type": "RETAIL",
            "created_at": AT,
            **(verified if status == KycStatus.VERIFIED else {}),
            **personal.seal(identity, PERSON),
            **columns,
        }
    )


def make_wallet(investor: Investor, address: str | None = None, **columns) -> Wallet:
    primary = not investor.wallets.filter(is_primary=True).exists()
    return Wallet.objects.create(
        **{
            "investor": investor,
            "address": address or "0x" + uuid.uuid4().hex + "00000000",
            "is_primary": primary,
            "proven_at": AT,
            "proof_message": "test",
            "proof_signature": b"\x01" * 65,
            **columns,
        }
    )
