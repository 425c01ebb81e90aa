"""
Checks of the books of redemptions.

- Locks: what the redemption module says of each request at one block, what each token says is locked, and
  the USDC of final redemptions, against the facts.
- Statuses: PENDING and HELD <=> one RedemptionRequested and no end, SETTLED <=> exactly one RedemptionSettled
  of that payment, CANCELLED <=> one RedemptionCancelled unless it never was locked; final ones alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assets.models import Asset
from contracts import deployments, reads
from contracts.reads import Question
from corporate_actions.models import FinalRedemption, Method, Redemption, RedemptionFact, SettlementStatus
from indexer.findings import Finding, Kind
from indexer.models import Block
from investors.models import Wallet

MODULE = "RedemptionModule"
ALWAYS = 2**62  # no block is later
STATUSES = ("None", "Pending", "Settled", "Cancelled")  # IRedemptionModule.RedemptionStatus
Fact = RedemptionFact.Kind
FinalStatus = FinalRedemption.Status
Account = tuple[str, str]  # token and holder
LOOK = "Compare the events of this redemption with the module's own answer at this block."
TRAIL = "Compare the row's history and audit trail with the events of its number."


@dataclass
class Story:
    """What the confirmed events say of one redemption."""

    requested: list[RedemptionFact] = field(default_factory=list)
    ended: list[RedemptionFact] = field(default_factory=list)

    @property
    def status(self) -> str:
        if not self.requested:
            return "None"
        kinds = {fact.kind for fact in self.ended}
        return "Settled" if Fact.SETTLED in kinds else "Cancelled" if kinds else "Pending"

    @property
    def units(self) -> int:
        return int(self.requested[0].units or 0) if self.requested else 0

    @property
    def payment(self) -> int:
        return sum(int(fact.amount or 0) for fact in self.ended if fact.kind == Fact.SETTLED)

    @property
    def account(self) -> Account:
        asked = self.requested[0]
        return str(asked.token), str(asked.holder)

    @property
    def tx(self) -> str:
        told = self.ended or self.requested
        return told[-1].tx_hash if told else ""

    def told(self) -> str:
        """As the module's own answer is written."""
        return f"{self.status}, {self.units} units, paid {self.payment}"


@dataclass
class Pot:
    """What the confirmed events say of one asset's final redemption, in micro-USDC."""

    opened: list[RedemptionFact] = field(default_factory=list)
    paid: int = 0
    swept: list[RedemptionFact] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        taken = self.paid + sum(int(fact.amount or 0) for fact in self.swept)
        return sum(int(fact.amount or 0) for fact in self.opened) - taken

    @property
    def status(self) -> str:
        return FinalStatus.SWEPT if self.swept else FinalStatus.OPEN if self.opened else ""

    def told(self) -> str:
        price = self.opened[0].price if self.opened else 0
        return f"price {price}, remaining {self.remaining}, {'swept' if self.swept else 'not swept'}"


def stories_at(block_number: int) -> dict[int, Story]:
    """Read every redemption's story from the facts up to a block, by its number."""
    stories: dict[int, Story] = defaultdict(Story)
    facts = RedemptionFact.objects.filter(block_number__lte=block_number, number__isnull=False)
    for fact in facts.order_by("seq").iterator(chunk_size=5000):
        story = stories[int(fact.number or 0)]
        (story.requested if fact.kind == Fact.REQUESTED else story.ended).append(fact)
    return dict(stories)


def pots_at(block_number: int) -> dict[str, Pot]:
    """Read every final redemption's pot from the facts up to a block, by its token."""
    pots: dict[str, Pot] = defaultdict(Pot)
    kinds = [Fact.FINAL_OPENED, Fact.FINAL_REDEEMED, Fact.FINAL_SWEPT]
    facts = RedemptionFact.objects.filter(block_number__lte=block_number, kind__in=kinds)
    for fact in facts.order_by("seq").iterator(chunk_size=5000):
        pot = pots[str(fact.token)]
        if fact.kind == Fact.FINAL_REDEEMED:
            pot.paid += int(fact.amount or 0)
        else:
            (pot.opened if fact.kind == Fact.FINAL_OPENED else pot.swept).append(fact)
    return dict(pots)


