"""Each status is what its events say; whoever writes another into a row is found."""

import pytest

from corporate_actions.models import FinalRedemption, Redemption, RedemptionFact
from corporate_actions.reconciling_redemptions import check_final_redemptions, check_redemptions
from indexer import registry
from tests.corporate_actions.redemptions.factories import (
    DAY,
    MODULE,
    USDC,
    asked_on_chain,
    cancelled_on_chain,
    final_in,
    redemption_in,
    settled_on_chain,
)
from tests.people import AT
from tests.subscriptions.factories import event, hear, make_buyer, new_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def lives(asset, wallet):
    """One redemption in every state, by its events."""

    def locked(units: int) -> Redemption:
        row = redemption_in("REQUESTED", asset, wallet, units)
        hear(asked_on_chain(row))
        row.refresh_from_db()
        return row

    rows = {"REQUESTED": redemption_in("REQUESTED", asset, wallet, 100), "PENDING": locked(101)}
    rows |= {"SETTLED": locked(102), "CANCELLED": locked(103), "HELD": locked(104)}
    hear(settled_on_chain(rows["SETTLED"], 7), cancelled_on_chain(rows["CANCELLED"], MODULE))
    held = {"settlement_status": "HELD", "held_because": "BY_OFFICER", "held_at": AT}
    Redemption.objects.filter(pk=rows["HELD"].pk).update(**held)
    for row in rows.values():
        row.refresh_from_db()
    return rows


def found() -> list:
    return list(check_redemptions())


def test_what_the_events_bear_out_finds_nothing(lives):
    assert {row.settlement_status for row in lives.values()} == set(lives)
    assert found() == []
    assert {"redemptions", "final redemptions"} <= set(registry.predicates())
    assert {"redemption locks", "final redemptions"} <= set(registry.reconcilers())


OPEN_AGAIN = {
    "settlement_status": "PENDING",
    "ended_because": "",
    "cancelled_at": None,
    "cancel_tx_hash": None,
}
SETTLED = {"settlement_status": "SETTLED", "burn_tx_hash": "0x" + "11" * 32, "settled_at": AT, "payment": 7}


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("PENDING", {**SETTLED, "payee": MODULE}),
        ("PENDING", {"amount": 102}),
        ("SETTLED", {"payment": 8}),
        ("SETTLED", {"burn_tx_hash": "0x" + "11" * 32}),
        (
            "CANCELLED",
            {
                "settlement_status": "PENDING",
                "ended_because": "",
                "cancelled_at": None,
                "cancel_tx_hash": None,
            },
        ),
    ],
)
def test_a_row_that_its_events_do_not_bear_out_is_named(lives, status, columns):
    Redemption.objects.filter(pk=lives[status].pk).update(**columns)

    (finding,) = found()

    assert (finding.kind, finding.subject) == ("TAMPERED_ROW", f"redemption:{lives[status].pk}")
    assert finding.expected != finding.found


def test_two_settlements_of_one_redemption_are_named(lives):
    fact = RedemptionFact.objects.get(kind="SETTLED")
    fact.pk, fact.seq = lives["SETTLED"].pk, fact.seq + 1000
    fact.save(force_insert=True)

    assert [each.expected for each in found()] == ["each of its events once at most"]


def test_a_request_without_a_row_is_named_whether_its_holder_is_known_or_not(asset, wallet):
    stranger = new_address()
    model = redemption_in("REQUESTED", asset, wallet)
    hear(asked_on_chain(model, 9_000_001, holder=stranger))

    assert [each.kind for each in found()] == ["OUTSIDE_OPERATION"]
    make_buyer(stranger)
    assert [each.kind for each in found()] == ["INDEXER_LAG"]


def test_what_was_taken_of_a_final_redemption_is_compared_with_its_event(asset, wallet):
    said = {"holder": wallet.address, "to": wallet.address, "amount": "2000", "payment": str(1800 * USDC)}
    hear(event("RedemptionModule.FinalRedeemed", MODULE, token=asset.token_address, **said))
    assert found() == []

    Redemption.objects.update(payment=1)

    assert [each.kind for each in found()] == ["TAMPERED_ROW"]


def test_a_final_redemption_that_its_events_do_not_bear_out_is_named():
    final = final_in("DUE")
    said = {"price": "5", "funded": "90", "expiry": str(int((AT + DAY).timestamp()))}
    hear(event("RedemptionModule.FinalRedemptionOpened", MODULE, token=final.asset.token_address, **said))
    assert list(check_final_redemptions()) == []

    FinalRedemption.objects.update(funded=91)

    (finding,) = check_final_redemptions()
    assert (finding.expected, finding.found) == ("OPEN, funded 90", "OPEN, funded 91")
