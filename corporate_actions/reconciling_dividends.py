"""
Checks of the books of dividends.

- Pots: what the distributor says of each dividend at one block, and the USDC it holds, against the facts.
- Statuses: ACTIVE <=> exactly one confirmed DividendOpened, CLOSED <=> one DividendSwept, and so on; a claim
  is PAID <=> one DividendClaimed of that amount, HELD <=> DividendHeld and not claimed since.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from contracts import deployments, reads
from contracts.reads import Question
from corporate_actions.models import (
    ClaimState,
    DistributionFact,
    DividendClaim,
    DividendDistribution,
)
from indexer.findings import Finding, Kind
from indexer.models import Block

DISTRIBUTOR = "DividendDistributor"
Status = DividendDistribution.Status
Fact = DistributionFact.Kind
STATUSES = ("None", "Declared", "Open", "Swept", "Cancelled")  # IDividendDistributor.DividendStatus
PLACES = {"status": 3, "declared": 4, "funded": 5, "eligible": 6, "paid": 7, "held": 9}  # in Dividend
NOTHING = ("", 0, 0, 0, 0, 0, 0, 0, "", 0)  # what the distributor answers of a number it never gave
LOOK = "Compare the events of this dividend with the distributor's own answer at this block."


@dataclass
class Pot:
    """One dividend's money as its confirmed events tell it, in micro-USDC."""

    kinds: Counter[str] = field(default_factory=Counter)
    declared: int = 0
    funded: int = 0
    eligible: int = 0
    paid: int = 0  # the sweep counts, as the contract has it
    held_for: dict[str, int] = field(default_factory=dict)
    returned: int = 0  # by a cancellation
    tx: str = ""  # of the newest event

    @property
    def held(self) -> int:
        return sum(self.held_for.values())

    @property
    def status(self) -> str:
        for kind, name in ((Fact.CANCELLED, "Cancelled"), (Fact.SWEPT, "Swept"), (Fact.OPENED, "Open")):
            if self.kinds[kind]:
                return name
        return "Declared" if self.kinds[Fact.DECLARED] else "None"

    @property
    def events(self) -> dict[str, str]:
        return {kind: str(number) for kind, number in sorted(self.kinds.items())}

    @property
    def left(self) -> int:
        """What of it the distributor must hold."""
        return self.funded - self.paid

    def hear(self, fact: DistributionFact) -> None:
        amount, holder = fact.amount or 0, fact.holder or ""
        self.kinds[fact.kind] += 1
        self.tx = fact.tx_hash
        if fact.kind == Fact.DECLARED:
            self.declared, self.eligible = amount, fact.eligible_units or 0
        elif fact.kind == Fact.FUNDED:
            self.funded = fact.total_funded or 0
        elif fact.kind in (Fact.CLAIMED, Fact.SWEPT):
            self.paid += amount
            self.held_for.pop(holder, None)
        elif fact.kind == Fact.HELD:
            self.held_for[holder] = amount
        elif fact.kind == Fact.CANCELLED:
            self.funded, self.returned = 0, amount


def pots_at(block_number: int) -> dict[int, Pot]:
    """Read every dividend's pot from the facts up to a block."""
    pots: dict[int, Pot] = defaultdict(Pot)
    facts = DistributionFact.objects.filter(block_number__lte=block_number).order_by("seq")
    for fact in facts.iterator(chunk_size=5000):
        pots[fact.number or 0].hear(fact)
    return dict(pots)


def reconcile_pots(block: Block) -> Iterator[Finding]:
    """Compare each pot, and all of them together, with the distributor at a block."""
    distributor, usdc = deployments.address(DISTRIBUTOR), deployments.address("USDC")
    count, balance = reads.ask_all(
        [
            Question(distributor, DISTRIBUTOR, "dividendCount", ()),
            Question(usdc, "FiatTokenV2_2", "balanceOf", (distributor,)),
        ],
        block=block,
    )
    numbers = range(1, int(str(count)) + 1)
    questions = [Question(distributor, DISTRIBUTOR, "dividendOf", (number,)) for number in numbers]
    pots = pots_at(block.number)
    for number, answer in zip(numbers, reads.ask_all(questions, block=block), strict=True):
        yield from _differences(number, pots.get(number, Pot()), answer, block)  # type: ignore[arg-type]
    for number in sorted(set(pots) - set(numbers)):
        yield from _differences(number, pots[number], NOTHING, block)
    yield from _sum(int(str(balance)), sum(pot.left for pot in pots.values()), distributor, block)


def check_statuses() -> Iterator[Finding]:
    """Name every distribution whose status its events do not bear out, and every dividend without one."""
    pots = pots_at(2**62)
    known = set()
    for row in DividendDistribution.objects.order_by("created_at", "id"):
        pot = pots.get(row.number, Pot()) if row.number is not None else Pot()
        known.add(row.number)
        said = _status_of(row, pot)
        found = f"{row.status}, funded {row.total_funded}"
        if found != said:
            yield Finding(
                kind=Kind.TAMPERED_ROW,
                subject=f"dividend:{row.pk}",
                expected=said,
                found=found,
                evidence={"number": str(row.number), "tx": pot.tx, "events": pot.events},
                next_step="Compare the row's history and audit trail with the events of its number.",
            )
    for number in sorted(set(pots) - known):
        yield Finding(
            kind=Kind.OUTSIDE_OPERATION,
            subject=f"pot:{number}",
            expected="a dividend declared by the portal",
            found="none",
            evidence={"tx": pots[number].tx},
            next_step="Ask the treasury who declared it; its holders can claim it on chain.",
        )


