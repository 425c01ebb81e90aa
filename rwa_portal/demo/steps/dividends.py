import re
from datetime import UTC, datetime, timedelta

from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps.approving import approve_operation, wait_for_status
from rwa_portal.demo.steps.start import manage

DECLARED, SHORT = 1_000, "999.99"  # USDC
ROW = "corporate_actions/dividenddistribution"


def pay_dividend(stage: Stage) -> None:
    """Declare a dividend, fund it a cent short, top it up; each holder is paid in another way."""
    manage("mint_dev_usdc", "--amount", str(DECLARED), "--to", treasury(stage))
    number = _declare(stage)
    _fund(stage, number)
    before = {name: usdc_of(stage, name) for name in stage.investors}
    _claim_with_own_wallet(stage, "investor.a", number)
    _let_the_portal_send(stage, "investor.b", number)
    stage.staff["treasurer"].press(ROW, number, "pay")
    stage.tell("treasurer", "has the portal pay who has not claimed; it can reach the holders alone")
    _compare(stage, number, before)


def treasury(stage: Stage) -> str:
    """The treasurer's wallet, whose key the custodian holds."""
    listed = stage.staff["operations"].get("/admin/contracts/custodywallet/?purpose__exact=TREASURER")
    found = re.findall(r"0x[0-9a-fA-F]{40}", listed.html)
    if not found:
        raise StepFailed("the treasury has no wallet")
    return found[0]


def _declare(stage: Stage) -> str:
    officer, today = stage.staff["officer.a"], datetime.now(UTC)
    values = {
        "asset": stage.asset_id,
        "amount": f"{DECLARED}.00",
        "distribution_date": f"{today:%Y-%m-%d}",
        "expires_at": f"{today + timedelta(days=365):%Y-%m-%dT%H:%M}",
    }
    page = officer.fill("/dividends/new", values)
    number = re.search(r"/dividends/([0-9a-f-]{36})", page.url)
    if not number:
        raise StepFailed(f"the draft led to {page.url}")
    stage.tell("officer.a", f"drafted a dividend of {DECLARED:,}.00 USDC")
    stage.staff["treasurer"].press(ROW, number[1], "declare")
    approve_operation(stage, "officer.b", "declare")
    wait_for_status(stage, "officer.a", f"/dividends/{number[1]}", "SNAPSHOTTED")
    stage.tell("chain", "took the snapshot: who holds units now is entitled")
    return number[1]


def _fund(stage: Stage, number: str) -> None:
    treasurer, page = stage.staff["treasurer"], f"/dividends/{number}"
    for amount, status in ((SHORT, "FUNDING"), ("", "ACTIVE")):
        treasurer.press(ROW, number, "fund", amount=amount)
        approve_operation(stage, "officer.b", "")
        shown = wait_for_status(stage, "officer.a", page, status)
        if status == "FUNDING":
            if "0.01" not in shown.text:
                raise StepFailed("the page does not show the cent that is missing")
            stage.tell("portal", f"{SHORT} USDC are there, 0.01 are missing: claims stay closed")
    stage.tell("portal", "topped up: claims are open")


def _claim_with_own_wallet(stage: Stage, name: str, number: str) -> None:
    investor = stage.investors[name]
    page = investor.person.get(f"/dividends/{number}/claim")
    [(to, data)] = re.findall(r'data-send data-to="(0x\w{40})" data-call="(0x[0-9a-f]+)"', page.html)
    stage.chain.call("anvil_setBalance", investor.wallet.address, hex(10**18))
    receipt = investor.wallet.send(to, data)
    block = int(receipt["blockNumber"], 16)
    stage.tell(name, "claimed with its own wallet", tx_hash=receipt["transactionHash"], block=block)


def _let_the_portal_send(stage: Stage, name: str, number: str) -> None:
    investor = stage.investors[name].person
    investor.submit(investor.get(f"/dividends/{number}/claim").form("wallet"), {})
    stage.tell(name, "lets the portal send its share")


def _compare(stage: Stage, number: str, before: dict[str, int]) -> None:
    """Each holder has floor(units * declared / all units) more, to the millionth."""
    units = {
        name: stage.chain.read(stage.token, "balanceOf(address)", investor.wallet.address)
        for name, investor in stage.investors.items()
    }
    declared, supply = DECLARED * 10**6, sum(units.values())
    due = {name: before[name] + held * declared // supply for name, held in units.items()}
    wait_for("every holder to be paid", lambda: {name: usdc_of(stage, name) for name in due} == due)
    for name in due:
        whole, part = divmod(due[name] - before[name], 10**6)
        stage.tell("chain", f"paid {name} {whole:,}.{part:06d} USDC for {units[name]} units")


def usdc_of(stage: Stage, name: str) -> int:
    """Micro-USDC in an investor's wallet."""
    address = stage.investors[name].wallet.address
    return int(stage.chain.read(stage.contracts["USDC"], "balanceOf(address)", address))
