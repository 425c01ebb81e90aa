"""Dates, numbers and texts of an investor's eligibility. Pure: no database, no settings."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

CANONICAL_FORM = "rwa-portal/kyc/1"


def canonical_identity(facts: Mapping[str, str]) -> bytes:
    """
    Write the facts of an identity so that equal ones have equal bytes.

    Sorted JSON in UTF-8, texts in Unicode NFC without spaces around, under a version's name.
    """
    tidy = {name: unicodedata.normalize("NFC", value).strip() for name, value in facts.items()}
    return json.dumps({"form": CANONICAL_FORM, **tidy}, sort_keys=True, ensure_ascii=False).encode()


def kyc_hash(key: bytes, facts: Mapping[str, str]) -> str:
    """Return the keyed hash of an identity, 0x and 64 digits; without the key nobody can try names."""
    own_key = hmac.new(key, b"kyc_hash", hashlib.sha256).digest()
    return "0x" + hmac.new(own_key, canonical_identity(facts), hashlib.sha256).hexdigest()


def last_second(day: date) -> int:
    """Return the last second of a day in UTC, as the chain counts time."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    return int(midnight.timestamp()) - 1


def valid_until(reviewed_at: datetime, *, days: int) -> date:
    """Return the last day on which a verdict counts: as long as a review is believed, from the review on."""
    return reviewed_at.astimezone(UTC).date() + timedelta(days=days)


def profile_ends(kyc_until: date, type_until: date | None) -> date:
    """Return the earlier of two last days; the profile on chain says both with one date."""
    return kyc_until if type_until is None else min(kyc_until, type_until)
