import html
import json
import re

from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Investor, Stage
from rwa_portal.demo.steps.approving import approve_operation, wait_for_status
from rwa_portal.demo.steps.issuance import PRICE
from rwa_portal.demo.steps.start import manage

ORDERS = {"investor.a": 50, "investor.b": 30}  # whole units


def order_and_pay(stage: Stage) -> None:
    """investor.a signs once (EIP-3009) and the portal relays; investor.b approves and deposits."""
    wallets = [stage.investors[name].wallet.address for name in ORDERS]
    manage("mint_dev_usdc", "--amount", str(max(ORDERS.values()) * PRICE), "--to", *wallets)
    for name, units in ORDERS.items():
        investor = stage.investors[name]
        _order(stage, investor, units)
        stage.tell(name, f"ordered {units} units for {units * PRICE:,}.00 USDC")
    _pay_by_signature(stage.investors["investor.a"], stage)
    stage.tell("investor.a", "signed one payment; the portal pays the gas")
    _pay_by_deposit(stage.investors["investor.b"], stage)


def approve_and_mint(stage: Stage) -> None:
    for name in ORDERS:
        order = stage.investors[name].orders["first"]
        _watch_confirmations(stage, name, order)
        stage.staff["officer.a"].press("subscriptions/subscription", order, "approve")
    stage.tell("officer.a", "approved both orders")
    approve_operation(stage, "officer.b", "mint")
    for name, units in ORDERS.items():
        investor = stage.investors[name]
        wait_for_status(stage, name, f"/orders/{investor.orders['first']}", "MINTED")
        balance = stage.chain.read(stage.token, "balanceOf(address)", investor.wallet.address)
        if balance != units:
            raise StepFailed(f"{name} holds {balance} on chain, not {units}")
    for event in (
        stage.staff["auditor"].api("GET", f"/api/events?event=Minted&asset={stage.token}").json()["results"]
    ):
        units = event["payload"]["units"]
        stage.tell(
            "chain", f"minted {units} units", tx_hash=event["tx_hash"], block=int(event["block_number"])
        )


def _order(stage: Stage, investor: Investor, units: int) -> None:
    page = investor.person.get(f"/orders/new/{stage.asset_id}")
    form = page.form("units", "terms_hash")
    accepted = {name: "on" for name in form.names if name.startswith("accept")}
    paying = investor.person.submit(form, {"units": str(units), **accepted})
    found = re.search(r"/orders/([0-9a-f-]{36})/pay", paying.url)
    if not found:
        raise StepFailed(f"the order led to {paying.url}, not to its payment page")
    investor.orders["first"] = found[1]


def _pay_by_signature(investor: Investor, stage: Stage) -> None:
    page = investor.person.get(f"/orders/{investor.orders['first']}/pay")
    typed = re.search(r"data-typed-data>(.*?)</pre>", page.html, re.S)
    if not typed:
        raise StepFailed("the payment page has nothing to sign")
    signature = investor.wallet.sign_typed(json.loads(html.unescape(typed[1])))
    investor.person.submit(page.form("signature"), {"signature": signature})


def _pay_by_deposit(investor: Investor, stage: Stage) -> None:
    """Send exactly the two calls that the payment page shows."""
    page = investor.person.get(f"/orders/{investor.orders['first']}/pay")
    calls = re.findall(r'data-send data-to="(0x\w{40})" data-call="(0x[0-9a-f]+)"', page.html)
    if len(calls) != 2:
        raise StepFailed(f"the payment page shows {len(calls)} calls instead of two")
    stage.chain.call("anvil_setBalance", investor.wallet.address, hex(10**18))
    for to, data in calls:
        receipt = investor.wallet.send(to, data)
        if int(receipt["status"], 16) != 1:
            raise StepFailed(f"a call of the deposit reverted: {receipt['transactionHash']}")
    block = int(receipt["blockNumber"], 16)
    stage.tell("investor.b", "approved and deposited", tx_hash=receipt["transactionHash"], block=block)


def _watch_confirmations(stage: Stage, name: str, order: str) -> None:
    """Show "k/N" as it rises, until the order is PAID."""
    person, shown = stage.investors[name].person, ""

    def look() -> bool:
        nonlocal shown
        state = person.http.get(f"/orders/{order}/state").json()
        notes = [step["note"] for step in state["steps"] if "/" in step["note"]]
        if notes and notes[0] != shown:
            shown = notes[0]
            stage.tell(name, shown)
        return state["status"] in ("PAID", "APPROVED")

    wait_for(f"{name}'s order to be PAID", look, every_s=0.2)
    stage.tell(name, "the order is PAID")
