import pytest

from corporate_actions import tasks_redemptions
from corporate_actions.models import FinalRedemption, Redemption
from indexer import registry
from rwa_portal.core.models import AuditEvent, User
from tests.corporate_actions.redemptions.factories import (
    DAY,
    MODULE,
    USDC,
    asked_on_chain,
    cancelled_on_chain,
    final_in,
    redemption_in,
    settled_on_chain,
    written,
)
from tests.people import AT
from tests.subscriptions.factories import event, hear, make_buyer, new_address

pytestmark = pytest.mark.django_db


def test_a_lock_on_chain_makes_the_request_pending_and_starts_its_clock(requested, settings):
    settings.REDEMPTION_DUE_DAYS = 7
    heard = asked_on_chain(requested, 41)

    hear(heard)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.number, kept.is_outside) == ("PENDING", 41, False)
    assert (kept.locked_at, kept.lock_tx_hash, kept.due_at) == (AT, heard.tx_hash, AT + 7 * DAY)
    assert not kept.is_overdue(AT + 6 * DAY)
    assert kept.is_overdue(AT + 7 * DAY)
    assert list(Redemption.objects.overdue(AT + 7 * DAY)) == [kept]


def test_of_two_requests_alike_the_oldest_is_matched_first(asset, wallet):
    late = redemption_in("REQUESTED", asset, wallet, created_at=AT + DAY)
    early = redemption_in("REQUESTED", asset, wallet)

    hear(asked_on_chain(early, 1), asked_on_chain(early, 2))

    assert dict(Redemption.objects.values_list("pk", "number")) == {early.pk: 1, late.pk: 2}


@pytest.mark.parametrize("changes", [{"amount": "499"}, {"minPayment": "1"}])
def test_a_request_on_chain_that_is_none_of_ours_gets_a_row_of_its_own(requested, changes):
    hear(asked_on_chain(requested, 7, **changes))

    requested.refresh_from_db()
    other = Redemption.objects.get(number=7)
    assert (requested.settlement_status, requested.number) == ("REQUESTED", None)
    assert (other.settlement_status, other.is_outside, other.wallet) == ("PENDING", True, requested.wallet)
    assert (other.amount, other.min_payment) == (
        int(changes.get("amount", 500)),
        int(changes.get("minPayment", 450 * USDC)),
    )


def test_a_request_of_an_unknown_holder_waits_until_its_wallet_is_proven(asset, wallet):
    stranger = new_address()
    model = redemption_in("REQUESTED", asset, wallet)
    hear(asked_on_chain(model, 9, holder=stranger))
    assert not Redemption.objects.filter(number=9).exists()

    proven = make_buyer(stranger)
    assert tasks_redemptions.adopt(at=AT) == 1

    adopted = Redemption.objects.get(number=9)
    assert (adopted.settlement_status, adopted.is_outside, adopted.wallet) == ("PENDING", True, proven)
    assert tasks_redemptions.adopt(at=AT) == 0


def test_what_is_paid_before_its_holder_was_known_is_booked_when_it_is(asset, wallet):
    stranger = new_address()
    model = redemption_in("REQUESTED", asset, wallet)
    hear(asked_on_chain(model, 9, holder=stranger))
    proven = make_buyer(stranger)
    model.number, model.wallet = 9, proven

    hear(settled_on_chain(model))

    assert Redemption.objects.get(number=9).settlement_status == "SETTLED"


@pytest.mark.parametrize("status", ["PENDING", "HELD"])
def test_a_settlement_on_chain_settles_whatever_we_thought(asset, wallet, status):
    redemption = redemption_in(status, asset, wallet)
    heard = settled_on_chain(redemption, 451 * USDC)

    hear(heard)

    kept = Redemption.objects.get()
    assert (kept.settlement_status, kept.payment, kept.payee) == ("SETTLED", 451 * USDC, wallet.address)
    assert (kept.burn_tx_hash, kept.settled_at, kept.held_because) == (heard.tx_hash, AT, "")
    assert AuditEvent.objects.get(kind="redemption.settled").by == User.service("chain")


@pytest.mark.parametrize("by_holder", [True, False])
def test_a_cancellation_on_chain_says_who_cancelled(pending, by_holder):
    heard = cancelled_on_chain(pending, pending.wallet.address if by_holder else MODULE)

    hear(heard)

    kept = Redemption.objects.get()
    assert kept.settlement_status == "CANCELLED"
    assert kept.ended_because == ("BY_HOLDER" if by_holder else "BY_ORDER")
    assert kept.cancel_tx_hash == heard.tx_hash


def test_each_event_may_come_again(requested):
    asked = asked_on_chain(requested, 3)
    hear(asked)
    requested.refresh_from_db()
    settled = settled_on_chain(requested)
    hear(settled)
    before = written()

    hear(asked, settled)

    assert written() == before


def test_a_settlement_of_what_was_cancelled_is_parked(pending):
    hear(cancelled_on_chain(pending, MODULE))
    before = written()

    with pytest.raises(Exception, match="Can't switch"):
        registry.dispatch(settled_on_chain(pending))

    assert written() == before


def opened(asset, price: int = 90 * USDC):
    said = {"price": str(price), "funded": str(1800 * USDC), "expiry": str(int((AT + DAY).timestamp()))}
    return event("RedemptionModule.FinalRedemptionOpened", MODULE, token=asset.token_address, **said)


@pytest.mark.parametrize("status", ["DUE", "OPENING"])
def test_a_final_redemption_is_open_when_the_chain_says_so(status):
    final = final_in(status)

    hear(opened(final.asset))

    kept = FinalRedemption.objects.get()
    assert (kept.status, kept.price, kept.funded, kept.expires_at) == (
        "OPEN",
        90 * USDC,
        1800 * USDC,
        AT + DAY,
    )


def test_a_final_redemption_nobody_noted_here_is_booked_too(asset):
    hear(opened(asset))

    assert FinalRedemption.objects.get().status == "OPEN"


def test_what_a_holder_takes_of_a_final_redemption_is_a_settled_redemption(asset, wallet):
    said = {"holder": wallet.address, "to": wallet.address, "amount": "2000", "payment": str(1800 * USDC)}
    heard = event("RedemptionModule.FinalRedeemed", MODULE, token=asset.token_address, **said)

    hear(heard, heard)

    taken = Redemption.objects.get()
    assert (taken.settlement_status, taken.method, taken.amount) == ("SETTLED", "FINAL", 2000)
    assert (taken.payment, taken.burn_tx_hash, taken.number) == (1800 * USDC, heard.tx_hash, None)


def test_a_sweep_ends_the_final_redemption():
    final, to = final_in("OPEN"), new_address()
    token = final.asset.token_address

    hear(event("RedemptionModule.FinalRedemptionSwept", MODULE, token=token, to=to, amount="12"))

    kept = FinalRedemption.objects.get()
    assert (kept.status, kept.swept, kept.swept_to) == ("SWEPT", 12, to)
