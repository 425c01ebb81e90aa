"""Wallets against the events of the compliance module."""

from collections.abc import Iterator

from django.db.models.fields.json import KeyTextTransform

from indexer.findings import Finding, Kind
from indexer.models import EventLog
from indexer.queries import heard
from investors.models import Wallet

# Event: the column it moves, and the payload's key that says whether it is set.
EVENTS = {
    "AllowlistUpdated": ("allowlisted_at", "allowlisted"),
    "SanctionSet": ("sanctioned_at", "sanctioned"),
    "WalletFrozen": ("frozen_at", "frozen"),
}
NEXT_STEP = "Only the chain's events write this column: find out who did, and have reconcile ask the chain."


def wallets_as_said() -> Iterator[Finding]:
    """A wallet is allowlisted, sanctioned or frozen exactly if its last event since it was proven says so."""
    for name, (column, key) in EVENTS.items():
        last = _last_by_wallet(f"ComplianceModule.{name}")
        for wallet in Wallet.objects.order_by("address").iterator(chunk_size=1000):
            log = last.get(wallet.address)
            is_set = getattr(wallet, column) is not None
            # An event before the proof was about an address of nobody here.
            is_said = log is not None and bool(log.decoded_payload[key])  # type: ignore[index]
            is_before_proof = log is not None and log.block.at < wallet.proven_at
            if is_set != is_said and not (is_said and is_before_proof):
                yield _finding(wallet, column, log, is_said=is_said)


def _last_by_wallet(name: str) -> dict[str, EventLog]:
    logs = heard(name).select_related("block")
    named = logs.annotate(wallet=KeyTextTransform("wallet", "decoded_payload"))
    last = named.order_by("wallet", "-block_number", "-log_index").distinct("wallet")
    return {log.wallet: log for log in last}


def _finding(wallet: Wallet, column: str, log: EventLog | None, *, is_said: bool) -> Finding:
    evidence = {"wallet": wallet.address, "column": column, "tx": log.tx_hash if log else None}
    expected, found = ("set", "empty") if is_said else ("empty", "set")
    subject = f"investors_wallet:{wallet.pk}:{column}"
    return Finding(Kind.TAMPERED_ROW, subject, expected, found, evidence, NEXT_STEP)