def locked_at(block_number: int) -> dict[Account, int]:
    """Sum the units of the open requests of each token's holder; zero once they are all at an end."""
    locked: dict[Account, int] = defaultdict(int)
    for story in stories_at(block_number).values():
        if story.requested:
            locked[story.account] += story.units if story.status == "Pending" else 0
    return dict(locked)


def reconcile_locks(block: Block) -> Iterator[Finding]:
    """Compare each request with the module, and each holder's locked units with the token, at a block."""
    module = deployments.address(MODULE)
    (count,) = reads.ask_all([Question(module, MODULE, "redemptionCount")], block=block)
    stories = stories_at(block.number)
    numbers = sorted({*range(1, int(str(count)) + 1), *stories})
    questions = [Question(module, MODULE, "redemptionOf", (number,)) for number in numbers]
    accounts = set(locked_at(block.number))
    for number, answer in zip(numbers, reads.ask_all(questions, block=block), strict=True):
        holder, units, token, _, payment, status = _tuple(answer)
        chain = f"{STATUSES[int(str(status))]}, {units} units, paid {payment}"
        if int(str(units)):
            accounts.add((str(token), str(holder)))
        if chain != stories.get(number, Story()).told():
            yield _finding(f"redemption:{number}", chain, _telling(number, block), block)
    yield from _locks(sorted(accounts), block)


def reconcile_final_redemptions(block: Block) -> Iterator[Finding]:
    """Compare each final redemption with the module at a block, and all of them with the USDC it holds."""
    module, usdc = deployments.address(MODULE), deployments.address("USDC")
    pots = pots_at(block.number)
    closed = Asset.objects.filter(status=Asset.Status.REDEEMED, token_address__isnull=False)
    tokens = sorted({*pots, *map(str, closed.values_list("token_address", flat=True))})
    questions = [Question(module, MODULE, "finalRedemptionOf", (token,)) for token in tokens]
    balance, *answers = reads.ask_all(
        [Question(usdc, "FiatTokenV2_2", "balanceOf", (module,)), *questions], block=block
    )
    for token, answer in zip(tokens, answers, strict=True):
        price, remaining, _, swept = _tuple(answer)
        chain = f"price {price}, remaining {remaining}, {'swept' if swept else 'not swept'}"
        if chain != pots.get(token, Pot()).told():

            def reread(token: str = token) -> str:
                return pots_at(block.number).get(token, Pot()).told()

            yield _finding(f"final_redemption:{token}", chain, reread, block)
    yield from _sum(int(str(balance)), module, block)


def check_redemptions() -> Iterator[Finding]:
    """Name every redemption whose status its events do not bear out, and every request without a row."""
    stories, known = stories_at(ALWAYS), set()
    rows = Redemption.objects.select_related("asset", "wallet").order_by("created_at", "id")
    for row in rows.iterator(chunk_size=2000):
        known.add(row.number)
        story = stories.get(row.number, Story()) if row.number is not None else Story()
        expected = _final_of(row) if row.method == Method.FINAL else _expected(row, story)
        if expected != _found(row):
            yield _row(f"redemption:{row.pk}", expected, _found(row), story.tx)
    holders = set(Wallet.objects.values_list("address", flat=True))
    for number in sorted(set(stories) - known):
        yield from _rowless(number, stories[number], holders)


def check_final_redemptions() -> Iterator[Finding]:
    """Name every final redemption whose status its events do not bear out."""
    pots = pots_at(ALWAYS)
    for row in FinalRedemption.objects.select_related("asset").order_by("created_at", "id"):
        pot = pots.get(str(row.asset.token_address), Pot())
        before = [FinalStatus.DUE, FinalStatus.OPENING]
        status = pot.status or (row.status if row.status in before else FinalStatus.DUE)
        funded = str(pot.opened[0].amount) if pot.opened else "None"
        expected, found = f"{status}, funded {funded}", f"{row.status}, funded {row.funded}"
        if expected != found:
            tx = (pot.swept or pot.opened)[-1].tx_hash if pot.opened else ""
            yield _row(f"final_redemption:{row.pk}", expected, found, tx)


