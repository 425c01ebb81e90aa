"""
Who listens to which confirmed event. Filled in each app's apps.py; a name is "Escrow.OrderSettled".

- A projection gets a batch of its events, in chain order, in the transaction that moves the position.
- A reaction gets one event in one short transaction, in seq order, and may get it again.
- An event that nothing depends on is recorded with the reason why. `manage.py check_registries` finds an
  event without a line here, and a line without an event.
- A reconciler compares rows with the chain at one block; a predicate compares statuses with the events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from indexer.decode import Entry, EventDecoder, compile_event
from indexer.findings import Finding
from indexer.models import Block
from rwa_portal.core.actions import action


@dataclass(frozen=True)
class Event:
    """One confirmed canonical log, decoded."""

    id: UUID
    seq: int
    abi: str  # "Escrow"
    name: str  # "OrderSettled"
    address: str  # who emitted it, checksummed
    tx_hash: str
    log_index: int
    block_number: int
    block_at: datetime
    # Integers are decimal strings, bytes 0x hex, addresses checksummed, booleans real booleans.
    payload: dict[str, Any]

    @property
    def full_name(self) -> str:
        return f"{self.abi}.{self.name}"


Reaction = Callable[[Event], None]
Projection = Callable[[Sequence[Event]], None]
Check = Callable[[], Sequence[str]]
Reconciler = Callable[[Block], Iterable[Finding]]
Predicate = Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class _Listener:
    react: Reaction
    subject: str  # a payload key, or empty


_reactions: dict[str, _Listener] = {}
_projections: dict[str, list[Projection]] = {}
_recorded_only: dict[str, str] = {}
_decoders: dict[tuple[str, str], EventDecoder] = {}  # by abi and topic0
_owners: dict[type[Model], Projection] = {}
_reconcilers: dict[str, Reconciler] = {}
_predicates: dict[str, Predicate] = {}
_checks: list[Check] = []
_pokes: list[Callable[[], object]] = []


class AlreadyListening(Exception):
    """An event moves one life cycle: it has one reaction. A programming error."""


class TableHasOwner(Exception):
    """A projected table is written by one projection alone. A programming error."""


class NameTaken(Exception):
    """Two checks have the same name. A programming error."""


def abi(name: str, entries: Sequence[Entry], version: str) -> None:
    """
    Teach the indexer to read an interface. Entries that are no events are passed over.

    A later version adds its events; one that has the same signature in both is read by the later.
    """
    for entry in entries:
        if entry["type"] == "event" and not entry.get("anonymous"):
            decoder = compile_event(name, entry, version)
            _decoders[name, decoder.topic0] = decoder


def react(name: str, reaction: Reaction, *, subject: str = "") -> None:
    """
    Let an event move a life cycle.

    `subject` is the payload key whose value names what is moved ("id"); when a reaction raises, later events
    with the same value wait and all others go on. Without it: the payload's orderId, else the contract.
    """
    known = _reactions.get(name)
    if known is not None and known.react is not reaction:
        raise AlreadyListening(name)
    _reactions[name] = _Listener(reaction, subject)


def project(name: str, projection: Projection, *, tables: Sequence[type[Model]] = ()) -> None:
    """
    Derive rows from an event. Several may.

    `tables` is where it writes: nobody else does, so replay can build them anew from the log and compare.
    Rows are found again by their primary key or, where that is a mere counter, by their unique constraint.
    """
    for table in tables:
        if _owners.setdefault(table, projection) is not projection:
            raise TableHasOwner(f"{table.__name__} of {name}")
    known = _projections.setdefault(name, [])
    if projection not in known:
        known.append(projection)


def reconciler(name: str, function: Reconciler) -> None:
    """
    Compare rows with the chain, as of the end of one confirmed block whose every event has taken effect.

    Called outside any transaction: it asks the chain at that block (contracts.reads.ask_all) and yields a
    Finding for each difference. Rows are read as of the block, too (by block_number), for the books move on.
    """
    _add(_reconcilers, name, function)


def predicate(name: str, function: Predicate) -> None:
    """
    Compare statuses with the events that moved them; yields a Finding for each that they do not bear out.

    Called in a transaction that can write nothing, while projected tables hold what the events say, up to the
    last one that has taken effect. Of other events ask indexer.queries.heard(name), which ends there as well.
    """
    _add(_predicates, name, function)


def record_only(name: str, *, because: str) -> None:
    """State that nothing depends on an event but the log itself."""
    _recorded_only[name] = because


def after_advance(poke: Callable[[], object]) -> None:
    """Call this, outside any transaction, after blocks were read or confirmed. Losing a call is harmless."""
    if poke not in _pokes:
        _pokes.append(poke)


def also_check(check: Check) -> None:
    """Let `manage.py check_registries` ask a higher app, too; it returns one line for each thing missing."""
    if check not in _checks:
        _checks.append(check)


def decoder_of(abi_name: str, topic0: str) -> EventDecoder | None:
    return _decoders.get((abi_name, topic0))


def event_names() -> set[str]:
    """Every event of the registered interfaces, as "Abi.Event"."""
    return {decoder.full_name for decoder in _decoders.values()}


def projections_of(name: str) -> Sequence[Projection]:
    return _projections.get(name, ())


def projected_tables() -> list[type[Model]]:
    """Every table a projection owns."""
    return sorted(_owners, key=lambda table: table._meta.db_table)


def events_behind(table: type[Model]) -> list[str]:
    """Every event a projected table is derived from, as "Abi.Event"."""
    owner = _owners[table]
    return sorted(name for name, projections in _projections.items() if owner in projections)


def reconcilers() -> Mapping[str, Reconciler]:
    return dict(sorted(_reconcilers.items()))


def predicates() -> Mapping[str, Predicate]:
    return dict(sorted(_predicates.items()))


def has_reaction(name: str) -> bool:
    return name in _reactions


def reaction_names() -> list[str]:
    return sorted(_reactions)


def pokes() -> Sequence[Callable[[], object]]:
    return tuple(_pokes)


def subject_of(event: Event) -> str:
    """Name what an event is about: events of one subject never overtake each other."""
    listener = _reactions[event.full_name]
    key = listener.subject or "orderId"
    if key == "id":  # each contract counts for itself: dividend 1 has nothing to do with redemption 1
        return f"{event.abi}:{event.payload[key]}"
    return f"{key}:{event.payload[key]}" if key in event.payload else f"contract:{event.address}"


def run_reaction(event: Event) -> None:
    """Let the event take effect, in the caller's transaction."""
    _reactions[event.full_name].react(event)


@action
def dispatch(event: Event) -> None:
    run_reaction(event)


def missing() -> list[str]:
    """List every event without a consumer, every consumer without an event, and what the higher apps miss."""
    events = event_names()
    consumers: Mapping[str, object] = {**_reactions, **_projections, **_recorded_only}
    unheard = [f"{name}: no projection, reaction or record_only" for name in sorted(events - set(consumers))]
    unknown = [f"{name}: no registered interface has this event" for name in sorted(set(consumers) - events)]
    owned = set(_owners.values())
    homeless = [
        f"{name}: a projection without `tables` cannot be replayed"
        for name, projections in sorted(_projections.items())
        if not owned.issuperset(projections)
    ]
    return unheard + unknown + homeless + [line for check in _checks for line in check()]


def _add(known: dict[str, Any], name: str, function: Callable[..., Iterable[Finding]]) -> None:
    if known.setdefault(name, function) is not function:
        raise NameTaken(name)
