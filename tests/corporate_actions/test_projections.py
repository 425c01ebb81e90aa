import uuid
from datetime import UTC, datetime

import pytest

from corporate_actions import projections
from corporate_actions.models import DistributionFact, RedemptionFact
from indexer import registry as indexer
from indexer.registry import Event
from tests.people import AT

pytestmark = pytest.mark.django_db
TOKEN, HOLDER, PAYEE = ("0x" + digits * 20 for digits in ("11", "22", "33"))
SOURCE, HASH = "0x" + "44" * 20, "0x" + "ab" * 32
EXPIRY = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())


def event(name: str, seq: int, **payload: str) -> Event:
    abi, short = name.split(".")
    return Event(
        id=uuid.uuid4(),
        seq=seq,
        abi=abi,
        name=short,
        address=SOURCE,
        tx_hash=HASH,
        log_index=seq,
        block_number=seq,
        block_at=AT,
        payload=payload,
    )


def dividends() -> list[Event]:
    said = [
        (
            "Declared",
            {"token": TOKEN, "snapshotId": "3", "amount": "1000", "expiry": str(EXPIRY), "eligible": "50"},
        ),
        ("Funded", {"funder": PAYEE, "added": "400", "total": "400"}),
        ("Opened", {}),
        ("Claimed", {"token": TOKEN, "holder": HOLDER, "to": PAYEE, "amount": "7"}),
        ("ClaimSkipped", {"holder": HOLDER, "reason": "0x"}),
        ("Held", {"holder": HOLDER, "amount": "8"}),
        ("Swept", {"to": PAYEE, "amount": "9"}),
        ("Cancelled", {"to": PAYEE, "returned": "400"}),
    ]
    return [
        event(f"DividendDistributor.Dividend{name}", seq, id="1", **payload)
        for seq, (name, payload) in enumerate(said, 1)
    ]


def redemptions() -> list[Event]:
    who = {"token": TOKEN, "holder": HOLDER}
    said = [
        ("RedemptionRequested", {"id": "5", **who, "amount": "20", "minPayment": "1900"}),
        ("RedemptionCancelled", {"id": "5", "by": HOLDER}),
        ("RedemptionSettled", {"id": "6", **who, "to": PAYEE, "amount": "20", "payment": "2000"}),
        ("FinalRedemptionOpened", {"token": TOKEN, "price": "99", "funded": "990", "expiry": str(EXPIRY)}),
        ("FinalRedeemed", {**who, "to": PAYEE, "amount": "3", "payment": "297"}),
        ("FinalRedemptionSwept", {"token": TOKEN, "to": PAYEE, "amount": "1"}),
        ("Retired", {"token": TOKEN, "account": HOLDER, "amount": "4"}),
    ]
    return [event(f"RedemptionModule.{name}", seq, **payload) for seq, (name, payload) in enumerate(said, 1)]


def test_what_the_distributor_says_is_kept_as_it_was_said():
    for each in dividends():
        projections.project_distribution_facts([each])

    columns = ("kind", "number", "holder", "party", "amount")
    assert list(DistributionFact.objects.values_list(*columns)) == [
        ("DECLARED", 1, None, None, 1000),
        ("FUNDED", 1, None, PAYEE, 400),
        ("OPENED", 1, None, None, None),
        ("CLAIMED", 1, HOLDER, PAYEE, 7),
        ("CLAIM_SKIPPED", 1, HOLDER, None, None),
        ("HELD", 1, HOLDER, None, 8),
        ("SWEPT", 1, None, PAYEE, 9),
        ("CANCELLED", 1, None, PAYEE, 400),
    ]
    declared = DistributionFact.objects.get(kind="DECLARED")
    assert (declared.token, declared.snapshot_id, declared.eligible_units) == (TOKEN, 3, 50)
    assert declared.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert DistributionFact.objects.get(kind="FUNDED").total_funded == 400


def test_what_the_redemption_module_says_is_kept_as_it_was_said():
    projections.project_redemption_facts(redemptions())

    columns = ("kind", "number", "holder", "party", "units", "amount")
    assert list(RedemptionFact.objects.values_list(*columns)) == [
        ("REQUESTED", 5, HOLDER, None, 20, 1900),
        ("CANCELLED", 5, None, HOLDER, None, None),
        ("SETTLED", 6, HOLDER, PAYEE, 20, 2000),
        ("FINAL_OPENED", None, None, None, None, 990),
        ("FINAL_REDEEMED", None, HOLDER, PAYEE, 3, 297),
        ("FINAL_SWEPT", None, None, PAYEE, None, 1),
        ("RETIRED", None, HOLDER, None, 4, None),
    ]
    assert RedemptionFact.objects.get(kind="FINAL_OPENED").price == 99


def test_the_same_batch_twice_changes_nothing():
    paid, back = dividends(), redemptions()

    for _ in range(2):
        projections.project_distribution_facts(paid)
        projections.project_redemption_facts(back)

    assert (DistributionFact.objects.count(), RedemptionFact.objects.count()) == (len(paid), len(back))


def test_every_event_of_both_contracts_has_a_consumer():
    ours = ("DividendDistributor.", "RedemptionModule.")

    assert [name for name in indexer.event_names() if name.startswith(ours)]
    assert [line for line in indexer.missing() if line.startswith(ours)] == []
