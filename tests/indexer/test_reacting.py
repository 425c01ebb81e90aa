import pytest
from django.db import OperationalError

from indexer import actions, queries, reacting, registry
from indexer.models import Cursor, Incident, ReactionFailure
from indexer.reacting import describe
from rwa_portal.core.chain_values import ZERO_ADDRESS
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent
from tests.indexer.conftest import AT, address
from tests.people import person


class NotNow(DomainError):
    """The life cycle is not where this event finds it."""


@pytest.fixture
def gate():
    """A reaction that refuses events for the wallets in `shut`, and what passed it."""

    class Gate:
        shut: set[str] = set()
        passed: list[str] = []

        def __call__(self, event):
            if event.payload["to"] in self.shut:
                raise NotNow
            self.passed.append(event.payload["value"])

    gate = Gate()
    gate.shut, gate.passed = set(), []
    registry.react("AssetToken.Transfer", gate, subject="to")
    return gate


@pytest.fixture
def parked(chain, token, gate, follow):
    """Alice's two events wait, Bob's between them has taken effect."""
    alice, bob = address(), address()
    gate.shut = {alice}
    for wallet, value in ((alice, 1), (bob, 2), (alice, 3), (bob, 4)):
        chain.transfer(token, ZERO_ADDRESS, wallet, value)
    chain.mine(2)
    follow()
    return alice


def test_a_reaction_that_raises_parks_its_subject_alone(gate, parked):
    # reacting._take_up parks and goes on; _let_take_effect puts the later event of Alice behind.
    assert gate.passed == ["2", "4"]
    rows = ReactionFailure.objects.order_by("block_number")
    assert [(row.status, row.attempts) for row in rows] == [("FAILED", 1), ("BEHIND", 0)]
    assert {row.subject for row in rows} == {f"to:{parked}"}
    incident = Incident.objects.get()
    assert (incident.kind, incident.halts_sending) == (Incident.Kind.REACTION_PARKED, False)
    assert not queries.sending_halted()


def test_parked_events_take_effect_in_order_once_the_way_is_free(gate, parked, follow):
    assert reacting.retry(at=AT) == 0
    assert [row.attempts for row in ReactionFailure.objects.order_by("block_number")] == [2, 0]

    gate.shut = set()
    assert reacting.retry(at=AT) == 2

    assert gate.passed == ["2", "4", "1", "3"]
    assert set(ReactionFailure.objects.values_list("status", flat=True)) == {"DONE"}
    incident = Incident.objects.get()
    assert incident.closed_by.service_name == "chain"
    follow()
    assert reacting.retry(at=AT) == 0 and len(gate.passed) == 4


def test_a_later_event_never_overtakes(gate, parked):
    later = ReactionFailure.objects.get(status="BEHIND")
    gate.shut = set()

    # reacting._retry: the look at earlier events of the subject.
    assert not reacting.retry_one(parked_id=later.pk, at=AT)
    assert gate.passed == ["2", "4"]


def test_a_person_may_try_a_parked_event_again(gate, parked):
    first = ReactionFailure.objects.get(status="FAILED")
    by = person("operator", "resolve_incident")
    asked = {"event_id": first.pk, "by": by, "at": AT, "reason": "the row is there now"}

    with pytest.raises(actions.ReactionStillFails):
        actions.retry_reaction(**asked)
    gate.shut = set()
    actions.retry_reaction(**asked)

    assert gate.passed == ["2", "4", "1"]
    assert AuditEvent.objects.filter(kind="reaction.retried", subject=first.pk, by=by).count() == 2


def test_what_a_reaction_wrote_before_it_raised_is_gone(chain, token, follow):
    def half(event):
        Incident.open("HALF", "written before the error", halts_sending=False, at=AT)
        raise NotNow

    registry.react("AssetToken.Transfer", half)
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(2)
    follow()

    assert ReactionFailure.objects.count() == 1
    assert not Incident.objects.filter(kind="HALF").exists()


def test_a_lock_that_is_held_parks_nothing(chain, token, follow):
    calls = []

    def locked(event):
        calls.append(event)
        if len(calls) == 1:
            raise OperationalError("canceling statement due to lock timeout")

    registry.react("AssetToken.Transfer", locked)
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(2)

    with pytest.raises(OperationalError):
        follow()
    assert not ReactionFailure.objects.exists()

    follow()
    assert len(calls) == 2 and calls[0] == calls[1]


def test_a_death_between_blocks_and_reactions_loses_and_doubles_nothing(
    chain, token, heard, follow, monkeypatch
):
    chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.transfer(token, ZERO_ADDRESS, address(), 2)
    chain.mine(2)

    class Killed(BaseException):
        """As SIGKILL: nothing in the code may catch it."""

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(reacting, "react", die)
        with pytest.raises(Killed):
            follow()
    cursor = Cursor.objects.get()
    assert cursor.confirmed_number == chain.head() - 2 and heard == []

    follow()
    follow()
    assert [event.payload["value"] for event in heard] == ["1", "2"]


def test_a_death_in_a_reaction_leaves_its_event_for_the_next_time(chain, token, follow):
    class Killed(BaseException):
        pass

    seen = []

    def react(event):
        seen.append(event.payload["value"])
        Incident.open(
            "EFFECT", event.payload["value"], halts_sending=False, at=AT, subject=event.payload["value"]
        )
        if seen == ["1", "2"]:
            raise Killed

    registry.react("AssetToken.Transfer", react)
    for value in (1, 2, 3):
        chain.transfer(token, ZERO_ADDRESS, address(), value)
    chain.mine(2)

    with pytest.raises(Killed):
        follow()
    # reacting._pass in the reaction's own transaction: the first stays done, the second is as if never begun.
    assert list(Incident.objects.order_by("subject").values_list("subject", flat=True)) == ["1"]
    follow()

    assert seen == ["1", "2", "2", "3"]
    assert Incident.objects.filter(kind="EFFECT").count() == 3


def test_an_error_is_described_without_its_words():
    try:
        raise ValueError("Ada Lovelace, born 1815")
    except ValueError as error:
        text = describe(error)

    assert text.startswith("ValueError at test_an_error_is_described_without_its_words:")
    assert "Ada" not in text
