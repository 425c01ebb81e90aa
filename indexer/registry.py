"""
Who listens to which confirmed event. Filled in each app's apps.py; names are "Abi.Event" ("Escrow.OrderSettled").

- A projection gets a batch of one event's logs, in seq order, in the transaction that moves the confirmed position.
- A reaction gets one event in one short transaction, in seq order, and may get it again.
- An event that nothing depends on is recorded with the reason why; `./portal check` finds an event with no line here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
    payload: dict[str, str]  # integers as decimal strings, bytes as 0x hex, addresses checksummed

    @property
    def full_name(self) -> str:
        return f"{self.abi}.{self.name}"


Reaction = Callable[[Event], None]
Projection = Callable[[Sequence[Event]], None]
_reactions: dict[str, Reaction] = {}
_projections: dict[str, Projection] = {}
_recorded_only: dict[str, str] = {}


def react(name: str, reaction: Reaction) -> None:
    _reactions[name] = reaction


def project(name: str, projection: Projection) -> None:
    _projections[name] = projection


def record_only(name: str, *, because: str) -> None:
    _recorded_only[name] = because


@action
def dispatch(event: Event) -> None:
    _reactions[event.full_name](event)
