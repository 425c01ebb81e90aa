"""
Compares the books with the chain, at one confirmed block whose every event has taken effect.

- The apps' reconcilers ask; nothing is written, and no transaction is open while the node answers.
- A difference that rests on projected rows is read once more from rows rebuilt out of the event log: if those
  agree with the chain, our row was altered; if not, the log itself lacks something.
- A node that does not have our block is a finding of its own, and then nothing else is compared.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings

from indexer import breaks, reacting, registry, replay, rpc
from indexer.findings import Finding, Kind
from indexer.models import Block, Break, Cursor, Watched
from indexer.reading import header_at
from indexer.receipts import learn_block
from indexer.replay import BlockNotConfirmed, ConfirmedBlockOffChain, NothingConfirmed
from indexer.replaying import NEXT_STEP
from indexer.rpc import Rpc, RpcError

NODES = "nodes"


@dataclass
class Outcome:
    """What each reconciler has found as of one block."""

    block: Block
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def all(self) -> list[Finding]:
        return [finding for found in self.findings.values() for finding in found]


def compare(*, block_number: int | None = None) -> Outcome:
    """
    Compare at the last block whose every event has taken effect, or at an earlier one. Writes nothing.

    :raises NothingConfirmed, BlockNotConfirmed, ConfirmedBlockOffChain:
    :raises indexer.rpc.RpcError: the node did not answer
    """
    outcome = Outcome(_pinned(block_number))
    outcome.findings[NODES] = _ask_nodes(outcome.block)
    if any(finding.subject == "node:0" for finding in outcome.findings[NODES]):
        return outcome
    for name, reconcile in registry.reconcilers().items():
        outcome.findings[name] = list(reconcile(outcome.block))
    _tell_altered_rows(outcome)
    return outcome


def record(outcome: Outcome, *, at: datetime) -> list[Break]:
    """Keep what was found as Breaks; what one of these reconcilers no longer finds is resolved."""
    number = outcome.block.number
    return [
        each
        for name, found in outcome.findings.items()
        for each in breaks.record(f"reconcile {name}", found, block_number=number, at=at)
    ]


def _pinned(block_number: int | None) -> Block:
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    if cursor is None or cursor.confirmed_number is None:
        raise NothingConfirmed
    if not Block.objects.filter(pk=cursor.confirmed_hash, is_canonical=True).exists():
        raise ConfirmedBlockOffChain
    waiting = reacting.next_log()
    last = cursor.confirmed_number if waiting is None else waiting.block_number - 1
    if block_number is not None and block_number > last:
        raise BlockNotConfirmed
    wanted = last if block_number is None else block_number
    if block_number is not None:
        learn_block(rpc.client(), block_number)  # one that was passed over as empty
    blocks = Block.objects.filter(chain_id=cursor.chain_id, is_canonical=True, number__lte=wanted)
    block = blocks.order_by("-number").first()
    if block is None or (block_number is not None and block.number != block_number):
        raise BlockNotConfirmed
    return block


def _ask_nodes(block: Block) -> list[Finding]:
    """Ask every endpoint for the block; the first one must have it, since it answers everything else."""
    findings = []
    for place, node in enumerate(rpc.clients()):
        try:
            findings += _ask_node(node, place, block)
        except RpcError:
            if place == 0:
                raise
    return findings


def _ask_node(node: Rpc, place: int, block: Block) -> list[Finding]:
    header = header_at(node, block.number)
    if header is not None and header.hash == block.hash:
        return []
    found = header.hash if header else "no block"
    kind = Kind.RPC_DISAGREEMENT if place or header is None else Kind.REORGED_OUT
    evidence = {"endpoint": node.name, "block": str(block.number)}
    step = (
        f"Compare {node.name} with another node. What it says of later blocks is not to be trusted meanwhile."
    )
    return [Finding(kind, f"node:{place}", block.hash, found, evidence, step)]


def _tell_altered_rows(outcome: Outcome) -> None:
    """Give a class to each finding that says how its value is read."""
    unsure = [finding for finding in outcome.all if finding.reread is not None]
    if not unsure:
        return
    rebuilt = dict(zip(map(id, unsure), replay.read_again(unsure, block=outcome.block), strict=True))
    is_behind = Watched.objects.filter(chain_id=settings.CHAIN.chain_id, read_at=None).exists()
    for name, found in outcome.findings.items():
        outcome.findings[name] = [
            _classed(each, rebuilt[id(each)], is_behind) if id(each) in rebuilt else each for each in found
        ]


def _classed(finding: Finding, rebuilt: str | None, is_behind: bool) -> Finding:
    evidence = {**finding.evidence, "rebuilt_from_events": rebuilt}
    if rebuilt == finding.expected:
        return replace(finding, kind=Kind.TAMPERED_ROW, evidence=evidence, next_step=NEXT_STEP)
    kind = Kind.INDEXER_LAG if is_behind else finding.kind
    return replace(finding, kind=kind, evidence=evidence)
