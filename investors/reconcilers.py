"""Whom the chain lets hold tokens, against our wallets."""

from collections.abc import Iterator

from contracts import deployments
from contracts.reads import Question, ask_all
from indexer.findings import Finding, Kind
from indexer.models import Block, EventLog
from investors.models import Wallet

# types/Compliance.sol
FLAGS = {"allowlisted_at": 1, "frozen_at": 2, "sanctioned_at": 4}
FLAGS_PLACE = 3  # of the profile's members
AT_ONCE = 500
LOOK = "Ask for the wallet's allowlisting again, or compare its ComplianceModule events with the event log."


def wallets(block: Block) -> Iterator[Finding]:
    """Each proven wallet is allowlisted, frozen and sanctioned on chain exactly if our row says so."""
    rows = list(Wallet.objects.order_by("address"))
    for start in range(0, len(rows), AT_ONCE):
        yield from _wallets(rows[start : start + AT_ONCE], block)


def _wallets(rows: list[Wallet], block: Block) -> Iterator[Finding]:
    module = deployments.address("ComplianceModule")
    questions = [Question(module, "ComplianceModule", "profileOf", (row.address,)) for row in rows]
    profiles = ask_all(questions, block=block)
    changed_since = _named_after(block)
    for wallet, profile in zip(rows, profiles, strict=True):
        if wallet.address in changed_since:
            continue  # our row may say what a later block says
        for column, flag in FLAGS.items():
            expected = bool(profile[FLAGS_PLACE] & flag)  # type: ignore[index]
            found = getattr(wallet, column) is not None
            if expected != found:
                yield _finding(wallet, column, str(expected), str(found))


def _finding(wallet: Wallet, column: str, expected: str, found: str) -> Finding:
    name = column.removesuffix("_at")
    return Finding(
        Kind.STALE_ALLOWLIST,
        f"wallet:{wallet.address}:{name}",
        expected,
        found,
        {"wallet": wallet.address, "column": column},
        LOOK,
        summary=f"On chain, {name} of {wallet.address} is {expected}; our row says {found}.",
    )


def _named_after(block: Block) -> set[str]:
    later = EventLog.objects.canonical().filter(abi="ComplianceModule", block_number__gt=block.number)
    return {name for name in later.values_list("decoded_payload__wallet", flat=True) if name}