def check_claims() -> Iterator[Finding]:
    """Name every claim that its events do not bear out, and every event without its claim."""
    claims = DividendClaim.objects.select_related("distribution").order_by("distribution", "wallet")
    of_claim = {"number": OuterRef("distribution__number"), "holder": OuterRef("wallet")}
    paid, held = _facts(Fact.CLAIMED), _facts(Fact.HELD)
    exactly = {**of_claim, "amount": OuterRef("amount")}
    wrong = claims.filter(state=ClaimState.PAID).exclude(Exists(paid.filter(**exactly)))
    yield from _wrong(wrong, "one DividendClaimed of this amount")
    wrong = claims.filter(state=ClaimState.HELD).exclude(Exists(held.filter(**exactly)))
    yield from _wrong(wrong, "one DividendHeld of this amount")
    wrong = claims.exclude(state=ClaimState.PAID).filter(Exists(paid.filter(**of_claim)))
    yield from _wrong(wrong, "PAID: it was claimed")
    of_fact = {"distribution__number": OuterRef("number"), "wallet": OuterRef("holder")}
    rows = DividendClaim.objects.filter(**of_fact)
    numbers = DividendDistribution.objects.exclude(number=None).values("number")
    for fact in (paid | held).filter(number__in=numbers).exclude(Exists(rows)).order_by("seq"):
        yield Finding(
            kind=Kind.TAMPERED_ROW,
            subject=f"dividend_claim:{fact.number}:{fact.holder}",
            expected=f"{fact.kind} {fact.amount}",
            found="no claim",
            evidence={"tx": fact.tx_hash},
            next_step="See whether the event is parked; else the row was removed.",
        )


def _status_of(row: DividendDistribution, pot: Pot) -> str:
    """What the events say its status and funding are."""
    kinds = pot.kinds
    if any(kinds[kind] > 1 for kind in (Fact.DECLARED, Fact.OPENED, Fact.SWEPT, Fact.CANCELLED)):
        return "each of these events once at most"
    funded = pot.funded + pot.returned
    if not kinds[Fact.DECLARED]:
        status = Status.CANCELLED if row.status == Status.CANCELLED else Status.DRAFT
    elif kinds[Fact.CANCELLED]:
        status = Status.CANCELLED
    elif kinds[Fact.SWEPT]:
        status = Status.CLOSED
    elif kinds[Fact.OPENED]:
        status = Status.ACTIVE
    else:
        status = Status.FUNDING if kinds[Fact.FUNDED] else Status.SNAPSHOTTED
    return f"{status}, funded {funded}"


def _differences(number: int, pot: Pot, answer: Sequence[object], block: Block) -> Iterator[Finding]:
    for name, place in PLACES.items():
        chain = STATUSES[int(str(answer[place]))] if name == "status" else str(answer[place])
        if chain != str(getattr(pot, name)):

            def reread(name: str = name) -> str:
                return _read(number, name, block)

            yield _finding(f"pot:{number}:{name}", chain, reread, block)


def _sum(balance: int, left: int, distributor: str, block: Block) -> Iterator[Finding]:
    if balance == left:
        return
    more = balance > left
    yield Finding(
        kind=Kind.UNIDENTIFIED_RECEIPT if more else Kind.UNKNOWN,
        subject=f"pots:{distributor}",
        expected=str(balance),
        found=str(left),
        evidence={"block": str(block.number), "difference": str(balance - left)},
        next_step=(
            "Somebody sent USDC to the distributor outside any dividend; find out who."
            if more
            else "The distributor holds less than it owes: stop sending and compare its pots one by one."
        ),
        reread=None if more else lambda: str(sum(pot.left for pot in pots_at(block.number).values())),
    )


def _finding(subject: str, chain: str, reread: Callable[[], str], block: Block) -> Finding:
    evidence = {"block": str(block.number), "block_hash": block.hash}
    return Finding(Kind.UNKNOWN, subject, chain, reread(), evidence, LOOK, reread)


def _read(number: int, name: str, block: Block) -> str:
    return str(getattr(pots_at(block.number).get(number, Pot()), name))


def _facts(kind: DistributionFact.Kind) -> QuerySet[DistributionFact]:
    return DistributionFact.objects.filter(kind=kind)


def _wrong(claims: Iterable[DividendClaim], expected: str) -> Iterator[Finding]:
    for claim in claims:
        yield Finding(
            kind=Kind.TAMPERED_ROW,
            subject=f"dividend_claim:{claim.distribution.number}:{claim.wallet}",
            expected=expected,
            found=f"{claim.state} {claim.amount}",
            evidence={"claim": str(claim.pk), "tx": claim.tx_hash},
            next_step="Compare the claim with the events that name its wallet.",
        )
