"""What a check of the books finds: one difference, said so that a person can act on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models


class Kind(models.TextChoices):
    """What a difference most likely is."""

    INDEXER_LAG = "INDEXER_LAG"  # the chain has said something that has not taken effect here
    REORGED_OUT = "REORGED_OUT"  # the books rest on a block the chain has taken back
    OUTSIDE_OPERATION = "OUTSIDE_OPERATION"  # done on chain, but not by an operation of the portal
    FORCED_TRANSFER = "FORCED_TRANSFER"  # units moved by an officer's order
    UNIDENTIFIED_RECEIPT = "UNIDENTIFIED_RECEIPT"  # money came in that nothing here accounts for
    DUPLICATE_CREDIT = "DUPLICATE_CREDIT"  # one event counts twice
    STALE_ALLOWLIST = "STALE_ALLOWLIST"  # chain and portal disagree on who may hold
    TAMPERED_ROW = "TAMPERED_ROW"  # the confirmed events say what the chain says; our row does not
    RPC_DISAGREEMENT = "RPC_DISAGREEMENT"  # two nodes tell different things of one block
    UNKNOWN = "UNKNOWN"  # none of these; a person must look


@dataclass(frozen=True)
class Finding:
    """
    One difference. `expected` is what should be (the chain's word, or what the events say), `found` is ours.

    The same difference has the same `subject` every time ("holding:0xToken:0xWallet"): it is one Break, seen
    again. All texts name ids and addresses only, never a person.
    """

    kind: str
    subject: str
    expected: str
    found: str
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON; integers as strings
    next_step: str = ""
    # Reads `found` from our rows again. It is called while the rows rebuilt from the log stand in for the
    # projected ones: if it then says what was expected, the row was altered and the chain is not ahead.
    reread: Callable[[], object] | None = None
    summary: str = ""  # in a sentence; without it, one is made of the others
