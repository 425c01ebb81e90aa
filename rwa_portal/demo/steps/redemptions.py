import re

from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps.approving import approve_operation, status_of
from rwa_portal.demo.steps.dividends import treasury, usdc_of
from rwa_portal.demo.steps.start import manage

UNITS, PAYMENT = 20, "2100"  # whole units, USDC
ROW = "corporate_actions/redemption"


def redeem_units(stage: Stage) -> None:
    """investor.a gives units back: locked by its own wallet, paid and burned by the treasury in one call."""
    manage("mint_dev_usdc", "--amount", PAYMENT, "--to", treasury(stage))
    supply, before = stage.chain.read(stage.token, "totalSupply()"), usdc_of(stage, "investor.a")
    redemption = _request(stage)
    stage.staff["treasurer"].press(ROW, redemption, "settle", payment=PAYMENT)
    stage.tell("treasurer", f"asked to pay {PAYMENT} USDC and to burn {UNITS} units")
    approve_operation(stage, "officer.b", "")
    tx_hash = str(wait_for("the burn", lambda: _burn(stage, redemption)))
    gained = usdc_of(stage, "investor.a") - before
    left = stage.chain.read(stage.token, "totalSupply()")
    if (supply - left, gained) != (UNITS, int(PAYMENT) * 10**6):
        raise StepFailed(f"{supply - left} units were burned for {gained} micro-USDC")
    stage.tell("chain", f"burned {UNITS} units, paid {PAYMENT} USDC", tx_hash=tx_hash)


def _burn(stage: Stage, redemption: str) -> str:
    """The transaction which the holder's page names once the burn is confirmed."""
    page = stage.investors["investor.a"].person.get(f"/redemptions/{redemption}")
    found = re.search(r"<dt>Burn</dt><dd><code[^>]*>(0x\w{64})<", page.html)
    return found[1] if found and "SETTLED" in status_of(page) else ""


def _request(stage: Stage) -> str:
    investor = stage.investors["investor.a"]
    page = investor.person.get(f"/redemptions/new/{stage.asset_id}")
    asked = investor.person.submit(page.form("units", "least"), {"units": str(UNITS), "least": PAYMENT})
    found = re.search(r"/redemptions/([0-9a-f-]{36})", asked.url)
    if not found:
        raise StepFailed(f"the request led to {asked.url}")
    calls = re.findall(r'data-send data-to="(0x\w{40})" data-call="(0x[0-9a-f]+)"', asked.html)
    if len(calls) != 1:
        raise StepFailed(f"the redemption's page shows {len(calls)} calls instead of one")
    receipt = investor.wallet.send(*calls[0])
    block = int(receipt["blockNumber"], 16)
    stage.tell(
        "investor.a", f"asked to redeem {UNITS} units", tx_hash=receipt["transactionHash"], block=block
    )
    path = f"/redemptions/{found[1]}"
    wait_for("the units to be locked", lambda: "PENDING" in investor.person.get(path).text)
    stage.tell("portal", "the units are locked and wait for the treasury")
    return found[1]