def _expected(row: Redemption, story: Story) -> str:
    if len(story.requested) > 1 or len(story.ended) > 1:
        return "each of its events once at most"
    if not story.requested:
        never = row.settlement_status in (SettlementStatus.REQUESTED, SettlementStatus.CANCELLED)
        status = row.settlement_status if never else SettlementStatus.REQUESTED
        return f"{status}, not on chain"
    kept = [SettlementStatus.PENDING, SettlementStatus.HELD]
    told = {"Settled": SettlementStatus.SETTLED, "Cancelled": SettlementStatus.CANCELLED}
    pending = row.settlement_status if row.settlement_status in kept else SettlementStatus.PENDING
    status = told.get(story.status, SettlementStatus(pending))
    paid = story.payment if story.status == "Settled" else None
    burn = story.tx if story.status == "Settled" else None
    token, holder = story.account
    return f"{status}, {story.units} of {token} by {holder}, paid {paid} in {burn}"


def _found(row: Redemption) -> str:
    if row.method != Method.FINAL and row.number is None:
        return f"{row.settlement_status}, not on chain"
    place = f"{row.amount} of {row.asset.token_address} by {row.wallet.address}"
    return f"{row.settlement_status}, {place}, paid {row.payment} in {row.burn_tx_hash}"


def _final_of(row: Redemption) -> str:
    fact = RedemptionFact.objects.filter(pk=row.pk, kind=Fact.FINAL_REDEEMED).first()
    if fact is None:
        return "one FinalRedeemed of this holder"
    place = f"{fact.units} of {fact.token} by {fact.holder}"
    return f"{SettlementStatus.SETTLED}, {place}, paid {fact.amount} in {fact.tx_hash}"


def _rowless(number: int, story: Story, holders: set[str]) -> Iterator[Finding]:
    if not story.requested:
        return
    holder = story.account[1]
    is_known = holder in holders
    yield Finding(
        kind=Kind.INDEXER_LAG if is_known else Kind.OUTSIDE_OPERATION,
        subject=f"redemption:{number}",
        expected="a row of this request",
        found="none",
        evidence={"holder": holder, "status": story.status, "tx": story.tx},
        next_step=(
            "The clock gives it a row within a minute; if it does not, see whether its event is parked."
            if is_known
            else "Nobody has proven this wallet. Find out whose it is; its units stay locked until then."
        ),
    )


def _locks(accounts: Sequence[Account], block: Block) -> Iterator[Finding]:
    questions = [Question(token, "AssetToken", "lockedOf", (holder,)) for token, holder in accounts]
    locked = locked_at(block.number)
    for account, answer in zip(accounts, reads.ask_all(questions, block=block), strict=True):
        if int(str(answer)) != locked.get(account, 0):

            def reread(account: Account = account) -> str:
                return str(locked_at(block.number).get(account, 0))

            yield _finding(f"locked:{account[0]}:{account[1]}", str(answer), reread, block)


def _sum(balance: int, module: str, block: Block) -> Iterator[Finding]:
    def reread() -> str:
        return str(sum(pot.remaining for pot in pots_at(block.number).values()))

    left = int(reread())
    if balance == left:
        return
    more = balance > left
    yield Finding(
        kind=Kind.UNIDENTIFIED_RECEIPT if more else Kind.UNKNOWN,
        subject=f"final_redemptions:{module}",
        expected=str(balance),
        found=str(left),
        evidence={"block": str(block.number), "difference": str(balance - left)},
        next_step=(
            "Somebody sent USDC to the redemption module outside any final redemption; find out who."
            if more
            else "The module holds less than it owes: stop sending and compare its final redemptions."
        ),
        reread=None if more else reread,
    )


def _telling(number: int, block: Block) -> Callable[[], str]:
    return lambda: stories_at(block.number).get(number, Story()).told()


def _finding(subject: str, chain: str, reread: Callable[[], str], block: Block) -> Finding:
    evidence = {"block": str(block.number), "block_hash": block.hash}
    return Finding(Kind.UNKNOWN, subject, chain, reread(), evidence, LOOK, reread)


def _row(subject: str, expected: str, found: str, tx: str) -> Finding:
    return Finding(Kind.TAMPERED_ROW, subject, expected, found, {"tx": tx}, TRAIL)


def _tuple(answer: object) -> tuple[object, ...]:
    return tuple(answer)  # type: ignore[arg-type]
